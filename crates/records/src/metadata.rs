//! What is stored beside every event: who, when, under which request, and under which rules.

use std::{borrow::Cow, fmt};

use candour_domain::{
    calendar::CalendarVersion,
    identifier::RequestId,
    text::{PersonReference, SystemName, Text},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::{DecodeError, EncodeError, Rule},
    field::{Digest, Leaf},
    form::{ReadForm, Reader, WriteForm, Writer, present},
    sealing::{SealFailed, Sealer, Subject, Subjects, Withheld},
};

/// The version of the metadata's own form.
pub const METADATA_SCHEMA: u32 = 1;
/// The most roles a caller may have.
pub const CALLER_ROLES_MAX: usize = 32;

/// The name of a version of a calendar: up to 64 characters.
type CalendarName = Text<64>;

const RECORD: &str = "metadata";

/// The id of an authenticated caller: up to 200 characters.
pub type CallerId = Text<200>;
/// A role of a caller: up to 64 characters.
pub type CallerRole = Text<64>;
/// A W3C `tracestate`: up to 512 characters.
pub type TraceState = Text<512>;
/// The name of a set of locally agreed numbers, such as `local-defaults-1`: up to 64 characters.
pub type PolicyVersion = Text<64>;

/// The authenticated system or person that sent the request. Not to be confused with who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its id.
    pub id: CallerId,
    /// What it was allowed to do, at most [`CALLER_ROLES_MAX`].
    pub roles: Vec<CallerRole>,
}

/// The versions of data under which the event was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The working-day calendar in force.
    pub calendar: CalendarVersion,
    /// The locally agreed numbers in force.
    pub policy: PolicyVersion,
}

/// A W3C `traceparent` of version 00: `00-<32 digits>-<16 digits>-<2 digits>`, lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceParent(String);

impl TraceParent {
    /// Accepts a `traceparent` of version 00 whose trace and parent are not all zeros.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let mut parts = text.split('-');
        let mut part = |length: usize| {
            parts.next().filter(|part| {
                part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            })
        };
        let (version, trace, parent, flags) = (part(2), part(32), part(16), part(2));
        let named = |id: Option<&str>| id.is_some_and(|id| id.bytes().any(|b| b != b'0'));
        if version == Some("00") && named(trace) && named(parent) && flags.is_some() && parts.next().is_none()
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(Rule::TraceParent)
        }
    }

    /// The header value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Leaf for TraceParent {
    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn parse(text: &str) -> Result<Self, Rule> {
        Self::parse(text)
    }
}

/// What is stored beside every event. When it was recorded is the journal's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Who sent the request.
    pub caller: Caller,
    /// The person the caller says acted, where it may say so. `None` is an unknown person, who is never independent.
    pub performed_by: Option<PersonReference>,
    /// When the actor says it happened, to the microsecond. The journal keeps the same in a column.
    pub occurred_at: Timestamp,
    /// When a source system claims to have recorded it, to the microsecond.
    pub source_recorded_at: Option<Timestamp>,
    /// The request that caused it; a repeat of the request finds it again.
    pub request_id: RequestId,
    /// HMAC of the request's content under the vault: tells a repeat from another request with the same id.
    pub request_mac: [u8; 32],
    /// The index of this event among those of the request, from 0.
    pub request_index: u32,
    /// What belongs together across streams, as KurrentDB names it (`$correlationId`).
    pub correlation_id: Uuid,
    /// The event or request that led to this one (`$causationId`).
    pub causation_id: Option<Uuid>,
    /// The trace it was recorded in.
    pub traceparent: Option<TraceParent>,
    /// The trace's state.
    pub tracestate: Option<TraceState>,
    /// The system the fact came from, where not the caller's own.
    pub source_system: Option<SystemName>,
    /// The versions of data under which it was decided.
    pub rules: Rules,
}

impl Metadata {
    /// Writes the JSON.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let subjects = Subjects::default();
        let form = MetadataForm::write(self, &mut Writer::new(RECORD, &subjects, &mut NothingPersonal))?;
        serde_json::to_vec(&form).map_err(|_| EncodeError::NotWritable { record: RECORD })
    }

    /// Reads the JSON, exactly: a field that this build does not know is refused.
    pub fn decode(json: &[u8]) -> Result<Self, DecodeError> {
        let form: MetadataForm = serde_json::from_slice(json).map_err(|error| {
            // Metadata of a later schema has fields unknown here; its number says so better than the field does.
            match serde_json::from_slice::<SchemaOnly>(json) {
                Ok(SchemaOnly { schema }) if schema != METADATA_SCHEMA => {
                    DecodeError::UnknownMetadataSchema { found: schema }
                }
                _ => DecodeError::malformed(RECORD, json, &error),
            }
        })?;
        if form.schema != METADATA_SCHEMA {
            return Err(DecodeError::UnknownMetadataSchema { found: form.schema });
        }
        form.read(&mut Reader::new(RECORD, &Withheld))
    }
}

/// Metadata has no sealed field, so there is never anything to seal.
struct NothingPersonal;

