//! When the screen is painted, and that it is: what a person does is answered at once, whatever else goes on, and nothing is painted
//! more often than a screen can show. Knows no key and no message.

use super::{Event, Outside, RunError, Runner};
use crate::{
    editor::{Editor, syntax::ParseJob},
    ui::{
        self,
        echo::{Around, Echo},
    },
};
use ratatui::{
    backend::Backend,
    buffer::{Buffer, CellDiffOption},
    layout::{Position, Rect, Size},
};
use std::time::Duration;
use tokio::time::Instant;

/// Between two repaints at least this long, and between two that answer a person. A first key is answered at once even where somebody
/// else's edit was painted a moment ago.
pub const REPAINT_EVERY: Duration = Duration::from_millis(8);

/// What nobody waits for (words of the status line, colours that come late) is painted with the next repaint, or so long after the last
/// key: while somebody types each key is one repaint, and nothing is painted after it.
pub(super) const QUIET_FOR: Duration = Duration::from_millis(250);

/// The look of the line that is typed in comes with the next repaint, too, or so long after the last key.
const PAUSE: Duration = Duration::from_millis(60);

/// A repaint waits at most so long for the text to be read into its syntax tree.
const READ_AT_ONCE_MAX: Duration = Duration::from_millis(2);

/// How soon a change is to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// With the next repaint, or when the person has done nothing for a moment.
    WhenQuiet,
    /// With the next repaint, or when they pause between two keys.
    WhenPausing,
    /// As soon as the pace allows.
    Soon,
}

/// How often was painted, and for whom; and whether something is to be painted.
#[derive(Debug, Default)]
pub(super) struct Pace {
    painted: Option<Instant>,
    answered: Option<Instant>,
    is_answering: bool,
    /// What is to be painted; none: nothing.
    wanted: Option<Urgency>,
    /// Whether that may be more than what a key changes.
    is_whole: bool,
}

impl Pace {
    /// The person did something that the next repaint answers.
    pub(super) fn answer(&mut self) {
        self.is_answering = true;
    }

    /// Something changed that is to be seen.
    pub(super) fn want(&mut self, urgency: Urgency) {
        self.wanted = self.wanted.max(Some(urgency));
        self.is_whole |= urgency == Urgency::Soon;
    }

    /// A key changed something that is to be seen as soon as the pace allows.
    pub(super) fn want_answer(&mut self) {
        self.wanted = Some(Urgency::Soon);
    }

    /// Whether something is to be painted.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.is_some()
    }

    /// Whether something is to be painted that somebody may wait for.
    pub(super) fn is_urgent(&self) -> bool {
        self.wanted == Some(Urgency::Soon)
    }

    /// Whether the person waits for an answer that may be painted now.
    pub(super) fn is_answering(&self, now: Instant) -> bool {
        self.is_answering && self.is_due(now)
    }

    /// Whether the person did something a moment ago.
    pub(super) fn is_typing(&self, now: Instant) -> bool {
        self.is_answering || self.answered.is_some_and(|last| now < last + QUIET_FOR)
    }

    /// When the next repaint may be; none: at once.
    pub(super) fn due_at(&self) -> Option<Instant> {
        let last = if self.is_answering { self.answered } else { self.painted };
        let rest = match self.wanted {
            Some(Urgency::WhenQuiet) => Some(QUIET_FOR),
            Some(Urgency::WhenPausing) => Some(PAUSE),
            Some(Urgency::Soon) | None => None,
        };
        let quiet = self.answered.zip(rest).map(|(last, rest)| last + rest);
        last.map(|last| last + REPAINT_EVERY).max(quiet)
    }

    fn is_due(&self, now: Instant) -> bool {
        self.due_at().is_none_or(|due| due <= now)
    }

    fn painted(&mut self, now: Instant) {
        self.painted = Some(now);
        (self.wanted, self.is_whole) = (None, false);
        if std::mem::take(&mut self.is_answering) {
            self.answered = Some(now);
        }
    }
}

/// What a key changes was painted alone as long as nothing else was wanted at once; the whole screen follows when they pause, or with a key
/// after so long.
const WHOLE_EVERY: Duration = Duration::from_secs(4);

/// What is on the screen since the last whole frame.
#[derive(Debug, Default)]
pub(super) struct Painted {
    /// When that was, and what it stands on; none: the next frame is a whole one.
    around: Option<(Instant, Around)>,
    /// Where something was painted alone since.
    alone: Vec<Rect>,
}

/// While somebody types a slow reading is begun anew only after so many times as long as the last one took: the worker's share of a
/// processor that the keys want, too, stays below a tenth. When they rest it is begun at once.
const SLOW_READING_PAUSE: u32 = 10;

