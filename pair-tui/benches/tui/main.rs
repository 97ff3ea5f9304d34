//! What a person at the terminal waits for, and what an ssh connection carries: `pair-tui` in a room beside vim, neovim, nano, micro and
//! kakoune, all in the same pseudo terminal, one after the other, several times. Then the same typing in `pair-tui` while two peers
//! type, and over a bad line. Run by `scripts/bench tui`, which installs the editors. Words behind it choose programs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a benchmark: what fails ends it")]
#![allow(clippy::string_slice, clippy::indexing_slicing, reason = "the same")]

#[path = "../../../pair-server/benches/report/figures.rs"]
mod figures;
#[path = "../../tests/support/mod.rs"]
mod support;

mod editors;
mod link;
mod room;
mod sample;
mod sessions;
mod terminal;
mod typing;

use editors::Editor;
use figures::{Figure, percentile, report};
use sample::Sample;
use sessions::{PEERS_EDITS, Rooms, Session, rooms, session};
use std::time::Duration;
use typing::Cost;

/// A figure of one sitting.
type Measure = fn(&Session) -> f64;
/// Some costs of a sitting in rooms.
type Pick = fn(&Rooms) -> &[Cost];
/// A figure's name, the file's lines, its unit, and the figure.
type Row = (&'static str, usize, &'static str, Measure);

/// How often everything is measured.
const RUNS: usize = 3;

fn main() {
    support::serve_if_told();
    let only: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |editor: &Editor| only.is_empty() || only.iter().any(|name| name == editor.name());
    let editors: Vec<_> = Editor::ALL.into_iter().filter(is_wanted).collect();
    let samples = [Sample::of_lines(500), Sample::of_lines(50_000)];
    let (mut sessions, mut in_rooms) = (Vec::new(), Vec::new());
    for run in 1..=RUNS {
        for sample in &samples {
            for editor in &editors {
                let session = session(*editor, sample);
                println!("run {run}: {}", line_of(&session));
                sessions.push(session);
            }
        }
        in_rooms.push(rooms(&samples[0]));
    }
    let mut figures: Vec<_> =
        samples.iter().flat_map(|sample| typing_figures(&editors, &sessions, sample.lines)).collect();
    figures.extend(other_figures(&editors, &sessions));
    figures.extend(room_figures(&in_rooms));
    report("tui", &figures);
}

/// The times of some costs, without keys that nothing was written for.
fn times(costs: &[Cost], pick: fn(&Cost) -> Option<Duration>) -> Vec<Duration> {
    costs.iter().filter_map(pick).collect()
}

/// Microseconds from the key to the last byte.
fn last(costs: &[Cost], share: f64) -> f64 {
    percentile(&mut times(costs, |cost| cost.last), share)
}

/// Microseconds from the key to its echo.
fn echo(costs: &[Cost], share: f64) -> f64 {
    percentile(&mut times(costs, |cost| cost.echo), share)
}

#[allow(clippy::cast_precision_loss, reason = "a count of keys")]
fn bytes_per_key(costs: &[Cost]) -> f64 {
    costs.iter().map(|cost| cost.bytes).sum::<usize>() as f64 / costs.len() as f64
}

/// A figure of each run of a program in a file.
fn each_run(sessions: &[Session], editor: Editor, lines: usize, figure: impl Fn(&Session) -> f64) -> Vec<f64> {
    let those = sessions.iter().filter(|session| session.editor == editor && session.lines == lines);
    those.map(figure).collect()
}

/// Typing in a file, by program; and what our goals are measured against, run by run.
fn typing_figures(editors: &[Editor], sessions: &[Session], lines: usize) -> Vec<Figure> {
    let mut figures = Vec::new();
    let each = |editor, figure: Measure| each_run(sessions, editor, lines, figure);
    let p50: Measure = |session| last(&session.typing, 0.5);
    let p99: Measure = |session| last(&session.typing, 0.99);
    let bytes: Measure = |session| bytes_per_key(&session.typing);
    for editor in editors {
        let name = |what: &str| format!("{lines} lines, typing, {what}: {}", editor.name());
        figures.push(Figure::new(name("key to last byte, p50"), "us", each(*editor, p50)));
        figures.push(Figure::new(name("key to last byte, p99"), "us", each(*editor, p99)));
        figures.push(Figure::new(name("bytes per key"), "bytes", each(*editor, bytes)));
    }
    let others: Vec<_> = editors.iter().filter(|editor| **editor != Editor::Pair).collect();
    if editors.contains(&Editor::Pair) && others.contains(&&Editor::Vim) {
        let ratio = |figure: Measure, best: Vec<f64>| -> Vec<f64> {
            each(Editor::Pair, figure).into_iter().zip(best).map(|(ours, best)| ours / best).collect()
        };
        let fastest = |figure: Measure| -> Vec<f64> {
            let all: Vec<_> = others.iter().map(|editor| each(**editor, figure)).collect();
            (0..RUNS).map(|run| all.iter().map(|runs| runs[run]).fold(f64::INFINITY, f64::min)).collect()
        };
        let name = |what: &str| format!("{lines} lines, typing, ours / {what}");
        figures.push(Figure::new(name("the fastest's, p50"), "times", ratio(p50, fastest(p50))));
        figures.push(Figure::new(name("the fastest's, p99"), "times", ratio(p99, fastest(p99))).at_most(1.0));
        figures.push(Figure::new(name("vim's bytes"), "times", ratio(bytes, each(Editor::Vim, bytes))).at_most(1.0));
    }
    figures
}

