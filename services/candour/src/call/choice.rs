//! Which method is meant.

use anyhow::bail;
use candour_reflection::{Reflection, path};
use prost_reflect::MethodDescriptor;

/// The method of this name: `candour.v1.IncidentService/GetIncident`, `IncidentService/GetIncident` or `GetIncident`, also with a full stop
/// instead of the stroke.
pub(super) fn method(reflection: &Reflection, name: &str) -> anyhow::Result<MethodDescriptor> {
    let wanted = name.trim_start_matches('/').replacen('/', ".", 1);
    let all = reflection.all_methods();
    let mut found: Vec<_> = all
        .iter()
        .filter(|method| {
            let full = method.full_name();
            full == wanted || full.strip_suffix(wanted.as_str()).is_some_and(|rest| rest.ends_with('.'))
        })
        .collect();
    match (found.pop(), found.len()) {
        (Some(method), 0) => Ok(method.clone()),
        (Some(last), _) => {
            found.push(last);
            let names: Vec<_> = found.into_iter().map(path).collect();
            bail!("{name} may be any of {}: name it whole", names.join(", "))
        }
        (None, _) => {
            let lower = wanted.to_lowercase();
            let word = lower.rsplit('.').next().unwrap_or_default();
            let similar: Vec<_> =
                all.iter().filter(|method| method.name().to_lowercase().contains(word)).map(path).collect();
            if similar.is_empty() {
                bail!("the server has no method {name}; `candour call` without one lists them all")
            }
            bail!("the server has no method {name}; did you mean {}?", similar.join(", "))
        }
    }
}

/// A method in one line: its name, and what goes in and out.
pub(super) fn line(method: &MethodDescriptor) -> String {
    let stream = |is_stream: bool| if is_stream { "stream of " } else { "" };
    format!(
        "{}  ({}{} → {}{})",
        path(method),
        stream(method.is_client_streaming()),
        method.input().name(),
        stream(method.is_server_streaming()),
        method.output().name()
    )
}
