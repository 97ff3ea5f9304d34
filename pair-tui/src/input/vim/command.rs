//! What the keys of normal and visual mode can ask for, once they are complete. Knows no text and no state.

use crate::{
    editor::{
        motion::{Direction, find::FindCharacter, word::WordKind},
        object::ObjectKind,
    },
    input::Key,
};

/// A complete command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// The register that was named.
    pub register: Option<char>,
    /// The counts, multiplied.
    pub count: Option<usize>,
    /// What to do.
    pub action: Action,
    /// The keys without register and counts, which repeat it.
    pub keys: Vec<Key>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Move(Motion),
    Operate {
        operator: Operator,
        target: Target,
        force: Option<Force>,
    },
    /// Takes a text object into the selection.
    SelectObject {
        kind: ObjectKind,
        around: bool,
    },
    Insert(InsertAt),
    Overwrite,
    ReplaceCharacter(Key),
    ToggleCase,
    Join {
        spaced: bool,
    },
    Put {
        before: bool,
        cursor_behind: bool,
    },
    Undo,
    Redo,
    Repeat,
    RepeatSubstitute {
        everywhere: bool,
    },
    Record(char),
    Play(char),
    Mark(char),
    Select {
        lines: bool,
    },
    Reselect,
    SwapEnds,
    Prompt(PromptKind),
    Scroll(Scroll),
    Escape,
    Quit {
        saves: bool,
    },
    Add {
        negative: bool,
    },
    /// Back and forth among the places that jumps began at.
    Jump(Direction),
    Suspend,
}

/// A change that waits for where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Delete,
    Change,
    Yank,
    Indent,
    Outdent,
    Reindent,
    Lower,
    Upper,
    Toggle,
}

/// Where an operator applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Motion(Motion),
    Object {
        kind: ObjectKind,
        around: bool,
    },
    /// As many lines as the count says.
    Lines,
    /// What is selected; as whole lines if wanted.
    Selection {
        as_lines: bool,
    },
}

/// Makes a motion act otherwise than it does by itself (`dv`, `dV`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    Characters,
    Lines,
}

/// Where insert mode begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InsertAt {
    Cursor,
    Behind,
    FirstNonblank,
    LineStart,
    LineEnd,
    LineBelow,
    LineAbove,
    /// Where it ended last.
    Last,
}

/// What a line at the bottom is typed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    /// An Ex command.
    Ex,
    /// A search.
    Search(Direction),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scroll {
    /// Half a screen, the cursor with it.
    Half(Direction),
    Page(Direction),
    Line(Direction),
    /// The cursor's line to the top, the middle, the bottom; the cursor to the first character that is no space.
    CursorTo {
        place: ScreenPlace,
        first_nonblank: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScreenPlace {
    Top,
    Middle,
    Bottom,
}

/// A place of a row of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowEnd {
    First,
    FirstNonblank,
    Last,
}

/// A way to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Motion {
    Left,
    Right,
    /// Right, and on to the next line (Space).
    RightOver,
    /// Left, and on to the line before (Backspace).
    LeftOver,
    LineStart,
    FirstNonblank,
    LineEnd,
    LastNonblank,
    Column,
    Vertical(Direction),
    /// By rows of the screen.
    Row(Direction),
    /// To an end of the row.
    RowEnd(RowEnd),
    /// Lines down (or up), to the first character there that is no space.
    VerticalFirst(Direction),
    /// `_`: one line less than the count down.
    LinesBelow,
    /// To a line by its number; without one to the first or last.
    Line {
        or_last: bool,
    },
    /// `%`: to the matching bracket, or with a count that far into the text.
    Match,
    NextWord(WordKind),
    NextWordEnd(WordKind),
    PreviousWord(WordKind),
    PreviousWordEnd(WordKind),
    Find(FindCharacter),
    RepeatFind {
        reversed: bool,
    },
    Paragraph(Direction),
    Sentence(Direction),
    Screen(ScreenPlace),
    Mark {
        name: char,
        as_line: bool,
    },
    Prompt(Direction),
    /// A search that was typed.
    Search {
        direction: Direction,
        pattern: String,
    },
    SearchAgain {
        reversed: bool,
    },
    Star {
        direction: Direction,
        whole_word: bool,
    },
    Unclosed(char),
}
