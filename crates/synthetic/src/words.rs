//! What is written down in a trust that never was. Nobody and nothing in it exists.

use candour_domain::text::{SystemName, Text};

use crate::{SyntheticError, chance::Chance};

/// Sites, with their wards.
pub(crate) const SITES: &[&str] =
    &["Northgate Hospital", "Southmere Hospital", "Eastfield Community Hospital"];
pub(crate) const DIRECTORATES: &[&str] =
    &["Medicine", "Surgery", "Women and Children", "Emergency Care", "Community", "Diagnostics"];
pub(crate) const TEAMS: &[&str] = &[
    "Ward 1",
    "Ward 2",
    "Ward 3",
    "Ward 4",
    "Ward 5",
    "Ward 6",
    "Ward 7",
    "Ward 8",
    "Ward 9",
    "Theatres",
    "Emergency Department",
    "Outpatients",
    "Pharmacy",
    "Maternity",
    "Imaging",
    "District Nursing",
];
pub(crate) const ROLES: &[&str] =
    &["staff nurse", "healthcare assistant", "junior doctor", "pharmacist", "midwife", "physiotherapist"];

const HAPPENED: &[&str] = &[
    "The evening dose was given twice after the chart had been rewritten and the earlier entry was not crossed through.",
    "The patient was found on the floor beside the bed; the call bell was out of reach and the rails were down.",
    "A pressure ulcer of category two was found on the left heel at the skin check on the day after the transfer.",
    "The blood sample was labelled with the details of the patient in the next bay and was rejected by the laboratory.",
    "The referral was marked as routine although the letter asked for an urgent appointment within two weeks.",
    "The infusion pump alarmed and was silenced without the line being checked; the infusion had stopped an hour before.",
    "The discharge letter did not mention the new anticoagulant, and the general practice did not renew it.",
    "The theatre list was changed on the morning and the implant for the second patient was not in the hospital.",
];
const THEN: &[&str] = &[
    "The nurse in charge was told at once, observations were taken every quarter of an hour and the doctor on call came.",
    "The patient was examined, nothing was broken, and the family was telephoned that evening.",
    "The equipment was taken out of use, labelled and sent to medical engineering with a note of what had been seen.",
    "The team spoke about it at the safety huddle on the following morning and wrote down what each had noticed.",
];
const FOUND: &[&str] = &[
    "Two charts were in use during the move between wards, and neither said which was the current one.",
    "The alarm limits had been left as the manufacturer delivers them, and staff had learned to silence them.",
    "The booking screen offers the routine option first and does not show what the referrer asked for.",
    "Staffing was as planned; the task fell between two teams, each of which believed the other had done it.",
];
const CHANGED: &[&str] = &[
    "The ward now keeps one chart, and the old one is struck through with a date when a new one is written.",
    "Alarm limits are set by the engineers on delivery, and a reminder stands on every pump.",
    "The booking screen shows the referrer's words next to the choice, and asks again where they differ.",
];
const RECOMMENDED: &[&str] = &[
    "Keep one chart in use at a time, and make it plain which one that is when a patient moves.",
    "Store ampoules that look alike apart from each other in every clinical area.",
    "Show the urgency asked for by the referrer beside the one that is booked.",
    "Set the alarm limits of infusion pumps before they reach a ward.",
];
const DONE: &[&str] = &[
    "Write the procedure with the teams that will use it, and try it on two wards before it is taken further.",
    "Relabel the drawers and the shelves, and check them each month for half a year.",
    "Change the screen with the supplier, and measure how often the two differ before and after.",
];
const GIVEN_NAMES: &[&str] =
    &["Aisha", "Bronwen", "Callum", "Dorothea", "Emeka", "Fionnuala", "Gareth", "Hiroko"];
const FAMILY_NAMES: &[&str] = &[
    "Achterberg",
    "Brimblecombe",
    "Carruthers",
    "Dunmurry",
    "Entwhistle",
    "Farquharson",
    "Gillibrand",
    "Hathersage",
];

/// A text of ours, which keeps the rule of its field.
pub(crate) fn text<const MAX: usize>(words: &str) -> Result<Text<MAX>, SyntheticError> {
    Text::parse(words).map_err(|error| SyntheticError::Text(error.to_string()))
}

/// What happened and what was done.
pub(crate) fn narrative<const MAX: usize>(chance: &mut Chance) -> Result<Text<MAX>, SyntheticError> {
    text(&format!("{} {}", chance.one_of(HAPPENED), chance.one_of(THEN)))
}

/// What a review found.
pub(crate) fn found<const MAX: usize>(chance: &mut Chance) -> Result<Text<MAX>, SyntheticError> {
    text(chance.one_of(FOUND))
}

/// What changed for it.
pub(crate) fn changed<const MAX: usize>(chance: &mut Chance) -> Result<Text<MAX>, SyntheticError> {
    text(chance.one_of(CHANGED))
}

/// What a response recommends.
pub(crate) fn recommended<const MAX: usize>(chance: &mut Chance) -> Result<Text<MAX>, SyntheticError> {
    text(chance.one_of(RECOMMENDED))
}

/// What is to be done for it.
pub(crate) fn done<const MAX: usize>(chance: &mut Chance) -> Result<Text<MAX>, SyntheticError> {
    text(chance.one_of(DONE))
}

/// A name that nobody is meant by.
pub(crate) fn name<const MAX: usize>(chance: &mut Chance) -> Result<Text<MAX>, SyntheticError> {
    text(&format!("{} {}", chance.one_of(GIVEN_NAMES), chance.one_of(FAMILY_NAMES)))
}

/// The system that the trust had before, whose word is kept apart from what was recorded here.
pub(crate) fn other_system() -> Result<SystemName, SyntheticError> {
    SystemName::parse("datix").map_err(|error| SyntheticError::Text(error.to_string()))
}
