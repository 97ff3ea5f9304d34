//! Events out of the bytes of a streamed answer: server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>) and
//! JSON lines (<https://jsonlines.org>). Bounded: no line and no event is longer than it may be, whatever comes. Knows no provider.

/// Bytes of one line or event at most. A provider's events hold a few characters each, and at the end some numbers.
pub const EVENT_BYTES_MAX: usize = 64 << 10;

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events.
    ServerSent,
    /// One JSON value per line.
    Lines,
    /// The whole answer is one event.
    Whole,
}

/// An event is longer than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {EVENT_BYTES_MAX} bytes")]
pub struct TooLong;

/// Cuts bytes into events.
#[derive(Debug)]
pub struct EventReader {
    framing: Framing,
    /// What has come of the line that is not complete.
    line: Vec<u8>,
    /// The data of the server-sent event that is not complete.
    data: Vec<u8>,
    has_data: bool,
}

impl EventReader {
    /// A reader of an answer from its start.
    pub fn new(framing: Framing) -> Self {
        Self { framing, line: Vec::new(), data: Vec::new(), has_data: false }
    }

    /// Takes what has come; gives the events that are complete now, each the bytes of its data.
    ///
    /// # Errors
    /// [`TooLong`]; nothing more can be read then.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut events = Vec::new();
        if self.framing != Framing::Whole {
            while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
                let (line, rest) = bytes.split_at(end);
                self.take(line)?;
                bytes = rest.get(1..).unwrap_or_default();
                let line = std::mem::take(&mut self.line);
                events.extend(self.line(line.strip_suffix(b"\r").unwrap_or(&line))?);
            }
        }
        self.take(bytes)?;
        Ok(events)
    }

    /// The answer is at its end: what is left of it as an event. A server-sent event that nothing closed does not count.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        let rest = std::mem::take(&mut self.line);
        match self.framing {
            Framing::ServerSent => None,
            Framing::Lines | Framing::Whole => Some(rest).filter(|rest| !rest.trim_ascii().is_empty()),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.line.len() + bytes.len() > EVENT_BYTES_MAX {
            return Err(TooLong);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    /// A line is complete; gives the event that ends with it.
    fn line(&mut self, line: &[u8]) -> Result<Option<Vec<u8>>, TooLong> {
        if self.framing == Framing::Lines {
            return Ok(Some(line.to_vec()).filter(|line| !line.trim_ascii().is_empty()));
        }
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return Ok(Some(data).filter(|_| std::mem::take(&mut self.has_data)));
        }
        // Comments, which keep a connection alive, and the fields event, id and retry say nothing that is needed here.
        if let Some(data) = line.strip_prefix(b"data:") {
            let data = data.strip_prefix(b" ").unwrap_or(data);
            if self.data.len() + data.len() + 1 > EVENT_BYTES_MAX {
                return Err(TooLong);
            }
            if std::mem::replace(&mut self.has_data, true) {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(data);
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(framing: Framing, bytes: &[u8], step: usize) -> Vec<String> {
        let mut reader = EventReader::new(framing);
        let mut events = Vec::new();
        for piece in bytes.chunks(step) {
            events.extend(reader.push(piece).unwrap());
        }
        events.extend(reader.finish());
        events.into_iter().map(|event| String::from_utf8(event).unwrap()).collect()
    }

    #[test]
    fn server_sent_events_come_out_however_they_are_cut() {
        let bytes = ": alive\n\nevent: x\ndata: {\"a\":\"é\"}\n\ndata:one\r\ndata: two\r\n\r\nid: 3\n\ndata: [DONE]\n\ndata: lost".as_bytes();
        for step in 1..=bytes.len() {
            assert_eq!(read(Framing::ServerSent, bytes, step), ["{\"a\":\"é\"}", "one\ntwo", "[DONE]"], "{step}");
        }
    }

    #[test]
    fn lines_and_whole_answers_come_out_however_they_are_cut() {
        for step in 1..=12 {
            assert_eq!(
                read(Framing::Lines, b"{\"a\":1}\r\n\n{\"b\":2}\n{\"c\"", step),
                ["{\"a\":1}", "{\"b\":2}", "{\"c\""]
            );
            assert_eq!(read(Framing::Whole, b"{\n\"a\": 1\n}\n", step), ["{\n\"a\": 1\n}\n"]);
            assert!(read(Framing::Whole, b" \n", step).is_empty());
        }
    }

    #[test]
    fn what_is_too_long_ends_the_reading_and_is_not_kept() {
        for framing in [Framing::ServerSent, Framing::Lines, Framing::Whole] {
            let mut reader = EventReader::new(framing);
            let pieces = std::iter::repeat_n([b'x'; 1_000], 10_000);
            let mut taken = 0;
            let refused = pieces.map(|piece| reader.push(&piece)).inspect(|_| taken += 1).find_map(Result::err);
            assert_eq!((refused, taken), (Some(TooLong), EVENT_BYTES_MAX / 1_000 + 1));
        }
        let mut reader = EventReader::new(Framing::ServerSent);
        let line = format!("data: {}\n", "x".repeat(1_000));
        assert!((0..100).any(|_| reader.push(line.as_bytes()).is_err()), "an event of many lines");
    }
}
