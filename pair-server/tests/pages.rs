//! What the build script makes of the web client, where it was built and where it was not: the server builds without Node.js. What `/` says
//! then is tested in `src/http/pages.rs`.

#![allow(clippy::unwrap_used, reason = "a test: what fails ends it")]

#[path = "../build/pages.rs"]
mod pages;

use std::fs::{create_dir_all, read_to_string, write};

#[test]
fn without_built_pages_there_are_none_and_the_build_goes_on() {
    let out = tempfile::tempdir().unwrap();
    assert_eq!(pages::embed(&out.path().join("web/dist"), out.path()).unwrap(), Vec::<std::path::PathBuf>::new());
    assert_eq!(read_to_string(out.path().join("pages.rs")).unwrap(), "&[\n]");
}

#[test]
fn built_pages_are_named_by_their_addresses() {
    let out = tempfile::tempdir().unwrap();
    let dist = out.path().join("dist");
    create_dir_all(dist.join("assets")).unwrap();
    write(dist.join("index.html"), "<!doctype html>").unwrap();
    write(dist.join("assets/index-1a.js"), "1").unwrap();
    assert_eq!(pages::embed(&dist, out.path()).unwrap().len(), 2);
    let source = read_to_string(out.path().join("pages.rs")).unwrap();
    assert!(source.contains("path: \"assets/index-1a.js\"") && source.contains("path: \"index.html\""), "{source}");
}