/// Paging, the paste, start and memory, by program.
fn other_figures(editors: &[Editor], sessions: &[Session]) -> Vec<Figure> {
    fn milliseconds(time: Duration) -> f64 {
        time.as_secs_f64() * 1e3
    }
    let rows: [Row; 11] = [
        ("a page, key to last byte, p50", 50_000, "us", |session| last(&session.paging, 0.5)),
        ("a page, key to last byte, p99", 50_000, "us", |session| last(&session.paging, 0.99)),
        ("a page, bytes", 50_000, "bytes", |session| bytes_per_key(&session.paging)),
        ("typing at rest, bytes per key", 500, "bytes", |session| bytes_per_key(&session.at_rest)),
        ("typing at rest, bytes per key", 50_000, "bytes", |session| bytes_per_key(&session.at_rest)),
        ("a paste of 5,000 lines", 500, "ms", |session| session.paste.map_or(f64::NAN, milliseconds)),
        ("start to first paint", 500, "ms", |session| milliseconds(session.start)),
        ("start to first paint", 50_000, "ms", |session| milliseconds(session.start)),
        ("resident memory", 500, "MB", |session| session.megabytes),
        ("resident memory", 50_000, "MB", |session| session.megabytes),
        ("typing, key to first byte, p50", 50_000, "us", |session| {
            percentile(&mut times(&session.typing, |cost| cost.first), 0.5)
        }),
    ];
    let of = |(what, lines, unit, figure): Row| {
        let figure = move |editor: &Editor| {
            let runs = each_run(sessions, *editor, lines, figure);
            Figure::new(format!("{lines} lines, {what}: {}", editor.name()), unit, runs)
        };
        editors.iter().map(figure).collect::<Vec<_>>()
    };
    rows.into_iter().flat_map(of).filter(|figure| !figure.runs.iter().any(|run| run.is_nan())).collect()
}

/// `pair-tui` among peers and over a bad line, against itself in the same run.
fn room_figures(runs: &[Rooms]) -> Vec<Figure> {
    let all = |figure: &dyn Fn(&Rooms) -> f64| runs.iter().map(figure).collect::<Vec<_>>();
    let mut figures = Vec::new();
    let rooms: [(&str, Pick); 3] = [
        ("quiet", |rooms| &rooms.quiet),
        ("while two peers type", |rooms| &rooms.busy),
        ("over 300 ms and 5 % loss", |rooms| &rooms.far),
    ];
    for (name, pick) in rooms {
        for share in [0.5, 0.99] {
            let name = format!("pair-tui, key to echo, p{:.0}, {name}", share * 100.0);
            figures.push(Figure::new(name, "us", all(&|rooms| echo(pick(rooms), share))));
        }
    }
    figures.push(Figure::new(
        format!("edits per second of the two peers, of {PEERS_EDITS}"),
        "",
        all(&|rooms| rooms.edits_per_second),
    ));
    let against_quiet = |pick: Pick, share| all(&move |rooms| echo(pick(rooms), share) / echo(&rooms.quiet, share));
    figures.push(Figure::new("while two peers type / quiet, p50", "times", against_quiet(rooms[1].1, 0.5)));
    figures
        .push(Figure::new("while two peers type / quiet, p99", "times", against_quiet(rooms[1].1, 0.99)).at_most(2.0));
    figures.push(
        Figure::new("over 300 ms and 5 % loss / quiet, p50", "times", against_quiet(rooms[2].1, 0.5)).at_most(1.2),
    );
    figures.push(Figure::new("over 300 ms and 5 % loss / quiet, p99", "times", against_quiet(rooms[2].1, 0.99)));
    figures
}

/// One sitting in a line, while it runs.
fn line_of(session: &Session) -> String {
    format!(
        "{:<8} {:>6} lines, start {:>4.0} ms; typing p50 {:>5.0}, p99 {:>6.0} us, {:>5.1} bytes; paging p50 {:>5.0} us, {:>5.0} bytes; {:>5.1} MB",
        session.editor.name(),
        session.lines,
        session.start.as_secs_f64() * 1e3,
        last(&session.typing, 0.5),
        last(&session.typing, 0.99),
        bytes_per_key(&session.typing),
        last(&session.paging, 0.5),
        bytes_per_key(&session.paging),
        session.megabytes,
    )
}
