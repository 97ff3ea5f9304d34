//! Which of the terminal's 16 colours are used, on dark and on light: those that are legible there in the palettes of VGA and the Linux
//! console, xterm and Tango. Few of the 16 are legible on light: red, blue and magenta.

use super::color::Rgb;
use protocol::presence::Color as WireColor;
use ratatui::style::{Color, Style};

/// A colour for dark and one for light; `Reset` where none of the 16 will do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair(Color, Color);

impl Pair {
    /// Text in the one for this background.
    pub(super) fn style(self, is_dark: bool) -> Style {
        match if is_dark { self.0 } else { self.1 } {
            Color::Reset => Style::new(),
            color => Style::new().fg(color),
        }
    }
}

pub(super) const GOOD: Pair = Pair(Color::LightGreen, Color::Reset);
pub(super) const WARNING: Pair = Pair(Color::LightYellow, Color::Magenta);
pub(super) const ERROR: Pair = Pair(Color::LightRed, Color::Red);
pub(super) const KEYWORD: Pair = Pair(Color::LightMagenta, Color::Magenta);
pub(super) const STRING: Pair = Pair(Color::Green, Color::Blue);
pub(super) const CONSTANT: Pair = Pair(Color::LightYellow, Color::Red);
pub(super) const TYPE: Pair = Pair(Color::Cyan, Color::Reset);
pub(super) const FUNCTION: Pair = Pair(Color::LightCyan, Color::Reset);
pub(super) const HEADING: Pair = Pair(Color::LightCyan, Color::Blue);

/// The hues (and grey) that somebody's colour is brought to: in degrees, for dark and for light.
const HUES: [(u16, Color, Color); 7] = [
    (0, Color::LightRed, Color::Red),
    (60, Color::LightYellow, Color::Red),
    (120, Color::LightGreen, Color::Blue),
    (180, Color::LightCyan, Color::Blue),
    (240, Color::LightCyan, Color::Blue),
    (300, Color::LightMagenta, Color::Magenta),
    (360, Color::LightRed, Color::Red),
];

/// The colour of the 16 that is nearest in hue to somebody's. People are told apart by their names, too.
pub(super) fn hue(color: WireColor, is_dark: bool) -> Color {
    let hue = Rgb::from(color).hue();
    let nearest = HUES.iter().min_by_key(|(known, _, _)| known.abs_diff(hue));
    nearest.map_or(Color::Reset, |(_, dark, light)| if is_dark { *dark } else { *light })
}
