//! The colours that the themes of 256 colours and more are made from. Knows not what they are used for on the screen.

use super::color::{BLACK, Rgb, WHITE};

/// What a theme is made from. Colours of text are brought towards white or black until they are legible on `ground`, and where the
/// text may be selected on anything up to `tint_limit`.
pub(super) struct Palette {
    /// The theme's own background.
    pub(super) own_ground: Rgb,
    /// The terminal's own background is used where its luminance lies between this colour's and black or white.
    pub(super) limit: Rgb,
    /// Text.
    pub(super) text: Rgb,
    /// What is quieter than text.
    pub(super) quiet: Rgb,
    /// Comments: quiet, and legible where they are selected.
    pub(super) comment: Rgb,
    /// Words of a language.
    pub(super) keyword: Rgb,
    /// Strings, what is added, a word that says something is well.
    pub(super) green: Rgb,
    /// Constants and attributes, a word that says something is under way.
    pub(super) orange: Rgb,
    /// What is removed, a word that says something went wrong.
    pub(super) red: Rgb,
    /// Types.
    pub(super) cyan: Rgb,
    /// Functions, properties, headings.
    pub(super) blue: Rgb,
    /// Behind this participant's selection.
    pub(super) selected: Rgb,
    /// Behind a match of a search.
    pub(super) found: Rgb,
    /// The luminance that nothing behind text goes beyond.
    pub(super) tint_limit: f64,
    /// Percent of somebody's colour in the tint of what they have selected, at most.
    pub(super) tint: u16,
}

/// Dark.
pub(super) const DARK: Palette = Palette {
    own_ground: Rgb(24, 24, 24),
    limit: Rgb(40, 40, 40),
    text: Rgb(226, 226, 226),
    quiet: Rgb(150, 150, 150),
    comment: Rgb(168, 168, 168),
    keyword: Rgb(197, 134, 192),
    green: Rgb(152, 190, 120),
    orange: Rgb(214, 160, 108),
    red: Rgb(240, 120, 120),
    cyan: Rgb(86, 182, 194),
    blue: Rgb(110, 172, 240),
    selected: Rgb(44, 55, 80),
    found: Rgb(70, 58, 14),
    tint_limit: 0.046,
    tint: 30,
};

/// Light.
pub(super) const LIGHT: Palette = Palette {
    own_ground: WHITE,
    limit: Rgb(235, 235, 235),
    text: Rgb(30, 30, 30),
    quiet: Rgb(98, 98, 98),
    comment: Rgb(86, 86, 86),
    keyword: Rgb(135, 0, 135),
    green: Rgb(0, 95, 0),
    orange: Rgb(160, 40, 0),
    red: Rgb(170, 0, 0),
    cyan: Rgb(0, 90, 95),
    blue: Rgb(0, 40, 180),
    selected: Rgb(190, 208, 240),
    found: Rgb(246, 226, 158),
    tint_limit: 0.61,
    tint: 25,
};

/// High contrast on dark.
pub(super) const HIGH_DARK: Palette = Palette {
    own_ground: BLACK,
    limit: Rgb(12, 12, 12),
    text: WHITE,
    quiet: Rgb(180, 180, 180),
    comment: Rgb(200, 200, 200),
    keyword: Rgb(255, 150, 255),
    green: Rgb(140, 255, 140),
    orange: Rgb(255, 210, 120),
    red: Rgb(255, 170, 170),
    cyan: Rgb(120, 255, 255),
    blue: Rgb(160, 210, 255),
    selected: Rgb(255, 225, 0),
    found: Rgb(48, 48, 48),
    tint_limit: 0.034,
    tint: 25,
};

/// High contrast on light.
pub(super) const HIGH_LIGHT: Palette = Palette {
    own_ground: WHITE,
    limit: Rgb(245, 245, 245),
    text: BLACK,
    quiet: Rgb(70, 70, 70),
    comment: Rgb(60, 60, 60),
    keyword: Rgb(110, 0, 110),
    green: Rgb(0, 75, 0),
    orange: Rgb(120, 30, 0),
    red: Rgb(130, 0, 0),
    cyan: Rgb(0, 70, 75),
    blue: Rgb(0, 0, 150),
    selected: Rgb(0, 0, 120),
    found: Rgb(255, 232, 140),
    tint_limit: 0.7,
    tint: 18,
};
