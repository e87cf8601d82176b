//! The parts of the documents that are generated from the code. Each stands between two marks, and everything else is written by hand.

mod permissions;
mod reasons;
mod source;

#[cfg(test)]
pub(crate) use source::documentation;

use std::path::Path;

use anyhow::{Context as _, ensure};

/// The document that holds the generated parts.
const DOCUMENT: &str = "proto/README.md";

/// Writes every generated part.
pub(crate) fn write(root: &Path) -> anyhow::Result<()> {
    let (before, after) = before_and_after(root)?;
    if before != after {
        std::fs::write(root.join(DOCUMENT), after).with_context(|| format!("cannot write {DOCUMENT}"))?;
    }
    Ok(())
}

/// Fails where a generated part is not what the code says.
pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    let (before, after) = before_and_after(root)?;
    let stale = before.lines().zip(after.lines()).find(|(before, after)| before != after);
    ensure!(
        before == after,
        "{DOCUMENT} is stale; run `cargo xtask docs`. The first difference:\n- {}\n+ {}",
        stale.map_or("(its end)", |(before, _)| before),
        stale.map_or("(its end)", |(_, after)| after),
    );
    Ok(())
}

fn before_and_after(root: &Path) -> anyhow::Result<(String, String)> {
    let before = crate::read(&root.join(DOCUMENT))?;
    let after = replace(&before, "reasons", &reasons::table(root)?)?;
    let after = replace(&after, "permissions", &permissions::table()?)?;
    Ok((before, after))
}

/// Puts a text between the marks of a part.
fn replace(document: &str, part: &str, text: &str) -> anyhow::Result<String> {
    let (begin, end) = (format!("<!-- {part}:begin -->\n"), format!("<!-- {part}:end -->"));
    let (head, rest) =
        document.split_once(&begin).with_context(|| format!("{DOCUMENT} has no line {}", begin.trim()))?;
    let (_, tail) =
        rest.split_once(&end).with_context(|| format!("{DOCUMENT} has no {end} after {begin}"))?;
    Ok(format!("{head}{begin}{text}{end}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let document = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n";
        assert_eq!(replace(document, "x", "new\n").unwrap(), "a\n<!-- x:begin -->\nnew\n<!-- x:end -->\nb\n");
        assert!(replace(document, "y", "new\n").is_err());
        assert!(replace("<!-- x:begin -->\nold", "x", "new\n").is_err());
    }
}
