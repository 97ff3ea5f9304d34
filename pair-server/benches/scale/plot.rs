//! Small line charts as SVG, both axes logarithmic. Knows numbers only.

use std::fmt::Write;

/// One measured point with its spread.
pub struct Point {
    pub x: usize,
    pub y: f64,
    pub least: f64,
    pub most: f64,
}

/// One chart.
pub struct Panel {
    pub title: &'static str,
    pub unit: &'static str,
    pub lines: Vec<(&'static str, Vec<Point>)>,
}

/// Pixels of one chart with its labels.
const CELL: (f64, f64) = (400.0, 260.0);

/// What is left free around the plot: left, top, right, bottom.
const FREE: [f64; 4] = [56.0, 36.0, 16.0, 36.0];

const COLOURS: [&str; 2] = ["#2a6f97", "#c8553d"];

/// A range of powers of ten that holds some numbers.
struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min).log10();
        let most = values.fold(f64::NEG_INFINITY, f64::max).log10();
        let (low, high) = (least.floor(), most.ceil().max(least.floor() + 1.0));
        Self { low, high, from, to }
    }

    fn at(&self, value: f64) -> f64 {
        self.from + (value.log10() - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    fn decades(&self) -> impl Iterator<Item = f64> + '_ {
        std::iter::successors(Some(self.low), |exponent| Some(exponent + 1.0))
            .take_while(|exponent| *exponent <= self.high)
            .map(|exponent| 10_f64.powf(exponent))
    }
}

/// The charts, two beside each other, legible on light and dark.
pub fn svg(panels: &[Panel]) -> String {
    let rows = panels.len().div_ceil(2);
    let (width, height) = (CELL.0 * 2.0, CELL.1 * f64::from(u32::try_from(rows).unwrap()));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for (n, panel) in panels.iter().enumerate() {
        let place = |index: usize, size: f64| f64::from(u32::try_from(index).unwrap()) * size;
        draw(&mut svg, panel, place(n % 2, CELL.0), place(n / 2, CELL.1));
    }
    svg.push_str("</svg>\n");
    svg
}

#[allow(clippy::cast_precision_loss, reason = "counts in a picture")]
fn draw(svg: &mut String, panel: &Panel, left: f64, top: f64) {
    let (x0, x1) = (left + FREE[0], left + CELL.0 - FREE[2]);
    let (y0, y1) = (top + CELL.1 - FREE[3], top + FREE[1]);
    let points = || panel.lines.iter().flat_map(|(_, points)| points);
    let across = Axis::new(points().map(|point| point.x as f64), x0, x1);
    let up = Axis::new(points().flat_map(|point| [point.least, point.most]), y0, y1);
    writeln!(svg, "<text x=\"{x0}\" y=\"{}\" font-weight=\"bold\">{}, {}</text>", top + 20.0, panel.title, panel.unit)
        .unwrap();
    for x in across.decades() {
        let at = across.at(x);
        writeln!(svg, "<path d=\"M{at:.1} {y0}V{y1}\" stroke=\"#ddd\"/><text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{x}</text>", y0 + 16.0).unwrap();
    }
    for y in up.decades() {
        let at = up.at(y);
        writeln!(
            svg,
            "<path d=\"M{x0} {at:.1}H{x1}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{y}</text>",
            x0 - 6.0,
            at + 4.0
        )
        .unwrap();
    }
    for (n, (name, points)) in panel.lines.iter().enumerate() {
        let colour = COLOURS[n % COLOURS.len()];
        let place = |point: &Point| (across.at(point.x as f64), up.at(point.y));
        let path: Vec<_> = points.iter().map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>", path.join(" "))
            .unwrap();
        for point in points {
            let (x, y) = place(point);
            let (low, high) = (up.at(point.least), up.at(point.most));
            writeln!(svg, "<path d=\"M{x:.1} {low:.1}V{high:.1}\" stroke=\"{colour}\"/><circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>").unwrap();
        }
        if let Some((x, y)) = points.last().map(place) {
            writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"{colour}\">{name}</text>",
                x - 6.0,
                y - 8.0
            )
            .unwrap();
        }
    }
}
