//! The page of the document: plain HTML, made once, without a script. Knows OpenAPI's form, no endpoint.

use serde_json::{Map, Value};
use std::fmt::Write;

/// What HTML needs of a text.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Sentences; text between backquotes is code.
struct Prose<'a>(&'a str);

impl std::fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, part) in self.0.split('`').enumerate() {
            match n % 2 {
                0 => write!(f, "{}", Escaped(part))?,
                _ => write!(f, "<code>{}</code>", Escaped(part))?,
            }
        }
        Ok(())
    }
}

fn text(value: &Value) -> Prose<'_> {
    Prose(value.as_str().unwrap_or_default())
}

/// The page of a document.
pub(super) fn render(document: &Value) -> String {
    let mut html = String::new();
    // Writing to a string does not fail.
    if write_page(&mut html, document).is_err() {
        html.clear();
    }
    html
}

fn write_page(html: &mut String, document: &Value) -> std::fmt::Result {
    let info = &document["info"];
    write!(
        html,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{0} {1}</title><link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body>\n\
         <header><h1>{0} <small>{1}</small></h1>",
        text(&info["title"]),
        text(&info["version"])
    )?;
    write_paragraphs(html, &info["description"])?;
    html.push_str("<p>For programs: <a href=\"/openapi.json\">/openapi.json</a></p></header>\n<main>");
    for tag in document["tags"].as_array().into_iter().flatten() {
        writeln!(html, "<section><h2>{}</h2><p>{}</p>", text(&tag["name"]), text(&tag["description"]))?;
        for (path, operations) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in operations.as_object().into_iter().flatten() {
                if operation["tags"].as_array().is_some_and(|tags| tags.contains(&tag["name"])) {
                    write_operation(html, document, path, method, operation)?;
                }
            }
        }
        html.push_str("</section>\n");
    }
    html.push_str("</main></body></html>\n");
    Ok(())
}

fn write_paragraphs(html: &mut String, description: &Value) -> std::fmt::Result {
    for paragraph in
        description.as_str().unwrap_or_default().split("\n\n").filter(|paragraph| !paragraph.trim().is_empty())
    {
        write!(html, "<p>{}</p>", Prose(paragraph))?;
    }
    Ok(())
}

fn write_operation(
    html: &mut String,
    document: &Value,
    path: &str,
    method: &str,
    operation: &Value,
) -> std::fmt::Result {
    let title = text(&operation["summary"]);
    write!(html, "<article><h3><b>{}</b> {}</h3><p>{title}</p>", method.to_uppercase(), Escaped(path))?;
    write_paragraphs(html, &operation["description"])?;
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        html.push_str("<h4>Parameters</h4><dl>");
        for parameter in parameters {
            let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
            write!(html, "<dt><code>{name}</code> <i>{place}</i></dt><dd>{}</dd>", text(&parameter["description"]))?;
        }
        html.push_str("</dl>");
    }
    if let Some(schema) = schema_of(&operation["requestBody"]) {
        html.push_str("<h4>Body</h4>");
        write_schema(html, document, schema)?;
    }
    html.push_str("<h4>Answers</h4>");
    for (status, answer) in operation["responses"].as_object().unwrap_or(&Map::new()) {
        write!(html, "<details><summary><b>{}</b> {}</summary>", Escaped(status), text(&answer["description"]))?;
        if let Some(schema) = schema_of(answer) {
            write_schema(html, document, schema)?;
        }
        html.push_str("</details>");
    }
    html.push_str("</article>\n");
    Ok(())
}

/// The schema of the first kind of content.
fn schema_of(described: &Value) -> Option<&Value> {
    described["content"].as_object()?.values().next()?.get("schema")
}

/// What a schema refers to, or itself.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    // A field that may be null is one of null and something else.
    let schema =
        schema["oneOf"].as_array().and_then(|one| one.iter().find(|one| one["type"] != "null")).unwrap_or(schema);
    let Some(reference) = schema["$ref"].as_str() else { return schema };
    document.pointer(reference.trim_start_matches('#')).unwrap_or(schema)
}

fn write_schema(html: &mut String, document: &Value, schema: &Value) -> std::fmt::Result {
    let schema = resolve(document, schema);
    let Some(fields) = schema["properties"].as_object() else {
        return write!(html, "<p><i>{}</i></p>", kind(schema));
    };
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    html.push_str("<dl>");
    for (name, field) in fields {
        let optional = if required.iter().any(|required| required == name) { "" } else { ", may be missing" };
        let described = text(&field["description"]);
        write!(html, "<dt><code>{}</code> <i>{}{optional}</i></dt><dd>{described}", Escaped(name), kind(field))?;
        let inner = resolve(document, field);
        let inner = if inner["type"] == "array" { resolve(document, &inner["items"]) } else { inner };
        if inner["properties"].is_object() {
            write_schema(html, document, inner)?;
        }
        html.push_str("</dd>");
    }
    html.push_str("</dl>");
    Ok(())
}

/// The type in a word or two.
fn kind(schema: &Value) -> String {
    match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_document_says_is_shown_and_never_taken_for_html() {
        let document = json!({
            "info": {"title": "<b>", "version": "1", "description": "one `x<y`\n\ntwo"},
            "tags": [{"name": "t", "description": "\"quoted\""}],
            "paths": {"/p": {"get": {
                "tags": ["t"], "summary": "s", "parameters": [{"name": "n", "in": "path", "description": "d"}],
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/A"}}}}},
            }}},
            "components": {"A": {"properties": {"f": {"type": ["string", "null"], "description": "g & h"}}, "required": []}},
        });
        let html = render(&document);
        for part in [
            "&lt;b&gt;",
            "<p>one <code>x&lt;y</code></p><p>two</p>",
            "&quot;quoted&quot;",
            "<b>GET</b> /p",
            "<code>n</code> <i>path</i>",
            "<code>f</code> <i>string or null, may be missing</i></dt><dd>g &amp; h",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
    }
}
