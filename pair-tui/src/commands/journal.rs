//! `pair-tui journal`: gets text out of journals by hand, without a server.

use crate::{
    cli::JournalCommand,
    client::journal::{JournalError, Journals, Left, record::Tail},
};
use anyhow::Context;
use protocol::{ClientId, Document, DocumentPath};
use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// Carries out a command.
pub(super) fn execute(journals: &Journals, command: JournalCommand) -> anyhow::Result<()> {
    match command {
        JournalCommand::List => list(journals, super::now())?.iter().try_for_each(|line| super::say(line)),
        JournalCommand::Show { name } => {
            let texts = texts(journals, &name)?;
            let mut out = io::stdout().lock();
            for (path, text) in &texts {
                let title = if texts.len() > 1 { format!("==> {path} <==\n") } else { String::new() };
                let written = out.write_all(title.as_bytes()).and_then(|()| out.write_all(text.as_bytes()));
                written.and_then(|()| out.flush()).context("can't write the text")?;
            }
            Ok(())
        }
        JournalCommand::Export { name, folder } => {
            export(journals, &name, &folder)?.iter().try_for_each(|line| super::say(line))
        }
    }
}

/// What journals there are, one line each; `now` in seconds since 1970.
fn list(journals: &Journals, now: u64) -> anyhow::Result<Vec<String>> {
    let line = |left: &Left| {
        let name = name(left);
        let Some(header) = &left.content.header else {
            return format!("{name}  not readable as a journal; `pair-tui join` sets it aside");
        };
        let age = now.saturating_sub(header.created_at) / 60;
        let edits = left.content.unstored;
        let state = match (left.is_in_use, left.content.tail) {
            (true, _) => "in use",
            (false, Tail::Broken) => "broken behind what is readable",
            (false, Tail::Clean | Tail::Torn) => "left by an earlier run",
        };
        format!(
            "{name}  {} on {}  {edits} edits not known to be stored  {age} min old  {state}",
            header.room, header.server
        )
    };
    let lines: Vec<_> = journals.list()?.iter().map(line).collect();
    Ok(if lines.is_empty() { vec!["No journals: everything that was typed here is stored.".to_owned()] } else { lines })
}

/// The texts in a journal, by the documents' paths.
fn texts(journals: &Journals, wanted: &str) -> anyhow::Result<Vec<(DocumentPath, String)>> {
    let left = find(journals, wanted)?;
    let mut documents: Vec<(DocumentPath, Document)> = Vec::new();
    for entry in &left.content.entries {
        let at = documents.iter().position(|(path, _)| *path == entry.document).unwrap_or_else(|| {
            documents.push((entry.document.clone(), Document::new(ClientId::from_random_32(0))));
            documents.len() - 1
        });
        if let Some((path, document)) = documents.get_mut(at) {
            document
                .apply(&entry.update)
                .with_context(|| format!("{path} in {} can't be read", left.path.display()))?;
        }
    }
    Ok(documents.into_iter().map(|(path, document)| (path, document.text())).collect())
}

/// Writes the texts into files below a folder; none that is there already is touched. Gives a line for each.
fn export(journals: &Journals, wanted: &str, folder: &Path) -> anyhow::Result<Vec<String>> {
    let write = |(path, text): (DocumentPath, String)| {
        let file = folder.join(path.as_str());
        if let Some(above) = file.parent() {
            fs::create_dir_all(above).with_context(|| format!("can't create the folder {}", above.display()))?;
        }
        let mut options = fs::OpenOptions::new();
        let opened = options.write(true).create_new(true).open(&file);
        let written = opened.and_then(|mut to| to.write_all(text.as_bytes()));
        written
            .with_context(|| format!("can't write {}; a file that is there already is left alone", file.display()))?;
        Ok(format!("{} ({} bytes)", file.display(), text.len()))
    };
    texts(journals, wanted)?.into_iter().map(write).collect()
}

/// The only journal whose name begins so, or that is this file.
fn find(journals: &Journals, wanted: &str) -> anyhow::Result<Left> {
    let mut fitting: Vec<_> = journals
        .list()?
        .into_iter()
        .filter(|left| name(left).starts_with(wanted) || left.path == Path::new(wanted))
        .collect();
    anyhow::ensure!(fitting.len() <= 1, "{} journals begin with {wanted}; give more of the name", fitting.len());
    Ok(fitting.pop().ok_or_else(|| JournalError::NotFound(wanted.to_owned()))?)
}

fn name(left: &Left) -> String {
    left.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
