//! Every field that a mapping may fill.

/// A part of a row, as the tables of a mapping are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// The incident and its life.
    Incident,
    /// Who reported it.
    Reporter,
    /// A person affected.
    Person,
    /// What the source asserts of the duty of candour to that person.
    Candour,
    /// What the reporter was told.
    Feedback,
    /// A learning action.
    Action,
}

impl Section {
    /// The name of the table in a mapping.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Reporter => "reporter",
            Self::Person => "person",
            Self::Candour => "candour",
            Self::Feedback => "feedback",
            Self::Action => "action",
        }
    }
}

/// What a field holds, and so how its cells are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// An id or reference: letters, digits and `. _ / : -`.
    Reference,
    /// Any text.
    Text,
    /// A day, with a time or without.
    Moment,
    /// A day of which day or month may be unknown.
    PartialDate,
    /// A day.
    Date,
    /// Yes or no.
    YesNo,
    /// One of these words; `values` of the mapping translate the export's own.
    Words(&'static [&'static str]),
    /// References separated by `;` or line breaks.
    References,
}

macro_rules! fields {
    ($( $variant:ident = $section:ident, $name:literal, $kind:expr, $path:literal, $meaning:literal; )+) => {
        /// A field that a mapping may fill.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Key {
            $( #[doc = $meaning] $variant, )+
        }

        /// Every field, by section.
        pub const FIELDS: &[Key] = &[$( Key::$variant, )+];

        impl Key {
            /// The part of a row it belongs to.
            pub const fn section(self) -> Section {
                match self { $( Self::$variant => Section::$section, )+ }
            }

            /// Its name in the table of its section.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// How its cells are read.
            pub const fn kind(self) -> FieldKind {
                match self { $( Self::$variant => $kind, )+ }
            }

            /// Where it stands in a request of `ImportService`, without the index of a person.
            pub const fn path(self) -> &'static str {
                match self { $( Self::$variant => $path, )+ }
            }

            /// What it means, for people.
            pub const fn meaning(self) -> &'static str {
                match self { $( Self::$variant => $meaning, )+ }
            }
        }
    };
}

const KINDS: FieldKind = FieldKind::Words(&["patient-safety-incident", "risk", "outcome", "good-care"]);
const STATUSES: FieldKind = FieldKind::Words(&["open", "closed", "recorded-in-error"]);
const PERSONS: FieldKind = FieldKind::Words(&["patient", "service-user"]);
const PHYSICAL: FieldKind = FieldKind::Words(&["fatal", "severe", "moderate", "low", "none"]);
const PSYCHOLOGICAL: FieldKind = FieldKind::Words(&["severe", "moderate", "low", "none"]);
const DECISIONS: FieldKind = FieldKind::Words(&["notifiable", "not-notifiable"]);
const METHODS: FieldKind =
    FieldKind::Words(&["email", "telephone", "in-person", "letter", "reporting-system", "return-channel"]);
const STRENGTHS: FieldKind = FieldKind::Words(&["stronger", "intermediate", "weaker"]);

