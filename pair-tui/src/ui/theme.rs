//! Colours and how they are told apart without colours: by the terminal's depth, on dark and on light, or with none at all.
//! Knows not what is drawn.

use crate::editor::syntax::Highlight;
use protocol::presence::Color as WireColor;
use ratatui::style::{Color, Modifier, Style};

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

/// What the terminal's background is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Background {
    /// Dark.
    #[default]
    Dark,
    /// Light.
    Light,
}

/// The colours in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Theme {
    /// How many colours there are.
    pub depth: Depth,
    /// What they stand on.
    pub background: Background,
}

/// A colour in red, green and blue.
type Rgb = (u8, u8, u8);

/// The six hues (and grey) of the 16 colours that somebody's colour is brought to: hue in degrees, dark and light variant.
const HUES: [(u16, Color, Color); 7] = [
    (0, Color::LightRed, Color::Red),
    (60, Color::LightYellow, Color::Yellow),
    (120, Color::LightGreen, Color::Green),
    (180, Color::LightCyan, Color::Cyan),
    (240, Color::LightCyan, Color::Blue),
    (300, Color::LightMagenta, Color::Magenta),
    (360, Color::LightRed, Color::Red),
];

impl Theme {
    /// Plain text.
    pub fn text(self) -> Style {
        Style::new()
    }

    /// What should be quieter than the text: line numbers, hints.
    pub fn quiet(self) -> Style {
        match self.depth {
            Depth::None => Style::new().add_modifier(Modifier::DIM),
            Depth::Sixteen => Style::new().fg(Color::DarkGray),
            Depth::Indexed | Depth::True => {
                Style::new().fg(self.color(if self.is_dark() { (148, 148, 148) } else { (98, 98, 98) }))
            }
        }
    }

    /// A word that says something is well.
    pub fn good(self) -> Style {
        self.accent((110, 190, 110), Color::Green)
    }

