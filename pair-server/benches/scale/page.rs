//! The section of docs/measurements.md, and its picture: made from target/bench/scale.json, so that they say what was measured. Knows no benchmark.

use crate::plot::{self, Panel, Point};
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write, fs, path::PathBuf};

/// The comments in the page between which the table stands.
const MARKS: [&str; 2] = ["<!-- scale: written by scripts/bench scale -->", "<!-- scale: end -->"];

/// Of one point: each figure's median, least and most.
type Figures = BTreeMap<String, [f64; 3]>;

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The figures of each point of one row of points, in their order.
fn points(report: &Value, what: &str) -> Vec<(usize, Figures)> {
    let mut points: BTreeMap<usize, Figures> = BTreeMap::new();
    for figure in report["figures"].as_array().unwrap() {
        let Some((point, name)) = figure["name"].as_str().unwrap().split_once(": ") else { continue };
        if let Some(n) = point.strip_suffix(what).and_then(|n| n.trim().parse().ok()) {
            let value = |key: &str| figure[key].as_f64().unwrap();
            points.entry(n).or_default().insert(name.to_owned(), [value("figure"), value("least"), value("most")]);
        }
    }
    points.into_iter().collect()
}

fn table(head: &str, points: &[(usize, Figures)]) -> String {
    let columns =
        ["p50", "p99", "durable, mean", "server CPU per edit", "server CPU", "resident memory", "memory for each"];
    let mut table = format!(
        "| {head} | p50, us | p99, us | durable, ms | CPU per edit, us | CPU, % of one | memory, MiB | each, KiB |\n|---|---|---|---|---|---|---|---|\n"
    );
    for (n, figures) in points {
        write!(table, "| {n} |").unwrap();
        for column in columns {
            let [figure, least, most] = figures[column];
            let digits = usize::from(figure < 100.0);
            write!(table, " {figure:.digits$} ({least:.digits$}–{most:.digits$}) |").unwrap();
        }
        table.push('\n');
    }
    table
}

/// Writes the picture, and the table where the page has a place for it.
pub fn write() {
    let report: Value =
        serde_json::from_str(&fs::read_to_string(repository("target/bench/scale.json")).unwrap()).unwrap();
    let (rooms, clients) = (points(&report, "rooms"), points(&report, "clients"));
    let line = |points: &[(usize, Figures)], figure: &str| -> Vec<Point> {
        points
            .iter()
            .map(|(n, figures)| Point {
                x: *n,
                y: figures[figure][0],
                least: figures[figure][1],
                most: figures[figure][2],
            })
            .collect()
    };
    let latency = |title, points: &[(usize, Figures)]| Panel {
        title,
        unit: "us",
        lines: vec![("p50", line(points, "p50")), ("p99", line(points, "p99"))],
    };
    let memory = |title, points: &[(usize, Figures)]| Panel {
        title,
        unit: "MiB",
        lines: vec![("resident", line(points, "resident memory"))],
    };
    let panels = [
        latency("latency by rooms", &rooms),
        memory("memory by rooms", &rooms),
        latency("latency by clients in a room", &clients),
        memory("memory by clients in a room", &clients),
    ];
    fs::write(repository("docs/pictures/scale.svg"), plot::svg(&panels)).unwrap();
    let tables = format!("{}\n{}\n{}\n{}", MARKS[0], table("rooms", &rooms), table("clients", &clients), MARKS[1]);
    let page = repository("docs/measurements.md");
    let text = fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once(MARKS[0]).expect("docs/measurements.md has a place for the table");
    let (_, after) = rest.split_once(MARKS[1]).expect("the place has an end");
    fs::write(&page, format!("{before}{tables}{after}")).unwrap();
    println!("  docs/measurements.md and docs/pictures/scale.svg are written");
}
