//! Patterns and what they find, as tables.

use super::*;
use crate::editor::text::Text;

fn found(pattern: &str, text: &str) -> Vec<String> {
    let pattern = Pattern::vim(pattern, CaseRule::default()).unwrap();
    let text = Text::new(text);
    let lines = Lines::new(&text);
    pattern.matches(&lines, LineIndex(0)..LineIndex(99)).into_iter().map(|range| text.slice(range)).collect()
}

#[test]
fn the_common_notation_finds_what_vim_finds() {
    for (pattern, text, wanted) in [
        ("a.c", "abc a\nc axc", vec!["abc", "axc"]),
        ("a\\+", "a aa b", vec!["a", "aa"]),
        ("a*b", "aab b", vec!["aab", "b"]),
        ("(a+b)", "(a+b) ab", vec!["(a+b)"]),
        ("\\(a\\|b\\)c", "ac bc cc", vec!["ac", "bc"]),
        ("\\<fn\\>", "fn fnord afn", vec!["fn"]),
        ("[a-c]\\{2,3}", "abcd xab", vec!["abc", "ab"]),
        ("\".\\{-}\"", "\"a\" \"b\"", vec!["\"a\"", "\"b\""]),
        ("^a", "aa\na", vec!["a", "a"]),
        ("a$", "aa\na", vec!["a", "a"]),
        ("a^b$c", "a^b$c", vec!["a^b$c"]),
        ("\\v(a|b)+c", "abac", vec!["abac"]),
        ("\\Va.c", "abc a.c", vec!["a.c"]),
        ("foo\\zsbar", "foobar bar", vec!["bar"]),
        ("foo\\ze(", "foo( foo", vec!["foo"]),
        ("a\\nb", "a\nb", vec!["a\nb"]),
        ("[^x]", "xa\nb", vec!["a", "b"]),
        ("[]x]", "]x[", vec!["]", "x"]),
        ("a[", "a[", vec!["a["]),
        ("\\cAB", "ab AB", vec!["ab", "AB"]),
        ("*a", "*a a", vec!["*a"]),
    ] {
        assert_eq!(found(pattern, text), wanted, "{pattern}");
    }
    let error = Pattern::vim("a\\@=", CaseRule::default()).unwrap_err();
    assert!(error.to_string().contains("docs/vim.md"), "{error}");
    assert!(matches!(Pattern::vim("\\(a", CaseRule::default()), Err(PatternError::Malformed { .. })));
}

#[test]
fn case_follows_the_rule_and_the_pattern() {
    let smart = CaseRule { ignores_case: true, is_smart: true };
    let count = |pattern: &str, rule| {
        let text = Text::new("foo Foo FOO");
        Pattern::vim(pattern, rule).unwrap().count(&Lines::new(&text), ByteOffset(4), 99)
    };
    assert_eq!(count("foo", smart), MatchCount { current: 2, total: 3 });
    assert_eq!(count("Foo", smart).total, 1);
    assert_eq!(count("foo\\C", smart).total, 1);
    assert_eq!(count("foo", CaseRule::default()).total, 1);
}

#[test]
fn the_next_match_is_round_the_end_if_wanted() {
    let text = Text::new("ab\ncd\nab\n");
    let lines = Lines::new(&text);
    let pattern = Pattern::plain("ab", SearchRules::default()).unwrap();
    let next = |at, direction, wraps| {
        pattern.next(&lines, ByteOffset(at), direction, wraps).map(|found| (found.range.start.0, found.is_wrapped))
    };
    assert_eq!(next(0, Direction::Forward, true), Some((6, false)));
    assert_eq!(next(6, Direction::Forward, true), Some((0, true)));
    assert_eq!(next(6, Direction::Forward, false), None);
    assert_eq!(next(0, Direction::Backward, true), Some((6, true)));
    assert_eq!(next(7, Direction::Backward, true), Some((6, false)));
}

