//! Every version of every nation's calendar.

use std::sync::LazyLock;

use super::{Calendar, CalendarDataError, CalendarVersion, Nation};

/// The calendar files compiled in. For each nation the later file in the list is the one in force; the earlier
/// ones stay for ever, so that a deadline computed under one can be computed under it again.
pub(super) const DATA_FILES: &[&str] = &[
    include_str!("data/england-and-wales.csv"),
    include_str!("data/scotland.csv"),
    include_str!("data/northern-ireland.csv"),
];

static BUILT_IN: LazyLock<Calendars> = LazyLock::new(|| {
    Calendars::from_files(DATA_FILES)
        .expect("cannot fail: the files are compiled in, and a test reads every one of them")
});

/// Every version of every nation's calendar: at least one for each nation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendars {
    england: Versions,
    wales: Versions,
    scotland: Versions,
    northern_ireland: Versions,
}

/// One nation's calendars; there is always one in force.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Versions {
    in_force: Calendar,
    earlier: Vec<Calendar>,
}

impl Calendars {
    /// The calendars compiled into the program, read once.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The calendars in these files; for each nation the later file is the one in force.
    ///
    /// # Errors
    /// [`CalendarsError`] if a file cannot be read, a nation has no calendar, or one has two calendars of the
    /// same version.
    pub fn from_files(files: &[&str]) -> Result<Self, CalendarsError> {
        let mut calendars = Vec::new();
        for (number, text) in (1..).zip(files) {
            let read = Calendar::parse(text).map_err(|source| CalendarsError::File { number, source })?;
            calendars.extend(read);
        }
        Ok(Self {
            england: Versions::of(Nation::England, &calendars)?,
            wales: Versions::of(Nation::Wales, &calendars)?,
            scotland: Versions::of(Nation::Scotland, &calendars)?,
            northern_ireland: Versions::of(Nation::NorthernIreland, &calendars)?,
        })
    }

    /// The calendar under which a deadline is computed now.
    pub const fn in_force(&self, nation: Nation) -> &Calendar {
        &self.versions(nation).in_force
    }

    /// The calendar under which a deadline was computed, if this nation has such a version.
    pub fn version(&self, nation: Nation, version: &CalendarVersion) -> Option<&Calendar> {
        let versions = self.versions(nation);
        versions.earlier.iter().chain([&versions.in_force]).find(|calendar| calendar.version() == version)
    }

    /// The calendar with this version, of whichever nation: a version that several nations share has the same days for each.
    pub fn named(&self, version: &CalendarVersion) -> Option<&Calendar> {
        Nation::ALL.into_iter().find_map(|nation| self.version(nation, version))
    }

    const fn versions(&self, nation: Nation) -> &Versions {
        match nation {
            Nation::England => &self.england,
            Nation::Wales => &self.wales,
            Nation::Scotland => &self.scotland,
            Nation::NorthernIreland => &self.northern_ireland,
        }
    }
}

impl Versions {
    fn of(nation: Nation, calendars: &[Calendar]) -> Result<Self, CalendarsError> {
        let mut earlier: Vec<Calendar> = Vec::new();
        for calendar in calendars.iter().filter(|calendar| calendar.nation() == nation) {
            if earlier.iter().any(|other| other.version() == calendar.version()) {
                return Err(CalendarsError::VersionTwice { nation, version: calendar.version().clone() });
            }
            earlier.push(calendar.clone());
        }
        let in_force = earlier.pop().ok_or(CalendarsError::NoCalendar { nation })?;
        Ok(Self { in_force, earlier })
    }
}

/// A set of calendar files that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarsError {
    /// A file cannot be read.
    #[error("calendar file number {number} cannot be read")]
    File {
        /// Its place in the list, from 1.
        number: usize,
        /// Where in the file, and why.
        source: CalendarDataError,
    },
    /// A nation has no calendar.
    #[error("no calendar for {nation}")]
    NoCalendar {
        /// The nation.
        nation: Nation,
    },
    /// Two files hold the same version for one nation, so that a stored due date would not say which.
    #[error("two calendars for {nation} have the version {version}")]
    VersionTwice {
        /// The nation.
        nation: Nation,
        /// The version.
        version: CalendarVersion,
    },
}
