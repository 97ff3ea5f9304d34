//! The themes: colours, and how things are told apart without them, by what the terminal can show and what it stands on. Every pair
//! of colours has the contrast that WCAG asks for; `theme/tests` computes it. Knows not what is drawn.

use crate::{app::preferences::ThemeName, editor::syntax::Highlight};
use protocol::presence::Color as WireColor;
use ratatui::style::{Color, Modifier, Style};

pub mod color;
mod palette;
mod sixteen;
#[cfg(test)]
pub(crate) mod tests;

use color::{BLACK, Rgb, WHITE};
use palette::{DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, Palette};

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Depth {
    /// None: `NO_COLOR`, or a terminal without. Reverse, bold and underline are used instead.
    None,
    /// The 16 colours that the terminal's owner chose.
    #[default]
    Sixteen,
    /// The 256 colours of xterm.
    Indexed,
    /// 24 bits.
    True,
}

/// What the colours are made for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Background {
    /// A dark background.
    #[default]
    Dark,
    /// A light background.
    Light,
}

/// What is known of the terminal's own background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// It was asked for and may be told any moment.
    Asked,
    /// Nothing.
    Unknown,
    /// It has this colour.
    Known(Rgb),
}

/// What the terminal can show, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalColors {
    /// How many colours it has.
    pub depth: Depth,
    /// Its background.
    pub ground: Ground,
}

impl Default for TerminalColors {
    fn default() -> Self {
        Self { depth: Depth::default(), ground: Ground::Known(BLACK) }
    }
}

/// The colours in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Theme {
    /// How many colours there are.
    pub depth: Depth,
    /// What they stand on.
    pub background: Background,
    /// Whether the contrast is high: 7 instead of 4.5.
    pub high_contrast: bool,
    /// Whether the theme brings its own background and colour of text, because the terminal's may not suit it.
    pub paints: bool,
}

impl Theme {
    /// The theme of a name, as it is right on a terminal. While the terminal is being asked for its background, nothing has a colour.
    pub fn chosen(name: ThemeName, terminal: TerminalColors) -> Self {
        let depth = if name == ThemeName::Sixteen { terminal.depth.at_most_sixteen() } else { terminal.depth };
        let is_light = |ground: Rgb| ground.contrast(BLACK) > ground.contrast(WHITE);
        let background = match (name, terminal.ground) {
            // None of the 16 colours is black or white in every terminal: there, the background that it has is taken.
            (ThemeName::Dark, _) if depth != Depth::Sixteen => Background::Dark,
            (ThemeName::Light, _) if depth != Depth::Sixteen => Background::Light,
            (_, Ground::Known(ground)) if is_light(ground) => Background::Light,
            (ThemeName::Light, Ground::Unknown) => Background::Light,
            _ => Background::Dark,
        };
        let theme = Self { depth, background, high_contrast: name == ThemeName::HighContrast, paints: false };
        match terminal.ground {
            Ground::Asked => Self { depth: Depth::None, ..theme },
            Ground::Unknown => Self { paints: depth != Depth::None, ..theme },
            // The owner's 16 colours are made for black or white; on what is neither, only their own text is sure to be legible.
            Ground::Known(ground) if depth == Depth::Sixteen && !theme.suits(ground) => {
                Self { depth: Depth::None, ..theme }
            }
            Ground::Known(ground) => Self { paints: theme.is_rich() && !theme.suits(ground), ..theme },
        }
    }

    /// Whether everything of this theme is legible on a background.
    fn suits(self, ground: Rgb) -> bool {
        let (ground, limit) = (ground.luminance(), self.palette().limit.luminance());
        if self.is_dark() { ground <= limit } else { ground >= limit }
    }