    /// A word that says something is under way, or wants attention.
    pub fn warning(self) -> Style {
        self.accent((215, 165, 70), Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// A word that says something went wrong.
    pub fn error(self) -> Style {
        let style = self.accent((235, 110, 110), Color::Red).add_modifier(Modifier::BOLD);
        if self.depth == Depth::None { style.add_modifier(Modifier::REVERSED) } else { style }
    }

    /// A heading, or the number of the line that the cursor is in.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// A key in a hint.
    pub fn key(self) -> Style {
        self.strong()
    }

    /// This participant's own selection, and a chosen row.
    pub fn selected(self) -> Style {
        match self.depth {
            Depth::None | Depth::Sixteen => Style::new().add_modifier(Modifier::REVERSED),
            Depth::Indexed | Depth::True => Style::new().bg(self.color(self.selection_ground())),
        }
    }

    /// One of this participant's cursors beside the terminal's own.
    pub fn further_cursor(self) -> Style {
        match self.depth {
            // A selection is in reverse already; its cursor is told by not being so.
            Depth::None | Depth::Sixteen => Style::new().add_modifier(Modifier::REVERSED | Modifier::UNDERLINED),
            Depth::Indexed | Depth::True => Style::new().bg(Color::Reset).add_modifier(Modifier::REVERSED),
        }
    }

    /// A match of a search: underlined, so that it is told from a selection without colours, too.
    pub fn found(self) -> Style {
        let style = Style::new().add_modifier(Modifier::UNDERLINED);
        match self.depth {
            Depth::None | Depth::Sixteen => style.add_modifier(Modifier::BOLD),
            Depth::Indexed | Depth::True => {
                style.bg(self.color(if self.is_dark() { (92, 80, 38) } else { (246, 226, 158) }))
            }
        }
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
        match self.depth {
            Depth::None => Style::new().add_modifier(Modifier::BOLD),
            Depth::Sixteen => Style::new().fg(self.hue(color)),
            Depth::Indexed | Depth::True => Style::new().fg(self.color(self.legible(rgb(color)))),
        }
    }

    /// Somebody's name on their colour.
    pub fn flag(self, color: WireColor) -> Style {
        match self.depth {
            Depth::None => Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD),
            Depth::Sixteen => Style::new().fg(Color::Black).bg(self.hue(color)),
            Depth::Indexed | Depth::True => {
                let back = self.legible(rgb(color));
                let front = if luminance(back) > 0.18 { (0, 0, 0) } else { (255, 255, 255) };
                Style::new().fg(self.color(front)).bg(self.color(back))
            }
        }
    }

    /// A character that somebody has selected: a tint that leaves the text legible.
    pub fn tint(self, color: WireColor) -> Style {
        match self.depth {
            Depth::None => Style::new().add_modifier(Modifier::UNDERLINED),
            Depth::Sixteen => Style::new().fg(self.hue(color)).add_modifier(Modifier::UNDERLINED),
            Depth::Indexed | Depth::True => {
                let ground = if self.is_dark() { (24, 24, 24) } else { (255, 255, 255) };
                Style::new().bg(self.color(mix(rgb(color), ground, if self.is_dark() { 30 } else { 25 })))
            }
        }
    }

    /// A piece of code of a kind. Five colours and grey; without colours only words of the language, comments and what is strong in
    /// a text differ.
    pub fn highlight(self, kind: Highlight) -> Style {
        match kind {
            Highlight::Comment => self.quiet(),
            Highlight::Keyword if self.depth == Depth::None => self.strong(),
            Highlight::Keyword => self.code((197, 134, 192), Color::LightMagenta, Color::Magenta),
            Highlight::String => self.code((152, 190, 120), Color::Green, Color::Blue),
            Highlight::Constant | Highlight::Attribute => self.code((214, 160, 108), Color::LightYellow, Color::Red),
            Highlight::Type => self.code((86, 182, 194), Color::Cyan, Color::Reset),
            Highlight::Function | Highlight::Property => self.code((110, 172, 240), Color::LightCyan, Color::Reset),
            Highlight::Heading => self.code((110, 172, 240), Color::LightCyan, Color::Blue).patch(self.strong()),
            Highlight::Strong => self.strong(),
            Highlight::Emphasis => Style::new().add_modifier(Modifier::ITALIC),
            Highlight::Link => Style::new().add_modifier(Modifier::UNDERLINED),
        }
    }

    /// The bracket at the cursor, and its partner.
    pub fn bracket(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }

    /// A colour for code: with many colours by its parts, legible in a selection too; with 16 by the one that is legible on dark or on
    /// light. Few of the 16 are legible on light.
    fn code(self, rgb: Rgb, on_dark: Color, on_light: Color) -> Style {
        match self.depth {
            Depth::None => Style::new(),
            Depth::Sixteen => Style::new().fg(if self.is_dark() { on_dark } else { on_light }),
            Depth::Indexed | Depth::True => Style::new().fg(self.color(self.legible_on(rgb, self.selection_ground()))),
        }
    }

    fn selection_ground(self) -> Rgb {
        if self.is_dark() { (58, 68, 92) } else { (190, 208, 240) }
    }

    fn is_dark(self) -> bool {
        self.background == Background::Dark
    }

    fn accent(self, rgb: Rgb, basic: Color) -> Style {
        match self.depth {
            Depth::None => Style::new(),
            Depth::Sixteen => Style::new().fg(basic),
            Depth::Indexed | Depth::True => Style::new().fg(self.color(self.legible(rgb))),
        }
    }

    fn color(self, (red, green, blue): Rgb) -> Color {
        if self.depth == Depth::True {
            Color::Rgb(red, green, blue)
        } else {
            Color::Indexed(nearest_indexed((red, green, blue)))
        }
    }

    /// The colour of the 16 that is nearest in hue.
    fn hue(self, color: WireColor) -> Color {
        let hue = hue(rgb(color));
        let nearest = HUES.iter().min_by_key(|(known, _, _)| known.abs_diff(hue));
        nearest.map_or(Color::Reset, |(_, dark, light)| if self.is_dark() { *dark } else { *light })
    }

    /// The colour, brought towards white or black until it has a contrast of at least 4.5 with the background.
    fn legible(self, color: Rgb) -> Rgb {
        self.legible_on(color, if self.is_dark() { (40, 40, 40) } else { (255, 255, 255) })
    }

    /// The same, with another colour behind it, and as the terminal rounds both.
    fn legible_on(self, color: Rgb, ground: Rgb) -> Rgb {
        let towards = if self.is_dark() { (255, 255, 255) } else { (0, 0, 0) };
        let shown = |color| if self.depth == Depth::Indexed { indexed_rgb(nearest_indexed(color)) } else { color };
        (0..=20)
            .map(|step| mix(towards, color, step * 5))
            .find(|mixed| contrast(shown(*mixed), shown(ground)) >= 4.5)
            .unwrap_or(towards)
    }
}

fn rgb(color: WireColor) -> Rgb {
    (color.red, color.green, color.blue)
}

/// So many percent of one colour and the rest of the other.
fn mix(one: Rgb, other: Rgb, percent: u16) -> Rgb {
    let mix = |a: u8, b: u8| {
        let mixed = (u16::from(a) * percent.min(100) + u16::from(b) * (100 - percent.min(100))) / 100;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    (mix(one.0, other.0), mix(one.1, other.1), mix(one.2, other.2))
}

/// The hue in degrees; grey counts as red.
fn hue((red, green, blue): Rgb) -> u16 {
    let (r, g, b) = (i32::from(red), i32::from(green), i32::from(blue));
    let (high, low) = (r.max(g).max(b), r.min(g).min(b));
    let range = (high - low).max(1);
    let degrees = if high == r {
        60 * (g - b) / range
    } else if high == g {
        120 + 60 * (b - r) / range
    } else {
        240 + 60 * (r - g) / range
    };
    u16::try_from(degrees.rem_euclid(360)).unwrap_or(0)
}

/// Relative luminance as WCAG defines it.
fn luminance((red, green, blue): Rgb) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// Contrast as WCAG defines it, 1 to 21.
fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The nearest of xterm's 256 colours: of its cube of 6x6x6, or of its greys.
fn nearest_indexed(color: Rgb) -> u8 {
    let level = |part: u8| match part {
        0..48 => 0,
        48..115 => 1,
        _ => (part - 35) / 40,
    };
    let value = |level: u8| if level == 0 { 0 } else { 55 + level * 40 };
    let (red, green, blue) = (level(color.0), level(color.1), level(color.2));
    let mean = u8::try_from((u16::from(color.0) + u16::from(color.1) + u16::from(color.2)) / 3).unwrap_or(u8::MAX);
    let step = (mean.clamp(8, 238) - 8 + 5) / 10;
    let grey = 8 + step * 10;
    let distance = |(red, green, blue): Rgb| {
        let part = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        part(red, color.0) + part(green, color.1) + part(blue, color.2)
    };
    if distance((grey, grey, grey)) < distance((value(red), value(green), value(blue))) {
        return 232 + step;
    }
    16 + 36 * red + 6 * green + blue
}

/// What xterm shows for one of its 256 colours from the 17th on.
fn indexed_rgb(index: u8) -> Rgb {
    let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
    if index >= 232 {
        let grey = 8 + (index - 232) * 10;
        return (grey, grey, grey);
    }
    let index = index.saturating_sub(16);
    (level(index / 36), level(index / 6 % 6), level(index % 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybodys_colour_is_legible_on_dark_and_on_light() {
        for background in [Background::Dark, Background::Light] {
            let theme = Theme { depth: Depth::True, background };
            let ground = if theme.is_dark() { (30, 30, 30) } else { (255, 255, 255) };
            for color in [(0, 0, 0), (255, 255, 255), (0, 0, 255), (255, 255, 0), (120, 120, 120), (200, 30, 90)] {
                assert!(contrast(theme.legible(color), ground) >= 4.5, "{color:?} on {background:?}");
            }
        }
    }

    /// The red, green and blue of what a terminal shows: of the 16 colours as the given terminal has them.
    fn shown(color: Option<Color>, sixteen: &[(Color, Rgb)], plain: Rgb) -> Rgb {
        match color {
            None | Some(Color::Reset) => plain,
            Some(Color::Rgb(red, green, blue)) => (red, green, blue),
            Some(Color::Indexed(index)) => indexed_rgb(index),
            Some(basic) => sixteen.iter().find(|(known, _)| *known == basic).map(|(_, rgb)| *rgb).unwrap(),
        }
    }

    /// The colours of the 16 that code uses, as the Linux console has them: the darkest there are in use.
    const VGA: [(Color, Rgb); 7] = [
        (Color::LightMagenta, (255, 85, 255)),
        (Color::Green, (0, 170, 0)),
        (Color::LightYellow, (255, 255, 85)),
        (Color::Cyan, (0, 170, 170)),
        (Color::LightCyan, (85, 255, 255)),
        (Color::Blue, (0, 0, 170)),
        (Color::Red, (170, 0, 0)),
    ];

    #[test]
    fn code_is_legible_on_dark_and_on_light() {
        let sixteen = [&VGA[..], &[(Color::Magenta, (170, 0, 170)), (Color::DarkGray, (85, 85, 85))]].concat();
        for (background, grounds, plain) in [
            (Background::Dark, [(0, 0, 0), (40, 40, 40)], (230, 230, 230)),
            (Background::Light, [(255, 255, 255), (255, 255, 255)], (20, 20, 20)),
        ] {
            for depth in [Depth::Sixteen, Depth::Indexed, Depth::True] {
                let theme = Theme { depth, background };
                for kind in Highlight::ALL {
                    // The dark grey of the 16 is what the terminal's owner takes for quiet.
                    let is_their_grey = depth == Depth::Sixteen && kind == Highlight::Comment;
                    let front = shown(theme.highlight(kind).fg, &sixteen, plain);
                    let lowest = if depth == Depth::Sixteen { &grounds[..1] } else { &grounds[..] };
                    let contrast = lowest.iter().map(|ground| contrast(front, *ground)).fold(f64::MAX, f64::min);
                    assert!(contrast >= 4.5 || is_their_grey, "{kind:?}, {depth:?} on {background:?}: {contrast}");
                    if let Some(ground) = theme.selected().bg {
                        let contrast = self::contrast(front, shown(Some(ground), &sixteen, plain));
                        let least = if kind == Highlight::Comment { 3.0 } else { 4.5 };
                        assert!(contrast >= least, "{kind:?}, {depth:?} on {background:?}, selected: {contrast}");
                    }
                    for (red, green, blue) in [(255, 120, 80), (80, 160, 255), (120, 200, 90), (200, 30, 90)] {
                        let ground = theme.tint(WireColor { red, green, blue }).bg;
                        let contrast = ground.map(|ground| self::contrast(front, shown(Some(ground), &sixteen, plain)));
                        let least = if kind == Highlight::Comment { 3.0 } else { 4.0 };
                        assert!(
                            contrast.is_none_or(|contrast| contrast >= least),
                            "{kind:?}, {depth:?} on {background:?}, selected by somebody: {contrast:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn without_colours_nothing_is_coloured_but_people_still_differ_from_text() {
        let theme = Theme { depth: Depth::None, ..Theme::default() };
        let color = WireColor { red: 200, green: 0, blue: 0 };
        for style in
            [theme.person(color), theme.flag(color), theme.tint(color), theme.quiet(), theme.error(), theme.selected()]
        {
            assert_eq!((style.fg, style.bg), (None, None));
            assert!(!style.add_modifier.is_empty());
        }
        assert!(
            Highlight::ALL.iter().all(|kind| (theme.highlight(*kind).fg, theme.highlight(*kind).bg) == (None, None))
        );
        let differs = |kind| theme.highlight(kind) != Style::new();
        assert!(differs(Highlight::Comment) && differs(Highlight::Keyword) && differs(Highlight::Heading));
        assert_eq!(Theme::default().hue(color), Color::LightRed);
    }
}
