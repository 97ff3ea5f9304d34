//! The words that a made room id is put together from: short, told apart by ear, and nobody's insult. Knows no ids.

/// Sixty-four adjectives: six bits.
pub(super) const ADJECTIVES: [&str; 64] = [
    "able", "amber", "ample", "apt", "azure", "bold", "brave", "brief", "bright", "brisk", "calm", "candid", "civil",
    "clean", "clear", "clever", "cosy", "crisp", "daring", "deft", "eager", "early", "easy", "fair", "fancy", "fast",
    "fine", "firm", "fleet", "fond", "free", "fresh", "gentle", "glad", "golden", "good", "grand", "happy", "hardy",
    "keen", "kind", "lively", "loyal", "lucky", "mellow", "merry", "mild", "neat", "nimble", "noble", "proud", "quick",
    "quiet", "rapid", "ready", "royal", "shiny", "silver", "smart", "snug", "sunny", "swift", "vivid", "warm",
];

/// Sixty-four animals: six bits.
pub(super) const ANIMALS: [&str; 64] = [
    "ant", "badger", "bat", "bear", "beaver", "bee", "bison", "boar", "camel", "cat", "cod", "crab", "crane", "crow",
    "deer", "dog", "dove", "duck", "eagle", "elk", "falcon", "ferret", "finch", "fox", "frog", "gecko", "goat",
    "goose", "hare", "hawk", "heron", "horse", "ibis", "jackal", "jay", "kiwi", "koala", "lark", "lemur", "lion",
    "lynx", "magpie", "mole", "moose", "moth", "mouse", "newt", "otter", "owl", "panda", "parrot", "pike", "puffin",
    "puma", "quail", "rabbit", "raven", "robin", "seal", "stork", "swan", "tiger", "toad", "whale",
];

/// Crockford's base 32 in lower case: no i, l, o or u, so that nothing is misread. Five bits each.
pub(super) const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
