//! What is legible: the contrast of every pair of colours that can come together, on terminals as they are in use.

use super::*;
use crate::named::Named;
use ratatui::buffer::Cell;

/// A terminal as its owner has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    /// Its 16 colours.
    pub sixteen: &'static [Rgb; 16],
    /// Its colour of text.
    pub front: Rgb,
    /// Its background.
    pub back: Rgb,
}

/// The Linux console and VGA.
pub(crate) const VGA: [Rgb; 16] = [
    BLACK,
    Rgb(170, 0, 0),
    Rgb(0, 170, 0),
    Rgb(170, 85, 0),
    Rgb(0, 0, 170),
    Rgb(170, 0, 170),
    Rgb(0, 170, 170),
    Rgb(170, 170, 170),
    Rgb(85, 85, 85),
    Rgb(255, 85, 85),
    Rgb(85, 255, 85),
    Rgb(255, 255, 85),
    Rgb(85, 85, 255),
    Rgb(255, 85, 255),
    Rgb(85, 255, 255),
    WHITE,
];

/// xterm.
const XTERM: [Rgb; 16] = [
    BLACK,
    Rgb(205, 0, 0),
    Rgb(0, 205, 0),
    Rgb(205, 205, 0),
    Rgb(0, 0, 238),
    Rgb(205, 0, 205),
    Rgb(0, 205, 205),
    Rgb(229, 229, 229),
    Rgb(127, 127, 127),
    Rgb(255, 0, 0),
    Rgb(0, 255, 0),
    Rgb(255, 255, 0),
    Rgb(92, 92, 255),
    Rgb(255, 0, 255),
    Rgb(0, 255, 255),
    WHITE,
];

/// Tango, which VTE's terminals have.
const TANGO: [Rgb; 16] = [
    Rgb(46, 52, 54),
    Rgb(204, 0, 0),
    Rgb(78, 154, 6),
    Rgb(196, 160, 0),
    Rgb(52, 101, 164),
    Rgb(117, 80, 123),
    Rgb(6, 152, 154),
    Rgb(211, 215, 207),
    Rgb(85, 87, 83),
    Rgb(239, 41, 41),
    Rgb(138, 226, 52),
    Rgb(252, 233, 79),
    Rgb(114, 159, 207),
    Rgb(173, 127, 168),
    Rgb(52, 226, 226),
    Rgb(238, 238, 236),
];

impl Terminal {
    /// One that stands on this colour.
    pub(crate) fn on(back: Rgb, sixteen: &'static [Rgb; 16]) -> Self {
        let is_light = back.contrast(BLACK) > back.contrast(WHITE);
        Self { sixteen, front: if is_light { Rgb(20, 20, 20) } else { Rgb(225, 225, 225) }, back }
    }

    fn rgb(self, color: Color, own: Rgb) -> Rgb {
        const NAMES: [Color; 16] = [
            Color::Black,
            Color::Red,
            Color::Green,
            Color::Yellow,
            Color::Blue,
            Color::Magenta,
            Color::Cyan,
            Color::Gray,
            Color::DarkGray,
            Color::LightRed,
            Color::LightGreen,
            Color::LightYellow,
            Color::LightBlue,
            Color::LightMagenta,
            Color::LightCyan,
            Color::White,
        ];
        let named = NAMES.iter().position(|known| *known == color).and_then(|at| self.sixteen.get(at).copied());
        if color == Color::Reset { own } else { named.or(Rgb::of(color)).unwrap() }
    }

    /// The contrast of what a cell shows.
    pub(crate) fn contrast(self, cell: &Cell) -> f64 {
        let front = self.rgb(cell.fg, self.front);
        let back = self.rgb(cell.bg, self.back);
        // xterm and Alacritty take two thirds of the colour, VTE mixes in a third of the background, which is more on dark.
        let dim = |front: Rgb| front.mixed(66, if self.back.luminance() > 0.2 { back } else { BLACK });
        let front = if cell.modifier.contains(Modifier::DIM) { dim(front) } else { front };
        front.contrast(back)
    }
}

