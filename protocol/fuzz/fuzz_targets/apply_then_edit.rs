//! Applying updates, editing and undoing, in any order. What must hold is in `tests/support/hostile.rs`.

#![no_main]

#[path = "../../tests/support/hostile.rs"]
#[allow(dead_code, reason = "each target uses a part")]
mod hostile;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hostile::apply_then_edit(bytes));