    fn palette(self) -> &'static Palette {
        match (self.background, self.high_contrast) {
            (Background::Dark, false) => &DARK,
            (Background::Light, false) => &LIGHT,
            (Background::Dark, true) => &HIGH_DARK,
            (Background::Light, true) => &HIGH_LIGHT,
        }
    }

    /// What everything stands on and is written in, before anything is drawn. Empty where that is the terminal's own.
    pub fn ground(self) -> Style {
        match self.depth {
            Depth::Sixteen if self.paints && self.is_dark() => Style::new().fg(Color::White).bg(Color::Black),
            Depth::Sixteen if self.paints => Style::new().fg(Color::Black).bg(Color::White),
            Depth::Indexed | Depth::True if self.paints => {
                Style::new().fg(self.color(self.palette().text)).bg(self.color(self.palette().own_ground))
            }
            _ => Style::new(),
        }
    }

    /// Plain text.
    pub fn text(self) -> Style {
        Style::new()
    }

    /// What should be quieter than the text: line numbers, hints.
    pub fn quiet(self) -> Style {
        self.rich(self.palette().quiet).unwrap_or(Style::new().add_modifier(Modifier::DIM))
    }

    /// A word that says something is well.
    pub fn good(self) -> Style {
        self.accent(self.palette().green, sixteen::GOOD)
    }

    /// A word that says something is under way, or wants attention.
    pub fn warning(self) -> Style {
        self.accent(self.palette().orange, sixteen::WARNING).add_modifier(Modifier::BOLD)
    }

    /// A word that says something went wrong.
    pub fn error(self) -> Style {
        let style = self.accent(self.palette().red, sixteen::ERROR).add_modifier(Modifier::BOLD);
        if self.is_plain() { style.add_modifier(Modifier::REVERSED) } else { style }
    }

    /// A heading, or the number of the line that the cursor is in.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// A key in a hint.
    pub fn key(self) -> Style {
        self.strong()
    }

    /// A line that a difference takes away. Its sign says so too.
    pub fn removed(self) -> Style {
        self.accent(self.palette().red, sixteen::ERROR)
    }

    /// A line that a difference adds. Its sign says so too.
    pub fn added(self) -> Style {
        self.accent(self.palette().green, sixteen::GOOD)
    }

    /// This participant's own selection, and a chosen row.
    pub fn selected(self) -> Style {
        let front = if self.high_contrast { self.palette().own_ground } else { self.palette().text };
        let back = self.palette().selected;
        self.on(front, back).unwrap_or(Style::new().add_modifier(Modifier::REVERSED))
    }

    /// One of this participant's cursors beside the terminal's own.
    pub fn further_cursor(self) -> Style {
        match self.depth {
            // A selection is in reverse already; its cursor is told by not being so.
            Depth::None | Depth::Sixteen => Style::new().add_modifier(Modifier::REVERSED | Modifier::UNDERLINED),
            Depth::Indexed | Depth::True => {
                Style::new().bg(self.ground().bg.unwrap_or(Color::Reset)).add_modifier(Modifier::REVERSED)
            }
        }
    }

    /// A match of a search: underlined, so that it is told from a selection without colours, too.
    pub fn found(self) -> Style {
        let style = self.on(self.palette().text, self.palette().found);
        style.unwrap_or(self.strong()).add_modifier(Modifier::UNDERLINED)
    }

    /// A match that something else would come in place of: crossed out where the terminal can, and quiet.
    pub fn replaced(self) -> Style {
        self.quiet().add_modifier(Modifier::CROSSED_OUT)
    }

    /// What would come in place of a match.
    pub fn replacement(self) -> Style {
        self.good().add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }

    /// The text of a suggestion.
    pub fn suggestion(self) -> Style {
        self.quiet().add_modifier(Modifier::ITALIC)
    }

    /// A sign that stands for a character that can't be shown.
    pub fn stand_in(self) -> Style {
        self.warning()
    }

    /// Somebody's colour, as text on the background.
    pub fn person(self, color: WireColor) -> Style {
        if self.is_plain() {
            return self.strong();
        }
        self.rich(self.legible(color.into())).unwrap_or_else(|| Style::new().fg(sixteen::hue(color, self.is_dark())))
    }

    /// Somebody's name on their colour.
    pub fn flag(self, color: WireColor) -> Style {
        if self.is_plain() {
            return Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD);
        }
        let front = if self.is_dark() { BLACK } else { WHITE };
        let reversed = || self.person(color).add_modifier(Modifier::REVERSED);
        self.on(front, self.legible(color.into())).unwrap_or_else(reversed)
    }

    /// A character that somebody has selected: a tint that leaves the text legible.
    pub fn tint(self, color: WireColor) -> Style {
        if self.is_plain() {
            return Style::new().add_modifier(Modifier::UNDERLINED);
        }
        let palette = self.palette();
        let is_within = |tint: &Rgb| {
            let shown = self.shown(*tint).luminance();
            if self.is_dark() { shown <= palette.tint_limit } else { shown >= palette.tint_limit }
        };
        let ground = if self.is_dark() { BLACK.mixed(30, palette.own_ground) } else { WHITE };
        let mut tints = (0..=palette.tint).rev().map(|percent| Rgb::from(color).mixed(percent, ground));
        let back = tints.find(is_within).unwrap_or(ground);
        // What is quiet by itself would be too dim in another colour.
        let hue = Style::new().fg(sixteen::hue(color, self.is_dark())).remove_modifier(Modifier::DIM);
        let basic = || hue.add_modifier(Modifier::UNDERLINED);
        self.on(palette.text, back).unwrap_or_else(basic)
    }

    /// A text's own style below one that lies over it (a selection, a match): the text keeps its colour where that is legible there.
    pub fn over(self, text: Style, above: Style) -> Style {
        let both = text.patch(above);
        let keeps = |(front, back): (Color, Color)| {
            let contrast = Rgb::of(front).zip(Rgb::of(back)).map(|(front, back)| front.contrast(back));
            contrast.is_some_and(|contrast| contrast >= self.least()).then_some(front)
        };
        match text.fg.zip(above.bg).and_then(keeps) {
            Some(front) => both.fg(front),
            None => both,
        }
    }

    /// A piece of code of a kind. Five colours and grey; without colours only words of the language, comments and what is strong in
    /// a text differ.
    pub fn highlight(self, kind: Highlight) -> Style {
        let palette = self.palette();
        match kind {
            Highlight::Comment => self.rich(palette.comment).unwrap_or(self.quiet()),
            Highlight::Keyword if self.is_plain() => self.strong(),
            Highlight::Keyword => self.code(palette.keyword, sixteen::KEYWORD),
            Highlight::String => self.code(palette.green, sixteen::STRING),
            Highlight::Constant | Highlight::Attribute => self.code(palette.orange, sixteen::CONSTANT),
            Highlight::Type => self.code(palette.cyan, sixteen::TYPE),
            Highlight::Function | Highlight::Property => self.code(palette.blue, sixteen::FUNCTION),
            Highlight::Heading => self.code(palette.blue, sixteen::HEADING).patch(self.strong()),
            Highlight::Strong => self.strong(),
            Highlight::Emphasis => Style::new().add_modifier(Modifier::ITALIC),
            Highlight::Link => Style::new().add_modifier(Modifier::UNDERLINED),
        }
    }

    /// The bracket at the cursor, and its partner.
    pub fn bracket(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }

    /// A colour for code, legible where it is selected too.
    fn code(self, rgb: Rgb, basic: sixteen::Pair) -> Style {
        if self.is_plain() {
            return Style::new();
        }
        let limit = self.palette().tint_limit;
        self.rich(self.legible_at(rgb, limit)).unwrap_or(basic.style(self.is_dark()))
    }

    /// A colour for a word of the program's own, legible on the background.
    fn accent(self, rgb: Rgb, basic: sixteen::Pair) -> Style {
        if self.is_plain() {
            return Style::new();
        }
        self.rich(self.legible(rgb)).unwrap_or(basic.style(self.is_dark()))
    }

    /// Text in a colour; none with fewer than 256.
    fn rich(self, front: Rgb) -> Option<Style> {
        self.is_rich().then(|| Style::new().fg(self.color(front)))
    }

    fn is_rich(self) -> bool {
        matches!(self.depth, Depth::Indexed | Depth::True)
    }

    /// Text in a colour on another one; none with fewer than 256.
    fn on(self, front: Rgb, back: Rgb) -> Option<Style> {
        self.rich(front).map(|style| style.bg(self.color(back)))
    }

    /// Whether anything has a colour, beyond the one of all text and its ground.
    pub fn has_colors(self) -> bool {
        !self.is_plain()
    }

    /// Whether there are attributes only: without colours, and with 16 where the contrast is to be high, which only text on its own
    /// background has in every terminal.
    fn is_plain(self) -> bool {
        self.depth == Depth::None || (self.depth == Depth::Sixteen && self.high_contrast)
    }

    fn is_dark(self) -> bool {
        self.background == Background::Dark
    }

    /// The least contrast of text.
    fn least(self) -> f64 {
        if self.high_contrast { 7.0 } else { 4.5 }
    }

    fn color(self, color: Rgb) -> Color {
        if self.depth == Depth::True {
            Color::Rgb(color.0, color.1, color.2)
        } else {
            Color::Indexed(color.nearest_indexed())
        }
    }

    /// The colour as the terminal shows it.
    fn shown(self, color: Rgb) -> Rgb {
        if self.depth == Depth::Indexed { Rgb::of_indexed(color.nearest_indexed()) } else { color }
    }

    /// The colour, brought towards white or black until it is legible on every background that the theme stands on.
    fn legible(self, color: Rgb) -> Rgb {
        let (limit, own) = (self.palette().limit.luminance(), self.shown(self.palette().own_ground).luminance());
        self.legible_at(color, if self.is_dark() { limit.max(own) } else { limit.min(own) })
    }

    /// The same, for grounds up to a luminance.
    fn legible_at(self, color: Rgb, luminance: f64) -> Rgb {
        let towards = if self.is_dark() { WHITE } else { BLACK };
        let is_legible = |mixed: &Rgb| {
            let front = self.shown(*mixed).luminance();
            (front.max(luminance) + 0.05) / (front.min(luminance) + 0.05) >= self.least()
        };
        (0..=20).map(|step| towards.mixed(step * 5, color)).find(is_legible).unwrap_or(towards)
    }
}

impl Depth {
    fn at_most_sixteen(self) -> Self {
        if self == Self::None { self } else { Self::Sixteen }
    }
}