/// What is known of how long the text takes to be read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Whether the last reading took too long to be waited for.
    is_slow: bool,
    /// Until when a slow reading pauses while somebody types.
    paused: Option<Instant>,
    /// What was begun, and is left to the worker.
    left: Option<ParseJob>,
    /// When the worker began.
    begun: Option<Instant>,
}

impl Reading {
    /// The worker gave a result: now it is known how long it took.
    pub(super) fn worker_is_done(&mut self, now: Instant) {
        let took = self.begun.take().map_or(Duration::ZERO, |begun| now.duration_since(begun));
        self.is_slow = took > READ_AT_ONCE_MAX * 2;
        self.paused = self.is_slow.then(|| now + took * SLOW_READING_PAUSE);
    }

    /// Whether the worker is to wait.
    fn is_paused(&self, now: Instant, is_typing: bool) -> bool {
        is_typing && self.paused.is_some_and(|until| now < until)
    }
}

impl<B: Backend, O: Outside> Runner<'_, B, O> {
    /// Repaints if something changed and it is time to; then carries out what waited for it. The network is never asked before the
    /// screen shows what it is asked about.
    pub(super) fn paint_if_due(&mut self) -> Result<(), RunError> {
        let is_due = self.pace.is_wanted() && self.pace.is_due(Instant::now()) && self.ended.is_none();
        // A letter is on the screen before the text is read again: it looks like the word that it goes on with. Where more than a line or
        // two has changed, the look comes with it.
        let echo = if is_due { self.echo() } else { None };
        let is_echo = echo.is_some() || self.pace.is_answering && self.app.editor().is_some_and(Editor::is_typed_in);
        if let Some(echo) = echo {
            self.paint_alone(echo).map_err(|error| RunError::Terminal(error.to_string()))?;
        } else if is_due {
            if !is_echo {
                self.read_at_once();
            }
            if !self.pace.is_typing(Instant::now()) {
                self.app.recolor();
            }
            self.paint().map_err(|error| RunError::Terminal(error.to_string()))?;
        }
        if !self.pace.is_urgent() || self.ended.is_some() {
            self.carry_out();
        }
        if is_due && is_echo && !self.pace.is_urgent() {
            self.read_at_once();
        }
        let now = Instant::now();
        if !self.pace.is_urgent()
            && self.parser.is_idle()
            && !self.reading.is_paused(now, self.pace.is_typing(now))
            && let Some(job) = self.reading.left.take().or_else(|| self.app.parse_job())
        {
            self.reading.begun = Some(now);
            self.parser.start(job);
        }
        Ok(())
    }

    /// Reads the text again, where that is done in a moment: as a rule only a few lines are read. What takes longer is left to the worker.
    fn read_at_once(&mut self) {
        if self.reading.is_slow || self.reading.left.is_some() || !self.parser.is_idle() {
            return;
        }
        let Some(job) = self.app.parse_job() else { return };
        let until = Instant::now() + READ_AT_ONCE_MAX;
        match job.attempt(&mut || Instant::now() < until) {
            Ok(parsed) => self.parsed(parsed),
            Err(job) => {
                self.reading.is_slow = true;
                self.reading.left = Some(*job);
            }
        }
    }

    /// What a key has changed, where that is all that is to be painted, and a row.
    fn echo(&self) -> Option<Echo> {
        let (at, around) = self.painted.around.as_ref()?;
        let is_alone = self.pace.is_answering && !self.pace.is_whole && at.elapsed() < WHOLE_EVERY;
        if is_alone { ui::echo::draw(&self.app, around) } else { None }
    }

    /// Paints rows alone: what stands around them stays as it is.
    fn paint_alone(&mut self, echo: Echo) -> Result<(), B::Error> {
        for mut row in echo.rows {
            // As ratatui does it, which knows of characters that take two cells.
            let area = row.area;
            always_send(&mut row, area);
            self.terminal.backend_mut().draw(Buffer::empty(area).diff(&row).into_iter())?;
            if !self.painted.alone.contains(&area) {
                self.painted.alone.push(area);
            }
        }
        self.terminal.show_cursor()?;
        self.terminal.set_cursor_position(echo.cursor)?;
        self.terminal.backend_mut().flush()?;
        self.shape_cursor();
        self.pace.painted(Instant::now());
        self.pace.want(Urgency::WhenPausing);
        Ok(())
    }

    fn shape_cursor(&mut self) {
        let shape = self.app.cursor_shape();
        if self.shape.replace(shape) != Some(shape) {
            self.outside.shape_cursor(shape);
        }
    }

    fn paint(&mut self) -> Result<(), B::Error> {
        let size = self.terminal.size()?;
        self.fit(size);
        let (app, alone) = (&self.app, std::mem::take(&mut self.painted.alone));
        let mut drawn = true;
        let frame = self.terminal.draw(|frame| {
            // The terminal may have changed its size since: what is laid out for another size is not drawn.
            let area = frame.area();
            drawn = (area.width, area.height) == app.size();
            if drawn {
                ui::draw(frame, app);
            }
            // ratatui compares with the last whole frame, and knows nothing of what was painted alone since.
            for row in &alone {
                always_send(frame.buffer_mut(), *row);
            }
        })?;
        let (size, now) = (frame.area.as_size(), Instant::now());
        self.pace.painted(now);
        self.app.drawn();
        self.painted.around = Around::of(&self.app).filter(|_| drawn).map(|around| (now, around));
        self.want_all_looks();
        if !drawn {
            self.pace.want(Urgency::Soon);
        }
        self.shape_cursor();
        if !drawn {
            self.fit(size);
        }
        Ok(())
    }

    /// Where only edited lines have the look that was read last, the others get it when typing rests.
    pub(super) fn want_all_looks(&mut self) {
        if self.app.editor().is_some_and(Editor::is_unsettled) {
            self.pace.want(Urgency::WhenQuiet);
        }
    }

    fn fit(&mut self, size: Size) {
        if (size.width, size.height) != self.app.size() {
            self.update(Event::Resize { width: size.width, height: size.height });
        }
    }

    /// Forgets what the terminal shows, and paints all of it again.
    pub(super) fn redraw(&mut self) {
        let cleared = self.terminal.size().and_then(|size| self.terminal.resize(Rect::from((Position::ORIGIN, size))));
        if let Err(error) = cleared {
            self.failure = Some(RunError::Terminal(error.to_string()));
        }
        self.pace.want(Urgency::Soon);
    }
}

