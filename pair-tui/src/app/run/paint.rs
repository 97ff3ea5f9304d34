//! When the screen is painted, and that it is: what a person does is answered at once, whatever else goes on, and nothing is painted
//! more often than a screen can show. Knows no key and no message.

use super::{Event, Outside, RunError, Runner};
use crate::{editor::syntax::ParseJob, ui};
use ratatui::{
    backend::Backend,
    layout::{Position, Rect, Size},
};
use std::time::Duration;
use tokio::time::Instant;

/// Between two repaints at least this long, and between two that answer a person. A first key is answered at once even where somebody
/// else's edit was painted a moment ago.
pub const REPAINT_EVERY: Duration = Duration::from_millis(8);

/// A repaint waits at most so long for the text to be read into its syntax tree.
const READ_AT_ONCE_MAX: Duration = Duration::from_millis(2);

/// How often was painted, and for whom.
#[derive(Debug, Default)]
pub(super) struct Pace {
    painted: Option<Instant>,
    answered: Option<Instant>,
    is_answering: bool,
}

impl Pace {
    /// The person did something that the next repaint answers.
    pub(super) fn answer(&mut self) {
        self.is_answering = true;
    }

    /// Whether the person waits for an answer that may be painted now.
    pub(super) fn is_answering(&self, now: Instant) -> bool {
        self.is_answering && self.is_due(now)
    }

    /// When the next repaint may be; none: at once.
    pub(super) fn due_at(&self) -> Option<Instant> {
        let last = if self.is_answering { self.answered } else { self.painted };
        last.map(|last| last + REPAINT_EVERY)
    }

    fn is_due(&self, now: Instant) -> bool {
        self.due_at().is_none_or(|due| due <= now)
    }

    fn painted(&mut self, now: Instant) {
        self.painted = Some(now);
        if std::mem::take(&mut self.is_answering) {
            self.answered = Some(now);
        }
    }
}

/// What is known of how long the text takes to be read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Whether the last reading took too long to be waited for.
    is_slow: bool,
    /// What was begun, and is left to the worker.
    left: Option<ParseJob>,
    /// When the worker began.
    begun: Option<Instant>,
}

impl Reading {
    /// The worker gave a result: now it is known how long it took.
    pub(super) fn worker_is_done(&mut self) {
        self.is_slow = self.begun.take().is_some_and(|begun| begun.elapsed() > READ_AT_ONCE_MAX * 2);
    }
}

impl<B: Backend, O: Outside> Runner<'_, B, O> {
    /// Repaints if something changed and it is time to; then carries out what waited for it. The network is never asked before the
    /// screen shows what it is asked about.
    pub(super) fn paint_if_due(&mut self) -> Result<(), RunError> {
        if self.is_dirty && self.pace.is_due(Instant::now()) && self.ended.is_none() {
            self.read_at_once();
            self.paint().map_err(|error| RunError::Terminal(error.to_string()))?;
        }
        if !self.is_dirty || self.ended.is_some() {
            self.carry_out();
        }
        if !self.is_dirty
            && self.parser.is_idle()
            && let Some(job) = self.reading.left.take().or_else(|| self.app.parse_job())
        {
            self.reading.begun = Some(Instant::now());
            self.parser.start(job);
        }
        Ok(())
    }

    /// Reads the text again before it is painted, where that is done in a moment: as a rule only a few lines are read, and the right
    /// colours come with the key, in one repaint. What takes longer is left to the worker, after the repaint.
    fn read_at_once(&mut self) {
        if self.reading.is_slow || self.reading.left.is_some() || !self.parser.is_idle() {
            return;
        }
        let Some(job) = self.app.parse_job() else { return };
        let until = Instant::now() + READ_AT_ONCE_MAX;
        match job.attempt(&mut || Instant::now() < until) {
            Ok(parsed) => self.update(Event::Parsed(Box::new(parsed))),
            Err(job) => {
                self.reading.is_slow = true;
                self.reading.left = Some(*job);
            }
        }
    }

    fn paint(&mut self) -> Result<(), B::Error> {
        let size = self.terminal.size()?;
        self.fit(size);
        let app = &self.app;
        let mut drawn = true;
        let frame = self.terminal.draw(|frame| {
            // The terminal may have changed its size since: what is laid out for another size is not drawn.
            let area = frame.area();
            drawn = (area.width, area.height) == app.size();
            if drawn {
                ui::draw(frame, app);
            }
        })?;
        let size = frame.area.as_size();
        self.pace.painted(Instant::now());
        self.is_dirty = !drawn;
        let shape = self.app.cursor_shape();
        if self.shape.replace(shape) != Some(shape) {
            self.outside.shape_cursor(shape);
        }
        if !drawn {
            self.fit(size);
        }
        Ok(())
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
        self.is_dirty = true;
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
}