/// Terminals to try: many colours on dark, on light and between; 16 colours on black and on white; each known or not.
pub(crate) fn terminals() -> Vec<(TerminalColors, Terminal)> {
    let mut all = Vec::new();
    let grounds =
        [BLACK, Rgb(24, 24, 24), Rgb(40, 40, 40), Rgb(46, 52, 64), Rgb(120, 120, 120), Rgb(235, 235, 235), WHITE];
    for depth in [Depth::Indexed, Depth::True] {
        for back in grounds {
            for ground in [Ground::Known(back), Ground::Unknown] {
                all.push((TerminalColors { depth, ground }, Terminal::on(back, &VGA)));
            }
        }
    }
    for palette in [&VGA, &XTERM, &TANGO] {
        for back in [BLACK, WHITE] {
            let ground = Ground::Known(back);
            all.push((TerminalColors { depth: Depth::Sixteen, ground }, Terminal::on(back, palette)));
            all.push((TerminalColors { depth: Depth::None, ground: Ground::Unknown }, Terminal::on(back, palette)));
            all.push((TerminalColors { depth: Depth::True, ground: Ground::Asked }, Terminal::on(back, palette)));
        }
    }
    for palette in [&VGA, &XTERM] {
        for back in [BLACK, WHITE] {
            let colors = TerminalColors { depth: Depth::Sixteen, ground: Ground::Unknown };
            all.push((colors, Terminal::on(back, palette)));
        }
    }
    all
}

/// Colours that somebody may have: the cube of 256 colours.
fn people() -> impl Iterator<Item = WireColor> {
    (16..232).step_by(5).map(|index| {
        let Rgb(red, green, blue) = Rgb::of_indexed(index);
        WireColor { red, green, blue }
    })
}

/// A cell with these styles, one over the other, on the theme's ground.
fn cell(theme: Theme, styles: &[Style]) -> Cell {
    let mut cell = Cell::default();
    cell.set_style(theme.ground());
    for style in styles {
        cell.set_style(*style);
    }
    cell
}

/// Calls with every theme on every terminal.
fn everywhere(mut check: impl FnMut(Theme, &dyn Fn(&[Style]) -> f64, &str)) {
    for (colors, terminal) in terminals() {
        for (name, word) in ThemeName::ALL {
            let theme = Theme::chosen(*name, colors);
            // Without colours there is nothing but the owner's own text; where that is hardly legible, neither is anything else.
            if theme.depth == Depth::None && terminal.front.contrast(terminal.back) < 7.0 {
                continue;
            }
            let what = format!("{word} as {theme:?} on {:?}, {:?}", colors.ground, terminal.back);
            check(theme, &|styles| terminal.contrast(&cell(theme, styles)), &what);
        }
    }
}

/// What is asked of text: 4.5, or 7 where the contrast is to be high; 3 for what is quiet where the terminal itself makes it so.
fn least(theme: Theme, is_quiet: bool) -> f64 {
    if is_quiet && theme.quiet().add_modifier.contains(Modifier::DIM) { 3.0 } else { theme.least() }
}

#[test]
fn every_word_of_the_program_is_legible_in_every_theme() {
    everywhere(|theme, contrast, what| {
        for (word, style, is_quiet) in [
            ("text", theme.text(), false),
            ("quiet", theme.quiet(), true),
            ("suggestion", theme.suggestion(), true),
            ("good", theme.good(), false),
            ("warning", theme.warning(), false),
            ("error", theme.error(), false),
            ("strong", theme.strong(), false),
            ("added", theme.added(), false),
            ("removed", theme.removed(), false),
            ("selected", theme.selected(), false),
            ("found", theme.found(), false),
        ] {
            let found = contrast(&[style]);
            assert!(found >= least(theme, is_quiet), "{word}, {what}: {found:.2}");
        }
        for color in people() {
            for (word, style) in
                [("person", theme.person(color)), ("flag", theme.flag(color)), ("tint", theme.tint(color))]
            {
                let found = contrast(&[style]);
                assert!(found >= theme.least(), "{word} of {color}, {what}: {found:.2}");
            }
        }
    });
}