/// Has ratatui send an area's cells whether it thinks them changed or not.
fn always_send(buffer: &mut Buffer, area: Rect) {
    for position in area.intersection(buffer.area).positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.set_diff_option(CellDiffOption::AlwaysUpdate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_answered_at_once_and_others_wait_their_turn() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert!(pace.is_due(now));
        pace.painted(now);
        assert!(!pace.is_due(now), "somebody else's edit waits");
        pace.answer();
        assert!(pace.is_due(now) && pace.is_answering(now), "a key does not");
        pace.painted(now);
        pace.answer();
        assert!(!pace.is_due(now) && !pace.is_answering(now), "the next key would be a flood");
        assert!(pace.is_answering(now + REPAINT_EVERY));
    }

    #[test]
    fn the_look_of_the_line_that_is_typed_in_comes_when_they_pause() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.answer();
        pace.painted(now);
        pace.want(Urgency::WhenPausing);
        pace.want(Urgency::WhenQuiet);
        assert!(!pace.is_due(now + REPAINT_EVERY) && pace.is_due(now + PAUSE) && !pace.is_urgent());
        assert!(pace.is_typing(now + PAUSE), "the other lines still wait");
    }

    #[test]
    fn a_slow_reading_pauses_while_somebody_types() {
        let (mut reading, begun) = (Reading::default(), Instant::now());
        let mut read = |took: Duration| {
            reading.begun = Some(begun);
            let now = begun + took;
            reading.worker_is_done(now);
            [(now, true), (now, false), (now + took * SLOW_READING_PAUSE, true)]
                .map(|(at, is_typing)| reading.is_paused(at, is_typing))
        };
        assert_eq!(read(Duration::from_millis(40)), [true, false, false]);
        assert_eq!(read(Duration::from_millis(1)), [false, false, false], "a quick one does not");
    }

    #[test]
    fn what_nobody_waits_for_comes_with_the_next_key_or_when_it_is_quiet() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.want(Urgency::WhenQuiet);
        assert!(pace.is_due(now), "nobody has typed");
        pace.answer();
        pace.painted(now);
        assert!(!pace.is_wanted());
        pace.want(Urgency::WhenQuiet);
        assert!(pace.is_wanted() && !pace.is_urgent() && !pace.is_due(now + REPAINT_EVERY));
        assert!(pace.is_due(now + QUIET_FOR));
        pace.want(Urgency::Soon);
        pace.want(Urgency::WhenQuiet);
        assert!(pace.is_urgent() && pace.is_due(now + REPAINT_EVERY), "what is urgent stays so");
        pace.answer();
        pace.painted(now + REPAINT_EVERY);
        assert!(!pace.is_wanted(), "one repaint for both");
    }
}
