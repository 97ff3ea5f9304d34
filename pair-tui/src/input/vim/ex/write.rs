//! `:w` and its kin (<https://vimhelp.org/editing.txt.html#:w>): what is to be written, and where.

use super::Range;
use crate::input::{
    Command as ProgramCommand,
    command::WriteRequest,
    vim::{
        state::{Effect, Vim},
        work::Work,
    },
};

impl Vim {
    /// `:w :up :wa :wq :x :wqa :xa :sav`, each with `!` or without; `None`: the name is another command's.
    pub(super) fn write(name: &str, range: Range, arguments: &str, work: &mut Work<'_>) -> Option<Result<(), String>> {
        let (plain, forces) = name.strip_suffix('!').map_or((name, false), |plain| (plain, true));
        let request = WriteRequest { forces, ..WriteRequest::default() };
        let (request, quits) = match plain {
            "w" | "write" => (request, false),
            "up" | "update" => (WriteRequest { only_if_changed: true, ..request }, false),
            "wa" | "wall" => (WriteRequest { everything: true, ..request }, false),
            "sav" | "saveas" => (WriteRequest { links: true, ..request }, false),
            "wq" => (request, true),
            "x" | "xit" | "exit" => (WriteRequest { only_if_changed: true, ..request }, true),
            "wqa" | "wqall" | "xa" | "xall" => (WriteRequest { everything: true, ..request }, true),
            _ => return None,
        };
        Some(Self::write_to(range, arguments.trim(), request, quits, work))
    }

    fn write_to(
        range: Range,
        path: &str,
        mut request: WriteRequest,
        quits: bool,
        work: &mut Work<'_>,
    ) -> Result<(), String> {
        if path.starts_with(">>") {
            return Err("files are not appended to; :w FILE writes one anew".to_owned());
        }
        if path.starts_with('!') {
            return Err("pair runs no other programs; `pair-tui get` gives the text to one".to_owned());
        }
        if path.is_empty() && request.links {
            return Err("saveas wants the name of a file".to_owned());
        }
        let is_whole = range.first.0 == 0 && range.last == work.lines().last();
        request.lines = (range.given > 0 && !is_whole).then_some((range.first, range.last));
        request.path = Some(path.to_owned()).filter(|path| !path.is_empty());
        work.effect(Effect::Write(request));
        if quits {
            work.effect(Effect::Run(ProgramCommand::Quit));
        }
        Ok(())
    }
}
