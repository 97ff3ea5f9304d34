//! The web client's TypeScript declarations of the messages come from the Rust types; this fails where they have drifted apart.
//! `PAIR_UPDATE_TYPES=1 cargo test -p pair-server --test wire_types` writes them anew.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use protocol::{ClientMessage, Limits, ServerMessage};
use std::{collections::BTreeMap, path::Path};
use ts_rs::{Config, TS, TypeVisitor};

/// The declaration of every type that a message needs, by name.
struct Declarations {
    config: Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Types that TypeScript has itself, and wrappers such as lists, are declared nowhere.
        if T::output_path().is_none() || self.found.contains_key(&T::ident(&self.config)) {
            return;
        }
        self.found.insert(
            T::ident(&self.config),
            format!("{}export {}", T::docs().unwrap_or_default(), T::decl(&self.config)),
        );
        T::visit_dependencies(self);
    }
}

fn declarations() -> String {
    let config = Config::new().with_large_int("number");
    let mut declarations = Declarations { config, found: BTreeMap::new() };
    declarations.visit::<ClientMessage>();
    declarations.visit::<ServerMessage>();
    let mut text = String::from(
        "// The messages of the room protocol, made from the Rust types of the crate `protocol`: see pair-server/tests/wire_types.rs.\n\
         // Do not edit.\n\n",
    );
    let constants = [
        format!("PROTOCOL_VERSION = {}", protocol::PROTOCOL_VERSION),
        format!("SUBPROTOCOL = {:?}", protocol::SUBPROTOCOL_MSGPACK),
        format!("ROOT_NAME = {:?}", protocol::document::update::ROOT_NAME),
        format!("CHAT_BYTES = {}", Limits::default().chat_bytes),
    ];
    for constant in constants {
        text.extend(["export const ", &constant, ";\n"]);
    }
    for declaration in declarations.found.values() {
        text.push('\n');
        text.push_str(declaration);
        text.push('\n');
    }
    text
}

#[test]
fn the_declarations_of_the_web_client_are_those_of_the_rust_types() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/src/protocol/messages.ts");
    let made = declarations();
    if std::env::var_os("PAIR_UPDATE_TYPES").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let first = made.lines().zip(written.lines()).find(|(made, written)| made != written);
    assert!(
        written == made,
        "{} is not what the Rust types say; run PAIR_UPDATE_TYPES=1 cargo test -p pair-server --test wire_types: {first:?}",
        file.display()
    );
}
