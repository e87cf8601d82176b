//! Reads a FHIR resource as it comes: extensions by name whatever their host and version, values whatever their type.

use serde_json::Value;

/// The list under a name; empty where there is none.
pub(super) fn list<'a>(resource: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    resource.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The text under a name.
pub(super) fn text<'a>(resource: &'a Value, name: &str) -> Option<&'a str> {
    resource.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// The name of an extension without its host, and the version at its end: `patient-information-6` is `patient-information`, 6.
pub(super) fn name_and_version(url: &str) -> (&str, Option<u32>) {
    let name = url.trim_end_matches('/').rsplit('/').next().unwrap_or(url);
    match name.rsplit_once('-') {
        Some((name, version)) if !version.is_empty() && version.len() < 4 => match version.parse() {
            Ok(version) => (name, Some(version)),
            Err(_) => (name_of(url), None),
        },
        _ => (name, None),
    }
}

fn name_of(url: &str) -> &str {
    url.trim_end_matches('/').rsplit('/').next().unwrap_or(url)
}

/// The extensions of a resource with this name, of any version.
pub(super) fn extensions<'a>(resource: &'a Value, name: &'a str) -> impl Iterator<Item = &'a Value> {
    list(resource, "extension").filter(move |extension| {
        extension.get("url").and_then(Value::as_str).is_some_and(|url| name_and_version(url).0 == name)
    })
}

/// The values of a field inside an extension, as text: codes are texts, also where they arrive as numbers (L-5).
pub(super) fn values<'a>(extension: &'a Value, field: &'a str) -> impl Iterator<Item = String> + 'a {
    extensions(extension, field).filter_map(value)
}

/// The first value of a field inside an extension of a resource.
pub(super) fn field(resource: &Value, extension: &str, field: &str) -> Option<String> {
    extensions(resource, extension).find_map(|extension| values(extension, field).next())
}

/// Codes of a field that takes several: extracts join them with spaces or with `{~@~}` in one text (L-5).
pub(super) fn codes(extension: &Value, field: &str) -> Vec<String> {
    values(extension, field)
        .flat_map(|text| {
            text.replace("{~@~}", " ").split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// The value of an extension, whatever its type: `valueCode`, `valueInteger`, `valueCoding` …
fn value(extension: &Value) -> Option<String> {
    let fields = extension.as_object()?;
    let (_, value) = fields.iter().find(|(name, _)| name.starts_with("value"))?;
    plain(value)
        .or_else(|| value.get("code").and_then(plain))
        .or_else(|| list(value, "coding").find_map(|coding| coding.get("code").and_then(plain)))
        .filter(|text| !text.is_empty())
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_extension_is_known_by_its_name_whatever_its_host_and_version() {
        assert_eq!(
            name_and_version("https://a.example/fhir/patient-information-6"),
            ("patient-information", Some(6))
        );
        assert_eq!(name_and_version("patient-information"), ("patient-information", None));
        assert_eq!(name_and_version("PhysicalHarm"), ("PhysicalHarm", None));
        assert_eq!(name_and_version(""), ("", None));
    }

    #[test]
    fn l_5_codes_are_texts_and_several_arrive_in_one() {
        let extension = json!({"extension": [
            {"url": "InvolvedAgents", "valueCode": "4"},
            {"url": "InvolvedAgents", "valueString": "3 13"},
            {"url": "OutcomeType", "valueString": "2 {~@~} 5"},
            {"url": "PhysicalHarm", "valueInteger": 3},
            {"url": "PsychologicalHarm", "valueCoding": {"system": "x", "code": "2"}},
            {"url": "NeverEvent", "valueBoolean": true},
            {"url": "Empty", "valueString": " "},
        ]});
        assert_eq!(codes(&extension, "InvolvedAgents"), ["4", "3", "13"]);
        assert_eq!(codes(&extension, "OutcomeType"), ["2", "5"]);
        for (field, expected) in [("PhysicalHarm", "3"), ("PsychologicalHarm", "2"), ("NeverEvent", "true")] {
            assert_eq!(values(&extension, field).collect::<Vec<_>>(), [expected]);
        }
        assert_eq!(values(&extension, "Empty").count(), 0);
    }
}
