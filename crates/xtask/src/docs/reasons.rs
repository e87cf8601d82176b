//! The table of error reasons: those of the rules, from every `impl Refusal` in `crates/domain`, and those of every method, from
//! `crates/service-kit`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context as _, ensure};
use syn::{Arm, Expr, File};

use super::source::{self, VariantText};

/// What the table says of one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Row {
    codes: BTreeSet<String>,
    meanings: Vec<String>,
}

/// Numbers of the code that texts name, by the part of the domain they stand in.
type Numbers = BTreeMap<(String, String), String>;

/// The table, in the order of the reasons.
pub(super) fn table(root: &Path) -> anyhow::Result<String> {
    let status = parse(&root.join("crates/service-kit/src/status.rs"))?;
    let failure = parse(&root.join("crates/service-kit/src/failure.rs"))?;
    let arms = source::arms_of_function(&status, "code_and_reason")?;
    let mut rows = BTreeMap::new();
    for_every_method(arms, &failure, &mut rows)?;
    let codes = codes_of_kinds(arms)?;
    of_the_domain(&root.join("crates/domain/src"), &codes, &mut rows)?;

    let mut text = String::from("| reason | code | meaning |\n|---|---|---|\n");
    for (reason, Row { codes, meanings }) in rows {
        let codes: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
        text.push_str(&format_row(&reason, &codes.join(", "), &meanings.join(" · ")));
    }
    Ok(text)
}

fn format_row(reason: &str, codes: &str, meaning: &str) -> String {
    format!("| `{reason}` | {codes} | {} |\n", meaning.replace('|', "\\|"))
}

fn parse(path: &Path) -> anyhow::Result<File> {
    syn::parse_file(&crate::read(path)?).with_context(|| format!("cannot parse {}", path.display()))
}

/// `Failure::X(…) => (Code::Y, "REASON")`. What a refusal of the domain becomes is not among them: its reason is no literal.
fn for_every_method(arms: &[Arm], failure: &File, rows: &mut BTreeMap<String, Row>) -> anyhow::Result<()> {
    let texts = source::variants(failure, "Failure")?;
    for arm in arms {
        let Some((code, Some(reason))) =
            pair(&arm.body).map(|(code, reason)| (code, source::literal_text(reason)))
        else {
            continue;
        };
        for variant in source::variants_of(&arm.pat)? {
            let text = texts.get(&variant).with_context(|| format!("Failure has no variant {variant}"))?;
            add(rows, &reason, &source::name_of(code)?, text.documentation.clone());
        }
    }
    Ok(())
}

/// Which code each kind of refusal becomes: the `match kind` inside `code_and_reason`.
fn codes_of_kinds(arms: &[Arm]) -> anyhow::Result<BTreeMap<String, String>> {
    let inner = arms.iter().find_map(|arm| match pair(&arm.body) {
        Some((Expr::Match(inner), _)) => Some(inner),
        _ => None,
    });
    let mut codes = BTreeMap::new();
    for arm in &inner.context("code_and_reason has no match over the kinds of refusal")?.arms {
        for kind in source::variants_of(&arm.pat)? {
            codes.insert(kind, source::name_of(&arm.body)?);
        }
    }
    Ok(codes)
}

fn pair(expression: &Expr) -> Option<(&Expr, &Expr)> {
    match expression {
        Expr::Tuple(found) if found.elems.len() == 2 => Some((&found.elems[0], &found.elems[1])),
        _ => None,
    }
}

