//! The table of methods and who may call them. Methods come from the contract, roles from `candour_service_kit::permission`, and the access a
//! method asks for from the source of its service.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use candour_service_kit::{
    caller::{Caller, DEMO_IDENTITIES},
    permission::Access,
};
use prost::Message as _;
use prost_types::FileDescriptorSet;

const PACKAGE: &str = "candour.v1";

/// The table, in the order of the contract. One column for each identity.
pub(super) fn table(root: &Path) -> anyhow::Result<String> {
    let identities: Vec<String> = DEMO_IDENTITIES.iter().map(|caller| format!("`{}`", caller.id)).collect();
    let line = "---|".repeat(identities.len());
    let mut lines = vec![format!("| method | {} |", identities.join(" | ")), format!("|---|{line}")];
    for (service, methods) in services()? {
        let source = crate::read(&root.join("services").join(folder(&service)).join("src/lib.rs"))?;
        for method in methods {
            let access = access(&source, &method).with_context(|| format!("{service}/{method}"))?;
            let may = |caller: &Caller| access.roles().iter().any(|role| caller.roles.contains(role));
            let cells: Vec<&str> =
                DEMO_IDENTITIES.iter().map(|caller| if may(caller) { "yes" } else { "no" }).collect();
            lines.push(format!("| `{service}/{method}` | {} |", cells.join(" | ")));
        }
    }
    Ok(lines.join("\n") + "\n")
}

/// The services of the contract with their methods.
fn services() -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let set = FileDescriptorSet::decode(candour_api::FILE_DESCRIPTOR_SET)
        .context("the descriptors of the contract")?;
    let files = set.file.iter().filter(|file| file.package() == PACKAGE);
    let services: Vec<_> = files
        .flat_map(|file| &file.service)
        .map(|service| {
            let methods = service.method.iter().map(|method| method.name().to_owned()).collect();
            (service.name().to_owned(), methods)
        })
        .collect();
    ensure!(!services.is_empty(), "the contract has no services");
    Ok(services)
}

/// `follow-up` for `FollowUpService`.
fn folder(service: &str) -> String {
    words(service.trim_end_matches("Service"), '-')
}

/// The access that a method asks for: named in its body, or by the macro that its body begins with.
fn access(source: &str, method: &str) -> anyhow::Result<Access> {
    let body = section(source, &format!("async fn {}(", words(method, '_')))?;
    if let Some(found) = named(body)? {
        return Ok(found);
    }
    for name in ["begin", "answer"] {
        if body.contains(&format!("{name}!(")) {
            let definition = section(source, &format!("macro_rules! {name} {{"))?;
            return named(definition)?.with_context(|| format!("the macro {name} names no access"));
        }
    }
    bail!("its source names no access")
}

/// From a heading to the end of what it begins: the next line that closes something as far to the left.
fn section<'a>(source: &'a str, heading: &str) -> anyhow::Result<&'a str> {
    let start = source.find(heading).with_context(|| format!("there is no `{heading}`"))?;
    let line = source[..start].rfind('\n').map_or(0, |end| end + 1);
    let close = format!("\n{}}}\n", &source[line..start]);
    let rest = &source[start..];
    let end = rest.find(&close).with_context(|| format!("`{heading}` does not end"))?;
    Ok(&rest[..end])
}

fn named(text: &str) -> anyhow::Result<Option<Access>> {
    let Some((_, rest)) = text.split_once("Access::") else { return Ok(None) };
    let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    Ok(Some(match name.as_str() {
        "Record" => Access::Record,
        "ReadRecord" => Access::ReadRecord,
        "ReadFigures" => Access::ReadFigures,
        other => bail!("Access::{other} is not known here"),
    }))
}

/// `get_candour_case` for `GetCandourCase`.
fn words(name: &str, separator: char) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(separator);
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_the_contract_has_a_row() {
        let table = table(&crate::root()).unwrap();
        let methods: usize = services().unwrap().iter().map(|(_, methods)| methods.len()).sum();
        assert_eq!(table.lines().count(), methods + 2);
        assert!(table.contains("| `FollowUpService/GetCandourCase` | yes | yes | no | yes |\n"));
        assert!(table.contains("| `LearningService/VerifyImplementation` | yes | yes | no | no |\n"));
        assert!(table.contains("| `InsightService/GetMeasures` | yes | yes | yes | yes |\n"));
    }

    #[test]
    fn a_method_that_names_no_access_is_an_error_and_not_a_guess() {
        let source = "    async fn get_x(\n        &self,\n    ) {\n        nothing();\n    }\n";
        assert!(access(source, "GetX").is_err());
        assert!(access(source, "GetY").is_err());
    }
}
