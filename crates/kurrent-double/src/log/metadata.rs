//! What the metadata of a stream say: which events of it are gone, and who may do what with it.

use serde_json::Value;

use super::METADATA_PREFIX;

/// What can be done with a stream. Reading and writing its metadata are of their own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Action {
    Read,
    Write,
    Delete,
    ReadMetadata,
    WriteMetadata,
}

impl Action {
    const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Delete, Self::ReadMetadata, Self::WriteMetadata];

    /// The name in an access list.
    fn key(self) -> &'static str {
        match self {
            Self::Read => "$r",
            Self::Write => "$w",
            Self::Delete => "$d",
            Self::ReadMetadata => "$mr",
            Self::WriteMetadata => "$mw",
        }
    }
}

/// The users and groups that may do each thing; `None` where the list says nothing of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct AccessList([Option<Vec<String>>; Action::ALL.len()]);

impl AccessList {
    fn parse(value: &Value) -> Self {
        Self(Action::ALL.map(|action| match value.get(action.key())? {
            Value::String(role) => Some(vec![role.clone()]),
            Value::Array(roles) => Some(roles.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            _ => None,
        }))
    }

    fn of_one(role: &str) -> Self {
        Self(Action::ALL.map(|_| Some(vec![role.to_owned()])))
    }

    /// Who may do what where a stream does not say: what the last event of `$settings` says, or everybody with the
    /// streams of users and administrators with those of the system.
    pub(super) fn default_for(stream: &str, settings: Option<&[u8]>) -> Self {
        let (key, role) = if stream.starts_with('$') {
            ("$systemStreamAcl", "$admins")
        } else {
            ("$userStreamAcl", "$all")
        };
        let settings: Option<Value> = settings.and_then(|data| serde_json::from_slice(data).ok());
        let set = settings.as_ref().and_then(|settings| settings.get(key)).map(Self::parse);
        set.unwrap_or_default().or(Self::of_one(role))
    }

    /// What this list does not say is taken from another.
    pub(super) fn or(self, other: Self) -> Self {
        let mut others = other.0.into_iter();
        Self(self.0.map(|own| own.or(others.next().flatten())))
    }

    /// Whether somebody with this name and these groups may do it.
    pub(crate) fn allows(&self, action: Action, name: &str, groups: &[String]) -> bool {
        let place = Action::ALL.iter().position(|known| *known == action);
        let roles = place.and_then(|place| self.0[place].as_deref()).unwrap_or(&[]);
        roles.iter().any(|role| role == "$all" || role == name || groups.contains(role))
    }
}

/// The metadata of one stream, as far as they are obeyed. Ages are not, as there is no clock.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Metadata {
    max_count: Option<u64>,
    pub(super) truncate_before: Option<u64>,
    pub(super) access_list: AccessList,
}

impl Metadata {
    /// Of a stream of metadata only the last event can be read.
    pub(super) fn of_metadata_stream() -> Self {
        Self { max_count: Some(1), ..Self::default() }
    }

    /// What cannot be understood counts as not said.
    pub(super) fn parse(data: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(data).unwrap_or_default();
        Self {
            max_count: value.get("$maxCount").and_then(Value::as_u64),
            truncate_before: value.get("$tb").and_then(Value::as_u64),
            access_list: value.get("$acl").map(AccessList::parse).unwrap_or_default(),
        }
    }

    /// The first revision that can be read of a stream that ends with this one.
    pub(super) fn first_readable(&self, last: u64) -> u64 {
        let counted = self.max_count.map_or(0, |count| (last + 1).saturating_sub(count));
        counted.max(self.truncate_before.unwrap_or(0))
    }
}

/// The stream that metadata are about, if the name is of such a stream.
pub(crate) fn stream_of_metadata(name: &str) -> Option<&str> {
    name.strip_prefix(METADATA_PREFIX)
}