fn of_the_domain(
    folder: &Path,
    codes: &BTreeMap<String, String>,
    rows: &mut BTreeMap<String, Row>,
) -> anyhow::Result<()> {
    let mut files = Vec::new();
    let mut numbers = Numbers::new();
    for path in crate::rust_files(folder)? {
        let file = parse(&path)?;
        let part =
            path.strip_prefix(folder)?.iter().next().unwrap_or_default().to_string_lossy().into_owned();
        numbers.extend(source::numbers(&file).map(|(name, number)| ((part.clone(), name), number)));
        files.push((path, part, file));
    }
    let mut found = 0;
    for (path, part, file) in &files {
        for refusal in source::implementations(file, "Refusal") {
            found += 1;
            let syn::Type::Path(owner) = &*refusal.self_ty else { continue };
            let owner = owner.path.segments.last().context("an impl without a type")?.ident.to_string();
            let texts = source::variants(file, &owner)?;
            let kinds = kinds(source::arms_of_method(refusal, "kind")?)?;
            for arm in source::arms_of_method(refusal, "reason")? {
                let reason = source::literal_text(&arm.body)
                    .with_context(|| format!("{}: a reason is no literal", path.display()))?;
                for variant in source::variants_of(&arm.pat)? {
                    let (Some(kind), Some(text)) = (kinds.get(&variant), texts.get(&variant)) else {
                        anyhow::bail!("{}: {variant} has no kind or no text", path.display());
                    };
                    let code = codes.get(kind).with_context(|| format!("no code for {kind}"))?;
                    add(rows, &reason, code, meaning(text, part, &numbers));
                }
            }
        }
    }
    ensure!(found > 0, "no impl Refusal was found in {}", folder.display());
    Ok(())
}

fn kinds(arms: &[Arm]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut kinds = BTreeMap::new();
    for arm in arms {
        for variant in source::variants_of(&arm.pat)? {
            kinds.insert(variant, source::name_of(&arm.body)?);
        }
    }
    Ok(kinds)
}

/// The message with `…` for what varies; the documentation where the message is only that.
fn meaning(text: &VariantText, part: &str, numbers: &Numbers) -> String {
    let message = text.error.as_deref().map(|error| without_placeholders(error, part, numbers));
    message
        .filter(|message| message.chars().any(char::is_alphabetic))
        .unwrap_or_else(|| text.documentation.clone())
}

fn without_placeholders(text: &str, part: &str, numbers: &Numbers) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        plain.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        plain.push_str(number(name, part, numbers).unwrap_or("…"));
        rest = after;
    }
    plain + rest
}

/// The value of a constant: of the same part of the domain, or the only one of that name.
fn number<'a>(name: &str, part: &str, numbers: &'a Numbers) -> Option<&'a str> {
    let here = numbers.get(&(part.to_owned(), name.to_owned()));
    let mut anywhere = numbers.iter().filter(|((_, known), _)| known == name).map(|(_, number)| number);
    let only = anywhere.next().filter(|_| anywhere.next().is_none());
    here.or(only).map(String::as_str)
}

fn add(rows: &mut BTreeMap<String, Row>, reason: &str, code: &str, meaning: String) {
    let row = rows.entry(reason.to_owned()).or_default();
    row.codes.insert(on_the_wire(code));
    if !row.meanings.contains(&meaning) {
        row.meanings.push(meaning);
    }
}

/// `FAILED_PRECONDITION` for `FailedPrecondition`.
fn on_the_wire(code: &str) -> String {
    let mut wire = String::new();
    for letter in code.chars() {
        if letter.is_uppercase() && !wire.is_empty() {
            wire.push('_');
        }
        wire.extend(letter.to_uppercase());
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_reasons_of_rules_and_of_every_method() {
        let table = table(&crate::root()).unwrap();
        for row in [
            "| `VERIFIER_IS_OWNER` | `FAILED_PRECONDITION` | the person who verifies owns the action, or owned it when implementation was reported |\n",
            "| `STALE_ETAG` | `ABORTED` | The caller's etag is not the current version. |\n",
            "| `TOO_MUCH_EVIDENCE` | `INVALID_ARGUMENT` | … pieces of evidence were named; at most 50 are allowed |\n",
        ] {
            assert!(table.contains(row), "{row}");
        }
    }

    #[test]
    fn a_code_is_spelt_as_on_the_wire() {
        assert_eq!(on_the_wire("FailedPrecondition"), "FAILED_PRECONDITION");
        assert_eq!(on_the_wire("Internal"), "INTERNAL");
    }
}
