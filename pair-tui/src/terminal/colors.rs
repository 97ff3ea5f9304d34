//! How many colours a terminal has and what it stands on, as far as the environment tells; and the question for the rest. Knows no theme
//! by name.

use crate::ui::theme::{
    Depth, Ground, TerminalColors,
    color::{BLACK, WHITE},
};

/// Asks a terminal for its background (xterm's control sequences, OSC 11). Most answer at once; what the answer is, and what is done
/// where none comes, is decided where it arrives.
pub(super) const ASK_GROUND: &str = "\x1b]11;?\x07";

/// The colours of a terminal with this environment: `NO_COLOR`, `COLORTERM`, `TERM`, and `COLORFGBG` for the background. Where that
/// must be asked for, it counts as asked.
pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> TerminalColors {
    let word = |name: &str| variable(name).unwrap_or_default().to_lowercase();
    let term = word("TERM");
    let depth = if !word("NO_COLOR").is_empty() || term == "dumb" {
        Depth::None
    } else if matches!(word("COLORTERM").as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
        Depth::True
    } else if term.contains("256color") {
        Depth::Indexed
    } else {
        Depth::Sixteen
    };
    // rxvt, Konsole and others say `foreground;background`, as numbers of the 16 colours: 7 and from 9 on are light ones.
    let told = word("COLORFGBG").rsplit(';').next().and_then(|number| number.parse::<u8>().ok());
    let ground = match told {
        Some(7 | 9..=15) => Ground::Known(WHITE),
        Some(_) => Ground::Known(BLACK),
        // The Linux console is black, and older ones write the question on the screen.
        None if term == "linux" => Ground::Known(BLACK),
        None if depth == Depth::None => Ground::Unknown,
        None => Ground::Asked,
    };
    TerminalColors { depth, ground }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_found_out() {
        let colors = |pairs: &[(&str, &str)]| {
            let found =
                |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            of_environment(found)
        };
        assert_eq!(colors(&[("TERM", "xterm")]).depth, Depth::Sixteen);
        assert_eq!(colors(&[("TERM", "tmux-256color")]).depth, Depth::Indexed);
        assert_eq!(colors(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]).depth, Depth::True);
        assert_eq!(colors(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]).depth, Depth::None);
        assert_eq!(colors(&[("TERM", "xterm-256color"), ("NO_COLOR", "")]).depth, Depth::Indexed);
        assert_eq!(colors(&[("TERM", "dumb")]).depth, Depth::None);
        assert_eq!(colors(&[("COLORFGBG", "0;15")]).ground, Ground::Known(WHITE));
        assert_eq!(colors(&[("COLORFGBG", "15;default;0")]).ground, Ground::Known(BLACK));
        assert_eq!(colors(&[("TERM", "linux")]).ground, Ground::Known(BLACK));
        assert_eq!(colors(&[("TERM", "xterm")]).ground, Ground::Asked);
    }
}