fields! {
    IncidentId = Incident, "id", FieldKind::Reference, "incident_source_id",
        "The incident's id in the source system. Always needed.";
    IncidentReference = Incident, "reference", FieldKind::Reference, "incident.reference",
        "The reference shown in lists. The id where there is none.";
    IncidentKind = Incident, "kind", KINDS, "incident.kind",
        "The kind of event. A patient safety incident where there is none.";
    IncidentDate = Incident, "incident_date", FieldKind::PartialDate, "incident.incident_date",
        "When it happened, as far as known.";
    IncidentReported = Incident, "reported", FieldKind::Moment, "incident.reported",
        "When it was reported: the clocks start then. Needed wherever a row tells of the incident itself.";
    IncidentRecorded = Incident, "recorded", FieldKind::Moment, "incident.source_recorded_time",
        "When the source system says it was entered there.";
    IncidentStatus = Incident, "status", STATUSES, "incident.recorded_in_error",
        "Open, closed, or rejected there.";
    IncidentClosed = Incident, "closed", FieldKind::Moment, "incident.closed",
        "When it was closed.";
    IncidentSite = Incident, "site", FieldKind::Text, "incident.place.site",
        "Site, such as a hospital.";
    IncidentDirectorate = Incident, "directorate", FieldKind::Text, "incident.place.directorate",
        "Directorate or division.";
    IncidentTeam = Incident, "team", FieldKind::Text, "incident.place.team",
        "Team or ward.";
    IncidentNarrative = Incident, "narrative", FieldKind::Text, "incident.narrative",
        "What happened.";
    IncidentImmediateActions = Incident, "immediate_actions", FieldKind::Text, "incident.immediate_actions",
        "What was done at once.";
    IncidentCandourFlag = Incident, "candour_flag", FieldKind::YesNo, "incident.source_candour_flag",
        "The source's own duty of candour flag: a prompt, never a decision.";

    ReporterAnonymous = Reporter, "anonymous", FieldKind::YesNo, "incident.reporter.identity",
        "The reporter is anonymous. Only a yes makes them so: an empty name does not.";
    ReporterName = Reporter, "name", FieldKind::Text, "incident.reporter.name",
        "Name of the reporter; stored sealed.";
    ReporterContact = Reporter, "contact", FieldKind::Text, "incident.reporter.contact",
        "How to reach the reporter; stored sealed.";
    ReporterRole = Reporter, "role", FieldKind::Text, "incident.reporter.role",
        "Role of the reporter.";

    PersonId = Person, "id", FieldKind::Reference, "persons.source_id",
        "The person's id within the incident, where an incident has several rows, one for each person.";
    PersonKind = Person, "kind", PERSONS, "persons.kind",
        "Patient or other service user. A patient where there is none.";
    PersonName = Person, "name", FieldKind::Text, "persons.name",
        "Name of the person; stored sealed.";
    PersonContact = Person, "contact", FieldKind::Text, "persons.contact",
        "How to reach the person; stored sealed.";
    PersonPhysicalHarm = Person, "physical_harm", PHYSICAL, "persons.harm.physical",
        "Physical harm.";
    PersonPsychologicalHarm = Person, "psychological_harm", PSYCHOLOGICAL, "persons.harm.psychological",
        "Psychological harm.";
    PersonCouldResult = Person, "could_result", FieldKind::YesNo, "persons.harm.could_result",
        "Somebody noted that it could result in such harm.";

    CandourDecision = Candour, "decision", DECISIONS, "persons.candour.decision",
        "Whether the duty applies, as the source asserts.";
    CandourDecided = Candour, "decided", FieldKind::Moment, "persons.candour.decided",
        "When that was decided.";
    CandourFirstNotification = Candour, "first_notification", FieldKind::Moment, "persons.candour.first_notification",
        "When the first notification is said to have been given.";
    CandourWritten = Candour, "written_notification", FieldKind::Moment, "persons.candour.written_notification",
        "When the letter is said to have been sent.";
    CandourResults = Candour, "enquiry_results", FieldKind::Moment, "persons.candour.enquiry_results",
        "When the results of enquiries are said to have been shared.";

    FeedbackAcknowledged = Feedback, "acknowledged", FieldKind::Moment, "feedback.acknowledged",
        "When the report was acknowledged to its reporter.";
    FeedbackTold = Feedback, "told", FieldKind::Moment, "feedback.told",
        "When the reporter was told the outcome.";
    FeedbackMethod = Feedback, "method", METHODS, "feedback.method",
        "How they were told.";
    FeedbackFound = Feedback, "what_was_found", FieldKind::Text, "feedback.what_was_found",
        "What was found; stored sealed.";
    FeedbackChanged = Feedback, "what_changed", FieldKind::Text, "feedback.what_changed",
        "What changed; stored sealed.";
    FeedbackNothingChanged = Feedback, "why_nothing_changed", FieldKind::Text, "feedback.why_nothing_changed",
        "Why nothing changed; stored sealed.";
    FeedbackMessage = Feedback, "message", FieldKind::Text, "feedback.message",
        "What was said, where the source does not tell these apart; stored sealed.";

    ActionId = Action, "id", FieldKind::Reference, "action.source_id",
        "The action's id in the source system. Needed wherever a row has an action; a row in which it is empty has none.";
    ActionReference = Action, "reference", FieldKind::Reference, "action.reference",
        "The reference shown in lists. The id where there is none.";
    ActionDescription = Action, "description", FieldKind::Text, "action.description",
        "What is to change; kept in clear, so no personal data.";
    ActionAgreed = Action, "agreed", FieldKind::Moment, "action.agreed",
        "When it was agreed.";
    ActionTarget = Action, "target", FieldKind::Date, "action.target_on",
        "The day by which it is to be implemented.";
    ActionOwnerRole = Action, "owner_role", FieldKind::Text, "action.owner_role",
        "The role of whoever is responsible; kept in clear, so no name.";
    ActionOwnerTeam = Action, "owner_team", FieldKind::Text, "action.owner_team",
        "Their team.";
    ActionOwnerDirectorate = Action, "owner_directorate", FieldKind::Text, "action.owner_directorate",
        "Their directorate.";
    ActionOwnerPerson = Action, "owner_person", FieldKind::Reference, "action.owner_person",
        "The person responsible, as an opaque reference such as staff:48211; never a name.";
    ActionMeasure = Action, "measure", FieldKind::Text, "action.measure",
        "How it will be seen whether it works.";
    ActionMonitor = Action, "monitor", FieldKind::Text, "action.monitor",
        "Who oversees it.";
    ActionStrength = Action, "strength", STRENGTHS, "action.strength",
        "How strong the change is.";
    ActionImplemented = Action, "implemented", FieldKind::Moment, "action.implemented",
        "When it is said to have been implemented.";
    ActionEvidence = Action, "evidence", FieldKind::References, "action.evidence",
        "References to documents that show it. Without one the implementation is asserted only.";
    ActionImplementedBy = Action, "implemented_by", FieldKind::Reference, "action.implemented_by",
        "Who reported it implemented, as an opaque reference; never a name.";
    ActionVerified = Action, "verified", FieldKind::Moment, "action.verified",
        "When it is said to have been verified; always asserted only.";
    ActionWithdrawn = Action, "withdrawn", FieldKind::Moment, "action.withdrawn",
        "When it was withdrawn.";
    ActionWithdrawnReason = Action, "withdrawn_reason", FieldKind::Text, "action.withdrawn_reason",
        "Why it was withdrawn; kept in clear, so no personal data.";
    ActionRecorded = Action, "recorded", FieldKind::Moment, "action.source_recorded_time",
        "When the source system says the action was entered there.";
}

