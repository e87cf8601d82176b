//! The table of methods and who may call them: `candour_service_kit::permission::TABLE`, in the order of the contract, spelt out role by role.

use anyhow::{Context as _, ensure};
use candour_service_kit::{
    caller::Role,
    permission::{self, Access, TABLE},
};
use prost::Message as _;
use prost_types::FileDescriptorSet;

const PACKAGE: &str = "candour.v1";

/// The table. One column for those without a token, then one for each role.
pub(super) fn table() -> anyhow::Result<String> {
    let roles: Vec<String> = Role::ALL.iter().map(|role| format!("`{}`", role.code())).collect();
    let line = "---|".repeat(roles.len());
    let mut lines =
        vec![format!("| method | without a token | {} |", roles.join(" | ")), format!("|---|---|{line}")];
    for method in methods()? {
        let (_, access) = permission::access(&method).with_context(|| format!("{method} has no row"))?;
        let yes_or_no = |may| if may { "yes" } else { "no" };
        let nobody = yes_or_no(access == Access::Anyone);
        let cells: Vec<&str> =
            Role::ALL.iter().map(|role| yes_or_no(access.roles().contains(role))).collect();
        lines.push(format!("| `{method}` | {nobody} | {} |", cells.join(" | ")));
    }
    Ok(lines.join("\n") + "\n")
}

/// The methods of the contract in its order, then the others that are served.
fn methods() -> anyhow::Result<Vec<String>> {
    let set = FileDescriptorSet::decode(candour_api::FILE_DESCRIPTOR_SET)
        .context("the descriptors of the contract")?;
    let files = set.file.iter().filter(|file| file.package() == PACKAGE);
    let mut methods: Vec<String> = files
        .flat_map(|file| &file.service)
        .flat_map(|service| {
            service.method.iter().map(|method| format!("{}/{}", service.name(), method.name()))
        })
        .collect();
    ensure!(!methods.is_empty(), "the contract has no services");
    let others =
        TABLE.iter().map(|(method, _)| *method).filter(|method| !methods.iter().any(|known| known == method));
    let others: Vec<String> = others.map(str::to_owned).collect();
    methods.extend(others);
    Ok(methods)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_a_row() {
        let table = table().unwrap();
        assert_eq!(table.lines().count(), TABLE.len() + 2);
        assert!(table.contains("| `FollowUpService/GetCandourCase` | no | yes | yes | no | yes | no |\n"));
        assert!(
            table.contains("| `LearningService/VerifyImplementation` | no | yes | yes | no | no | no |\n")
        );
        assert!(table.contains("| `InsightService/GetMeasures` | no | yes | yes | yes | yes | no |\n"));
        assert!(table.contains("| `grpc.health.v1.Health/Check` | yes | yes | yes | yes | yes | yes |\n"));
    }
}
