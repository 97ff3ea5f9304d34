//! Colours as numbers: contrast as WCAG 2.2 defines it (<https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>), mixing, and what a terminal
//! of 256 colours makes of them. Knows no theme.

use protocol::presence::Color as WireColor;
use ratatui::style::Color;
use std::sync::LazyLock;

/// A colour in red, green and blue, each 0 to 255 in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// Black.
pub const BLACK: Rgb = Rgb(0, 0, 0);

/// White.
pub const WHITE: Rgb = Rgb(255, 255, 255);

impl From<WireColor> for Rgb {
    fn from(color: WireColor) -> Self {
        Self(color.red, color.green, color.blue)
    }
}

impl Rgb {
    /// Relative luminance as WCAG defines it, 0 to 1.
    pub fn luminance(self) -> f64 {
        // Powers are slow, and each repaint asks for hundreds of colours.
        static LINEAR: LazyLock<[f64; 256]> = LazyLock::new(|| {
            std::array::from_fn(|part| {
                let part = f64::from(u8::try_from(part).unwrap_or(u8::MAX)) / 255.0;
                if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            })
        });
        let linear = |part: u8| LINEAR.get(usize::from(part)).copied().unwrap_or_default();
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast with another colour as WCAG defines it, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// So many percent of this colour and the rest of the other.
    #[must_use]
    pub fn mixed(self, percent: u16, other: Self) -> Self {
        let mix = |a: u8, b: u8| {
            let mixed = (u16::from(a) * percent.min(100) + u16::from(b) * (100 - percent.min(100))) / 100;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// The hue in degrees; grey counts as red.
    pub fn hue(self) -> u16 {
        let (r, g, b) = (i32::from(self.0), i32::from(self.1), i32::from(self.2));
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

    /// The nearest of xterm's 256 colours: of its cube of 6x6x6, or of its greys.
    pub fn nearest_indexed(self) -> u8 {
        let level = |part: u8| match part {
            0..48 => 0,
            48..115 => 1,
            _ => (part - 35) / 40,
        };
        let value = |level: u8| if level == 0 { 0 } else { 55 + level * 40 };
        let (red, green, blue) = (level(self.0), level(self.1), level(self.2));
        let mean = (u16::from(self.0) + u16::from(self.1) + u16::from(self.2)) / 3;
        let step = (u8::try_from(mean).unwrap_or(u8::MAX).clamp(8, 238) - 8 + 5) / 10;
        let grey = 8 + step * 10;
        let distance = |other: Self| {
            let part = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
            part(self.0, other.0) + part(self.1, other.1) + part(self.2, other.2)
        };
        if distance(Self(grey, grey, grey)) < distance(Self(value(red), value(green), value(blue))) {
            return 232 + step;
        }
        16 + 36 * red + 6 * green + blue
    }

    /// What xterm shows for one of its 256 colours from the 17th on.
    pub fn of_indexed(index: u8) -> Self {
        let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
        if index >= 232 {
            let grey = 8 + (index - 232) * 10;
            return Self(grey, grey, grey);
        }
        let index = index.saturating_sub(16);
        Self(level(index / 36), level(index / 6 % 6), level(index % 6))
    }

    /// The parts of a colour that has any: none of the 16, whose parts the terminal's owner chose.
    pub fn of(color: Color) -> Option<Self> {
        match color {
            Color::Rgb(red, green, blue) => Some(Self(red, green, blue)),
            Color::Indexed(index @ 16..) => Some(Self::of_indexed(index)),
            _ => None,
        }
    }

    /// Reads what a terminal answers when it is asked for a colour (xterm's control sequences, OSC 11): `rgb:` and three numbers of one to
    /// four hexadecimal digits, of which the first two count; `rgba:` has a fourth one.
    pub fn of_reply(reply: &str) -> Option<Self> {
        let parts = reply.strip_prefix("rgb:").or_else(|| reply.strip_prefix("rgba:"))?;
        let part = |digits: &str| {
            let most =
                16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1).filter(|most| *most > 0)?;
            let value = u32::from_str_radix(digits, 16).ok()?;
            u8::try_from(value * 255 / most).ok()
        };
        let mut parts = parts.split('/').filter(|digits| digits.len() <= 4).map(part);
        Some(Self(parts.next()??, parts.next()??, parts.next()??))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((BLACK.contrast(WHITE) - 21.0).abs() < 1e-9);
        // Worked examples of WebAIM's contrast checker.
        assert!((Rgb(0x77, 0x77, 0x77).contrast(WHITE) - 4.48).abs() < 0.005);
        assert!((Rgb(0, 0, 255).contrast(WHITE) - 8.59).abs() < 0.005);
    }

    #[test]
    fn replies_of_terminals_are_read() {
        assert_eq!(Rgb::of_reply("rgb:1e1e/2f2f/ffff"), Some(Rgb(0x1e, 0x2f, 0xff)));
        assert_eq!(Rgb::of_reply("rgb:f/80/000"), Some(Rgb(255, 0x80, 0)));
        assert_eq!(Rgb::of_reply("rgba:0000/0000/ffff/ffff"), Some(Rgb(0, 0, 255)));
        for wrong in ["", "rgb:", "rgb:1/2", "rgb:1/2/zz", "rgb:12345/0/0", "#000000"] {
            assert_eq!(Rgb::of_reply(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_256_colours_make_of_a_colour_is_near_it() {
        for color in [BLACK, WHITE, Rgb(24, 24, 24), Rgb(200, 30, 90), Rgb(95, 135, 175)] {
            let shown = Rgb::of_indexed(color.nearest_indexed());
            assert!(color.contrast(shown) < 1.25, "{color:?} {shown:?}");
        }
    }
}