impl Key {
    /// Its name with that of its section, such as `incident.reported`.
    pub fn full_name(self) -> String {
        format!("{}.{}", self.section().name(), self.name())
    }

    /// The field of this name in this section.
    pub fn named(section: Section, name: &str) -> Option<Self> {
        FIELDS.iter().copied().find(|key| key.section() == section && key.name() == name)
    }

    /// The field of a path in a request, such as `persons[0].harm.physical` or `incident.reported.day`.
    pub fn of_path(path: &str) -> Option<Self> {
        let moment = [".day", ".exact_time", ".absent"].iter().find_map(|form| path.strip_suffix(form));
        let path = moment.unwrap_or(path);
        let mut plain = String::new();
        let mut inside = false;
        for character in path.chars() {
            match character {
                '[' => inside = true,
                ']' => inside = false,
                other if !inside => plain.push(other),
                _ => {}
            }
        }
        FIELDS.iter().copied().find(|key| key.path() == plain)
    }

    /// Whether a table without a column for it holds nothing that could be taken.
    pub(super) const fn is_needed(self) -> bool {
        matches!(
            self,
            Self::IncidentId
                | Self::IncidentReported
                | Self::ActionId
                | Self::ActionDescription
                | Self::ActionAgreed
        )
    }
}

/// Every section.
pub(super) const SECTIONS: &[Section] = &[
    Section::Incident,
    Section::Reporter,
    Section::Person,
    Section::Candour,
    Section::Feedback,
    Section::Action,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_has_a_name_and_a_path_of_its_own() {
        for (index, key) in FIELDS.iter().enumerate() {
            for other in &FIELDS[index + 1..] {
                assert_ne!(key.full_name(), other.full_name());
                assert_ne!(key.path(), other.path());
            }
            assert_eq!(Key::named(key.section(), key.name()), Some(*key));
            assert_eq!(Key::of_path(key.path()), Some(*key));
        }
        assert_eq!(Key::of_path("persons[12].harm.physical"), Some(Key::PersonPhysicalHarm));
        assert_eq!(Key::of_path("row"), None);
    }
}
