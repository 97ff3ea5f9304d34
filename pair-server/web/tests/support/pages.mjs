// Pages of unmodified npm packages (tests/pages), bundled as anybody bundles them and served from an origin of their own. Knows no test.
import { createServer } from "node:http";
import { build } from "esbuild";

/** Serves each of the pages under its name; `server` and `room` in the address say where it connects. */
export async function servePages(names) {
  const entries = names.map((name) => new URL(`../pages/${name}.mjs`, import.meta.url).pathname);
  const { outputFiles } = await build({
    entryPoints: entries, bundle: true, minify: true, write: false, outdir: "/", format: "esm", loader: { ".ttf": "dataurl" }, logLevel: "error",
  });
  const files = new Map(outputFiles.map((file) => [file.path, file.contents]));
  const web = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    const file = files.get(path);
    response.setHeader("content-type", path.endsWith(".js") ? "text/javascript" : path.endsWith(".css") ? "text/css" : "text/html");
    const name = path.slice(1);
    const style = files.has(`${path}.css`) ? `<link rel="stylesheet" href="/${name}.css">` : "";
    response.end(file ?? `<!doctype html>${style}<div id="editor"></div><script type="module" src="/${name}.js"></script>`);
  });
  await new Promise((resolve) => web.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${web.address().port}`, close: () => web.close() };
}
