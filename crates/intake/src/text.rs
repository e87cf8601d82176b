//! Texts as exports hold them, brought to what a text may hold here.

/// The text with line separators as line breaks and without control characters, and whether anything had to be left out.
///
/// Exports carry the vertical tabs and form feeds of word processors inside narratives.
pub(crate) fn clean(text: &str) -> (String, bool) {
    let mut left_out = false;
    let cleaned = text
        .chars()
        .filter_map(|character| match character {
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\n' | '\r' | '\t' => Some(character),
            control if control.is_control() => {
                left_out = true;
                None
            }
            // A zero-width mark at either end of a cell would make two equal texts differ.
            '\u{feff}' | '\u{200b}' => None,
            '\u{a0}' => Some(' '),
            other => Some(other),
        })
        .collect::<String>();
    (cleaned.trim().to_owned(), left_out)
}

/// The text as names and codes are compared: lower case, white space and underscores as single spaces.
pub(crate) fn fold(text: &str) -> String {
    let (text, _) = clean(text);
    let spaced = text.replace('_', " ").to_lowercase();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_become_line_breaks_and_control_characters_go() {
        assert_eq!(clean(" a\u{b}b\u{85}c\u{2028}d "), ("a\nb\nc\nd".to_owned(), false));
        assert_eq!(clean("a\0b\u{1b}[31mc\u{90}"), ("ab[31mc".to_owned(), true));
        assert_eq!(clean("\u{feff}12\u{a0}345\u{200b}"), ("12 345".to_owned(), false));
    }

    #[test]
    fn names_are_compared_without_case_underscores_and_extra_space() {
        assert_eq!(fold("  Date_of  REPORT "), "date of report");
        assert_eq!(fold("Moderate\u{a0}harm"), "moderate harm");
    }
}
