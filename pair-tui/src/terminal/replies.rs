//! What a terminal answers when it is asked for its background, found among the keys: it comes the way they come, late where the line is
//! slow, and must never be typed into a text. Knows no program.

use crate::ui::theme::color::Rgb;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures::{Stream, StreamExt, stream};
use std::{collections::VecDeque, io, time::Duration};
use tokio::time::{Instant, timeout};

/// An answer that comes later than this after the question is taken for keys again: by then somebody may mean them.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The characters of an answer come together. A key that begins as an answer does is held back so long.
const HELD_FOR: Duration = Duration::from_millis(50);

/// No answer is longer, in characters.
const LONGEST: usize = 32;

/// What came.
#[derive(Debug)]
pub(super) enum Came {
    /// Something else than an answer.
    Event(Event),
    /// The terminal's background.
    Ground(Rgb),
}

/// What comes from a terminal that was asked for its background now, if it was.
pub(super) fn without_replies(
    events: impl Stream<Item = io::Result<Event>> + Unpin + Send + 'static,
    asked: bool,
) -> impl Stream<Item = io::Result<Came>> + Unpin {
    let until = asked.then(|| Instant::now() + ANSWER_WITHIN);
    Box::pin(stream::unfold(Replies { events, until, held: Vec::new(), ready: VecDeque::new() }, Replies::next))
}

struct Replies<S> {
    events: S,
    /// Until when an answer is expected; none: not any more.
    until: Option<Instant>,
    /// What may be the beginning of an answer.
    held: Vec<Event>,
    /// What is to be told next.
    ready: VecDeque<io::Result<Came>>,
}

impl<S: Stream<Item = io::Result<Event>> + Unpin> Replies<S> {
    async fn next(mut self) -> Option<(io::Result<Came>, Self)> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some((ready, self));
            }
            let event = if self.held.is_empty() {
                self.events.next().await
            } else if let Ok(event) = timeout(HELD_FOR, self.events.next()).await {
                event
            } else {
                self.give_back();
                continue;
            };
            match event {
                Some(Ok(event)) => self.take(event),
                Some(Err(error)) => {
                    self.give_back();
                    self.ready.push_back(Err(error));
                }
                None if self.held.is_empty() => return None,
                None => self.give_back(),
            }
        }
    }

    fn take(&mut self, event: Event) {
        if self.until.is_none_or(|until| Instant::now() > until) {
            self.until = None;
            self.give_back();
            return self.ready.push_back(Ok(Came::Event(event)));
        }
        self.held.push(event);
        match answer(&self.held) {
            Answer::Whole(color) => {
                self.held.clear();
                self.until = None;
                self.ready.push_back(Ok(Came::Ground(color)));
            }
            Answer::Begun => {}
            Answer::None => self.give_back(),
        }
    }

    /// What was held back is no answer.
    fn give_back(&mut self) {
        self.ready.extend(self.held.drain(..).map(|event| Ok(Came::Event(event))));
    }
}

/// What some events are, taken together.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    None,
    Begun,
    Whole(Rgb),
}

/// Reads `ESC ] 11 ; rgb:…` with BEL or `ESC \` at its end, as it looks when it was taken for keys: Alt-], the characters, Ctrl-G or
/// Alt-\.
fn answer(held: &[Event]) -> Answer {
    let mut keys = held.iter().map(|event| match event {
        Event::Key(KeyEvent { code: KeyCode::Char(c), modifiers, kind: KeyEventKind::Press, .. }) => {
            Some((*c, *modifiers - KeyModifiers::SHIFT))
        }
        _ => None,
    });
    if keys.next() != Some(Some((']', KeyModifiers::ALT))) || held.len() > LONGEST {
        return Answer::None;
    }
    let mut text = String::new();
    for key in keys {
        match key {
            Some((c, KeyModifiers::NONE)) => text.push(c),
            Some(('g', KeyModifiers::CONTROL) | ('\\', KeyModifiers::ALT)) => {
                let color = text.strip_prefix("11;").and_then(Rgb::of_reply);
                return color.map_or(Answer::None, Answer::Whole);
            }
            _ => return Answer::None,
        }
    }
    let begins = |whole: &str| whole.starts_with(&text) || text.starts_with(whole);
    if begins("11;rgb:") || begins("11;rgba:") { Answer::Begun } else { Answer::None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(c: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
    }

    fn typed(text: &str) -> Vec<Event> {
        text.chars().map(|c| key(c, KeyModifiers::NONE)).collect()
    }

    fn reply(text: &str, end: Event) -> Vec<Event> {
        [vec![key(']', KeyModifiers::ALT)], typed(text), vec![end]].concat()
    }

    /// What comes out, as text: characters as they are, others and the answer by name.
    async fn told(events: Vec<Event>, asked: bool) -> String {
        let came = without_replies(stream::iter(events.into_iter().map(Ok)), asked);
        let word = |came: io::Result<Came>| match came.unwrap() {
            Came::Event(Event::Key(KeyEvent { code: KeyCode::Char(c), modifiers, .. })) if modifiers.is_empty() => {
                c.to_string()
            }
            Came::Event(Event::Key(KeyEvent { code, .. })) => format!("<{code}>"),
            Came::Event(other) => format!("{other:?}"),
            Came::Ground(color) => format!("{color:?}"),
        };
        came.map(word).collect::<Vec<_>>().await.concat()
    }

    #[tokio::test]
    async fn an_answer_is_told_as_such_and_what_only_begins_so_is_typed() {
        let (bel, st) = (key('g', KeyModifiers::CONTROL), key('\\', KeyModifiers::ALT));
        let dark = reply("11;rgb:1e1e/1e1e/1e1e", bel.clone());
        assert_eq!(told([typed("a"), dark.clone(), typed("b")].concat(), true).await, "aRgb(30, 30, 30)b");
        assert_eq!(told(reply("11;rgb:ffff/FFFF/ffff", st), true).await, "Rgb(255, 255, 255)");
        assert_eq!(told([dark.clone(), reply("x", bel.clone())].concat(), true).await, "Rgb(30, 30, 30)<]>x<g>");
        assert_eq!(told(reply("11 times", bel), true).await, "<]>11 times<g>");
        assert_eq!(told(dark, false).await, "<]>11;rgb:1e1e/1e1e/1e1e<g>");
        assert_eq!(told(vec![key(']', KeyModifiers::ALT)], true).await, "<]>");
    }

    #[tokio::test]
    async fn a_key_that_begins_as_an_answer_does_is_given_back_though_nothing_follows() {
        let events = stream::iter([Ok(key(']', KeyModifiers::ALT))]).chain(stream::pending());
        let mut came = without_replies(events, true);
        let came = timeout(Duration::from_secs(20), came.next()).await;
        assert!(matches!(came, Ok(Some(Ok(Came::Event(_))))));
    }
}
