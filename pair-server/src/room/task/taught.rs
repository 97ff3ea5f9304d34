//! What the provider of suggestions has been told of the room's documents, so that a request brings along only those that changed.
//! Knows documents, no provider.

use protocol::{ByteOffset, Document, DocumentPath, document::update::StateVector};
use std::collections::HashMap;

/// Bytes of other documents that one request brings along at most; what is left comes with the next ones.
const NEWS_BYTES_MAX: usize = 1 << 20;

/// What is known of each document: what was written, and how long it then was. Only a deletion that leaves the length as it is, which none
/// does, would go unseen.
#[derive(Debug, Default)]
pub(super) struct Taught(HashMap<DocumentPath, (StateVector, ByteOffset)>);

impl Taught {
    /// The documents, except the one that is asked about, that are not as they were the last time.
    pub(super) fn news(
        &mut self,
        documents: &[(DocumentPath, Document)],
        except: &DocumentPath,
    ) -> Vec<(DocumentPath, String)> {
        let (mut news, mut bytes) = (Vec::new(), 0);
        for (path, document) in documents {
            let now = (document.state(), document.len());
            if self.0.get(path) == Some(&now) {
                continue;
            }
            if path != except {
                bytes += document.len().0;
                if bytes > NEWS_BYTES_MAX {
                    continue;
                }
                news.push((path.clone(), document.text()));
            }
            self.0.insert(path.clone(), now);
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ClientId;

    #[test]
    fn only_what_changed_is_news() {
        let path = |name: &str| name.parse::<DocumentPath>().unwrap();
        let mut documents = ["a", "b", "c"].map(|name| (path(name), Document::new(ClientId::from_random_32(1))));
        let write = |document: &mut Document, removed: usize, text: &str| {
            drop(document.edit(ByteOffset::START.span(removed), text, 0).unwrap());
        };
        for (_, document) in &mut documents {
            write(document, 0, "text");
        }
        let mut taught = Taught::default();
        let mut news = |documents: &[_], except: &str| {
            let news = taught.news(documents, &path(except)).into_iter();
            news.map(|(path, text)| format!("{path}: {text}")).collect::<Vec<_>>()
        };
        assert_eq!(news(&documents, "b"), ["a: text", "c: text"]);
        assert_eq!(news(&documents, "a"), Vec::<String>::new());
        write(&mut documents[1].1, 0, "more ");
        write(&mut documents[2].1, 2, "");
        assert_eq!(news(&documents, "a"), ["b: more text", "c: xt"]);
        assert_eq!(news(&documents, "c"), Vec::<String>::new());
    }
}