impl Sealer for NothingPersonal {
    fn seal(&mut self, _subject: Subject, _field: &str, _plaintext: &str) -> Result<String, SealFailed> {
        Err(SealFailed::Unavailable { detail: "metadata holds no sealed field".to_owned() })
    }
}

#[derive(Deserialize)]
struct SchemaOnly {
    schema: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MetadataForm {
    schema: u32,
    caller: CallerForm,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    performed_by: Option<String>,
    occurred_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    source_recorded_at: Option<String>,
    request_id: String,
    request_mac: String,
    request_index: u32,
    #[serde(rename = "$correlationId")]
    correlation_id: String,
    #[serde(
        rename = "$causationId",
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    causation_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    traceparent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    tracestate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    source_system: Option<String>,
    rules: RulesForm,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallerForm {
    id: String,
    roles: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesForm {
    calendar: String,
    policy: String,
}

impl WriteForm<&Metadata> for MetadataForm {
    fn write(value: &Metadata, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Metadata {
            caller,
            performed_by,
            occurred_at,
            source_recorded_at,
            request_id,
            request_mac,
            request_index,
            correlation_id,
            causation_id,
            traceparent,
            tracestate,
            source_system,
            rules,
        } = value;
        Ok(Self {
            schema: METADATA_SCHEMA,
            caller: output.field("caller", caller)?,
            performed_by: output.field("performed_by", performed_by)?,
            occurred_at: output.field("occurred_at", occurred_at)?,
            source_recorded_at: output.field("source_recorded_at", source_recorded_at)?,
            request_id: output.field("request_id", request_id)?,
            request_mac: output.field("request_mac", &Digest(*request_mac))?,
            request_index: *request_index,
            correlation_id: output.field("$correlationId", correlation_id)?,
            causation_id: output.field("$causationId", causation_id)?,
            traceparent: output.field("traceparent", traceparent)?,
            tracestate: output.field("tracestate", tracestate)?,
            source_system: output.field("source_system", source_system)?,
            rules: output.field("rules", rules)?,
        })
    }
}

impl ReadForm<Metadata> for MetadataForm {
    fn read(self, input: &mut Reader<'_>) -> Result<Metadata, DecodeError> {
        let Self {
            schema: _,
            caller,
            performed_by,
            occurred_at,
            source_recorded_at,
            request_id,
            request_mac,
            request_index,
            correlation_id,
            causation_id,
            traceparent,
            tracestate,
            source_system,
            rules,
        } = self;
        let Digest(request_mac) = input.field("request_mac", request_mac)?;
        Ok(Metadata {
            caller: input.field("caller", caller)?,
            performed_by: input.field("performed_by", performed_by)?,
            occurred_at: input.field("occurred_at", occurred_at)?,
            source_recorded_at: input.field("source_recorded_at", source_recorded_at)?,
            request_id: input.field("request_id", request_id)?,
            request_mac,
            request_index,
            correlation_id: input.field("$correlationId", correlation_id)?,
            causation_id: input.field("$causationId", causation_id)?,
            traceparent: input.field("traceparent", traceparent)?,
            tracestate: input.field("tracestate", tracestate)?,
            source_system: input.field("source_system", source_system)?,
            rules: input.field("rules", rules)?,
        })
    }
}

impl WriteForm<&Caller> for CallerForm {
    fn write(value: &Caller, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Caller { id, roles } = value;
        if roles.len() > CALLER_ROLES_MAX {
            return Err(output.refuse(Rule::TooMany { limit: CALLER_ROLES_MAX }));
        }
        Ok(Self { id: output.field("id", id)?, roles: output.field("roles", roles)? })
    }
}

impl ReadForm<Caller> for CallerForm {
    fn read(self, input: &mut Reader<'_>) -> Result<Caller, DecodeError> {
        let Self { id, roles } = self;
        if roles.len() > CALLER_ROLES_MAX {
            return Err(input.refuse(Rule::TooMany { limit: CALLER_ROLES_MAX }));
        }
        Ok(Caller { id: input.field("id", id)?, roles: input.field("roles", roles)? })
    }
}

impl WriteForm<&Rules> for RulesForm {
    fn write(value: &Rules, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Rules { calendar, policy } = value;
        Ok(Self {
            calendar: output.field("calendar", &CheckedCalendar(calendar))?,
            policy: output.field("policy", policy)?,
        })
    }
}

/// A calendar version may hold any text; what could not be read back is refused on writing.
struct CheckedCalendar<'a>(&'a CalendarVersion);

impl WriteForm<&CheckedCalendar<'_>> for String {
    fn write(value: &CheckedCalendar<'_>, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let name = value.0.as_str();
        match CalendarName::parse(name) {
            Ok(text) if text.as_str() == name => Ok(name.to_owned()),
            Ok(_) => Err(output.refuse(Rule::Spelling)),
            Err(error) => Err(output.refuse(error.into())),
        }
    }
}

impl ReadForm<Rules> for RulesForm {
    fn read(self, input: &mut Reader<'_>) -> Result<Rules, DecodeError> {
        let Self { calendar, policy } = self;
        let calendar: CalendarName = input.field("calendar", calendar)?;
        Ok(Rules {
            calendar: CalendarVersion::new(calendar.as_str()),
            policy: input.field("policy", policy)?,
        })
    }
}