#[test]
fn replacements_take_groups_and_case() {
    let swap = Pattern::vim("\\(\\w\\+\\) \\(\\w\\+\\)", CaseRule::default()).unwrap();
    let replaced = swap.replacements("one two", &Replacement::vim("\\u\\2 \\U\\1\\E &\\r\\&"), true);
    assert_eq!(replaced, [(0..7, "Two ONE one two\n&".to_owned())]);
    let a = Pattern::vim("a", CaseRule::default()).unwrap();
    assert_eq!(a.replacements("aa\naa", &Replacement::literal("x"), false).len(), 2);
}

#[test]
fn what_is_typed_into_a_search_is_meant_as_its_rules_say() {
    let found = |source: &str, rules| {
        let text = Text::new("foo Foo food f.o\nx_foo (a)");
        let pattern = Pattern::plain(source, rules).unwrap();
        let lines = Lines::new(&text);
        pattern
            .matches(&lines, LineIndex(0)..LineIndex(9))
            .into_iter()
            .map(|range| text.slice(range))
            .collect::<Vec<_>>()
    };
    let plain = SearchRules::default();
    let (case, words) = (SearchRules { heeds_case: true, ..plain }, SearchRules { whole_words: true, ..plain });
    let regex = SearchRules { is_regex: true, ..plain };
    assert_eq!(found("foo", plain), ["foo", "Foo", "foo", "foo"]);
    assert_eq!(found("foo", case), ["foo", "foo", "foo"]);
    assert_eq!(found("foo", words), ["foo", "Foo"]);
    assert_eq!(found("(a)", words), ["(a)"]);
    assert_eq!(found("f.o", plain), ["f.o"]);
    assert_eq!(found("f.o\\b", regex), ["foo", "Foo", "f.o", "foo"]);
    assert_eq!(found("f.o", SearchRules { whole_words: true, ..regex }), ["foo", "Foo", "f.o"]);
    assert_eq!(found("f.o\\nx", regex), ["f.o\nx"]);
    let error = Pattern::plain("(a", regex).unwrap_err().to_string();
    assert_eq!(error, "the pattern \"(a\" is no regular expression: unclosed group");
}

#[test]
fn the_nearest_match_is_found_in_both_directions_and_round_the_end() {
    let text = Text::new("ab ab\ncd\nab\n");
    let lines = Lines::new(&text);
    for is_regex in [false, true] {
        let pattern = Pattern::plain("ab", SearchRules { is_regex, ..SearchRules::default() }).unwrap();
        let nearest = |at, direction| {
            let found = pattern.nearest(&lines, ByteOffset(at), direction, 99)?;
            Some((found.range.start.0, found.is_wrapped))
        };
        for (at, forward, backward) in [
            (0, (0, false), (9, true)),
            (1, (3, false), (0, false)),
            (3, (3, false), (0, false)),
            (4, (9, false), (3, false)),
            (10, (0, true), (9, false)),
        ] {
            assert_eq!(nearest(at, Direction::Forward), Some(forward), "forward from {at}");
            assert_eq!(nearest(at, Direction::Backward), Some(backward), "backward from {at}");
        }
    }
}

#[test]
fn groups_come_into_what_replaces_a_match() {
    let pattern =
        Pattern::plain("(\\w+) (?<last>\\w+)", SearchRules { is_regex: true, ..SearchRules::default() }).unwrap();
    let replaced = |notation: &str| pattern.replacements("one two", &Replacement::regex(notation), true)[0].1.clone();
    for (notation, wanted) in [
        ("$2 $1", "two one"),
        ("${last}$1x", "twoonex"),
        ("$&$&", "one twoone two"),
        ("$0!", "one two!"),
        ("$$1 $x \\\\ $", "$1 $x \\ $"),
        ("\\n\\t\\x", "\n\t\\x"),
        ("$9${none}é", "é"),
    ] {
        assert_eq!(replaced(notation), wanted, "{notation}");
    }
}