#[test]
fn code_is_legible_in_every_theme_whoever_has_selected_or_found_it() {
    everywhere(|theme, contrast, what| {
        let mut above =
            vec![vec![], vec![theme.selected()], vec![theme.found()], vec![theme.found(), theme.selected()]];
        above.extend(people().step_by(3).map(|color| vec![theme.tint(color)]));
        above.extend(people().step_by(9).map(|color| vec![theme.found(), theme.tint(color), theme.selected()]));
        let kinds = Highlight::ALL.iter().map(|kind| (format!("{kind:?}"), theme.highlight(*kind)));
        for (word, style) in kinds.chain([("plain".into(), theme.text()), ("sign".into(), theme.quiet())]) {
            let is_quiet = style.add_modifier.contains(Modifier::DIM);
            for above in &above {
                let whole = above.iter().fold(style, |style, above| theme.over(style, *above));
                let found = contrast(&[whole]);
                assert!(found >= least(theme, is_quiet), "{word} below {above:?}, {what}: {found:.2}");
            }
        }
    });
}

#[test]
fn a_theme_brings_its_own_ground_where_the_terminals_does_not_suit_it() {
    let paints = |name, ground| Theme::chosen(name, TerminalColors { depth: Depth::True, ground }).paints;
    assert!(!paints(ThemeName::Auto, Ground::Known(BLACK)) && !paints(ThemeName::Auto, Ground::Known(WHITE)));
    assert!(paints(ThemeName::Auto, Ground::Known(Rgb(120, 120, 120))) && paints(ThemeName::Auto, Ground::Unknown));
    assert!(paints(ThemeName::Light, Ground::Known(BLACK)) && paints(ThemeName::Dark, Ground::Known(WHITE)));
    assert!(!paints(ThemeName::Light, Ground::Known(Rgb(253, 246, 227))), "Solarized light");
    let undecided = Theme::chosen(ThemeName::Light, TerminalColors { depth: Depth::True, ground: Ground::Asked });
    assert_eq!((undecided.depth, undecided.paints), (Depth::None, false));
    let sixteen =
        Theme::chosen(ThemeName::Sixteen, TerminalColors { depth: Depth::True, ground: Ground::Known(WHITE) });
    assert_eq!((sixteen.depth, sixteen.background), (Depth::Sixteen, Background::Light));
}

#[test]
fn nothing_is_told_by_colour_alone() {
    let color = WireColor { red: 200, green: 0, blue: 0 };
    for theme in [Theme { depth: Depth::None, ..Theme::default() }, Theme { high_contrast: true, ..Theme::default() }] {
        let all =
            [theme.person(color), theme.flag(color), theme.tint(color), theme.quiet(), theme.error(), theme.selected()];
        for style in all {
            assert_eq!((style.fg, style.bg), (None, None));
            assert!(!style.add_modifier.is_empty());
        }
        let is_plain = |kind: &Highlight| (theme.highlight(*kind).fg, theme.highlight(*kind).bg) == (None, None);
        assert!(Highlight::ALL.iter().all(is_plain));
        let differs = |kind| theme.highlight(kind) != Style::new();
        assert!(differs(Highlight::Comment) && differs(Highlight::Keyword) && differs(Highlight::Heading));
    }
    // A match is underlined in every theme, so it differs from a selection; so does what others selected with 16 colours and fewer.
    everywhere(|theme, _, what| {
        assert!(theme.found().add_modifier.contains(Modifier::UNDERLINED), "{what}");
        assert_ne!(theme.selected(), theme.tint(color), "{what}");
    });
}
