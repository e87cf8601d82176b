//! `candour token`: makes, lists, renews and ends the tokens by which callers are known.
//!
//! What was asked for goes to standard output, the token alone on a line of its own so that it can be piped; everything else goes to standard error.

mod list;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use candour_callers::{
    Token, TokenId, TokensFile,
    limits::{LIFETIME_DAYS, OVERLAP_DAYS},
    on_disk::{self, FileError},
    tokens_file::{ChangeRefused, Wanted},
};
use candour_domain::calendar::end_of_day;
use candour_journal::{Clock as _, SystemClock};
use candour_service_kit::{
    CallerId,
    caller::{Performers, Role},
};
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit, civil::Date};

use crate::{
    configuration::{Configuration, Overrides},
    output,
};

/// What `candour token` can do.
#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token for a caller that has none in force, and print it: the only time it can be had.
    Add(AddArguments),
    /// Show every token of the file: whose it is, what for, until when. No token can be shown again.
    List(ListArguments),
    /// Give a caller another token as the one it has, and let the older one end a while later.
    Rotate(RotateArguments),
    /// End the tokens of a caller, or one of them, at once.
    Revoke(RevokeArguments),
}

/// Which file.
#[derive(Args)]
pub(crate) struct FileArguments {
    /// The tokens file [default: callers.tokens of the configuration file].
    #[arg(long, env = "CANDOUR_CALLERS_TOKENS", value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// The configuration file (TOML).
    #[arg(long, env = "CANDOUR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Where a new token goes.
#[derive(Args)]
pub(crate) struct HandOverArguments {
    /// Write the token to this new file, for its owner only, instead of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct AddArguments {
    #[command(flatten)]
    file: FileArguments,
    /// The caller's id, such as wards-system: 1 to 64 lower-case letters, digits and . _ / : -. It is stored with everything the caller records, so
    /// never a person's name or address.
    #[arg(long, value_name = "ID", value_parser = CallerId::parse)]
    id: CallerId,
    /// What the caller is for; may be given several times.
    #[arg(long, value_name = "ROLE", required = true, value_parser = PossibleValuesParser::new(Role::ALL.map(Role::code)))]
    role: Vec<String>,
    /// Whom the caller may name as the person who acted: anybody (a system that knows its users), nobody, or the reference of one person, such as
    /// staff:48211, who is then taken to be acting [default: anybody for reporter-system, else nobody].
    #[arg(long, value_name = "WHOM", value_parser = Performers::parse)]
    performed_by: Option<Performers>,
    /// The last day on which the token is taken (Europe/London), or the instant in UTC at which it ends [default: a year from now].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = end)]
    expires: Option<Timestamp>,
    #[command(flatten)]
    hand_over: HandOverArguments,
}

#[derive(Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    file: FileArguments,
}

#[derive(Args)]
pub(crate) struct RotateArguments {
    #[command(flatten)]
    file: FileArguments,
    /// The caller's id.
    #[arg(long, value_name = "ID", value_parser = CallerId::parse)]
    id: CallerId,
    /// How many days the older token is still taken; 0 ends it now.
    #[arg(long, value_name = "DAYS", default_value_t = OVERLAP_DAYS, value_parser = clap::value_parser!(i64).range(0..=OVERLAP_DAYS_MAX))]
    overlap_days: i64,
    /// The last day on which the new token is taken (Europe/London), or the instant in UTC at which it ends [default: a year from now].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = end)]
    expires: Option<Timestamp>,
    #[command(flatten)]
    hand_over: HandOverArguments,
}

#[derive(Args)]
pub(crate) struct RevokeArguments {
    #[command(flatten)]
    file: FileArguments,
    /// The caller's id.
    #[arg(long, value_name = "ID", value_parser = CallerId::parse)]
    id: CallerId,
    /// Only the token of this id, the eight digits after its prefix [default: all of the caller's].
    #[arg(long, value_name = "TOKEN ID", value_parser = token_id)]
    token: Option<TokenId>,
}

/// The longest overlap of a rotation, in days.
const OVERLAP_DAYS_MAX: i64 = 90;

/// Why a change of the file did not come about.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Refused(#[from] ChangeRefused),
    #[error("cannot write the token to {}: {source}; nothing was changed", path.display())]
    HandOver { path: PathBuf, source: std::io::Error },
}

/// Carries out one of them.
pub(crate) fn run(command: TokenCommand) -> anyhow::Result<()> {
    // To the second: nobody needs more, and the file is easier to read.
    let to_the_second = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Trunc);
    let now = SystemClock.now().round(to_the_second).context("the machine's clock")?;
    match command {
        TokenCommand::Add(arguments) => add(arguments, now),
        TokenCommand::List(arguments) => {
            let (file, _) = on_disk::read(&arguments.file.path()?)?;
            list::print(&file, now);
            Ok(())
        }
        TokenCommand::Rotate(arguments) => rotate(&arguments, now),
        TokenCommand::Revoke(arguments) => revoke(&arguments, now),
    }
}

fn add(arguments: AddArguments, now: Timestamp) -> anyhow::Result<()> {
    let path = arguments.file.path()?;
    let mut roles: Vec<Role> = arguments.role.iter().filter_map(|code| Role::from_code(code)).collect();
    roles.sort_unstable();
    roles.dedup();
    let performers = arguments.performed_by.unwrap_or(if roles.contains(&Role::ReporterSystem) {
        Performers::Anybody
    } else {
        Performers::Nobody
    });
    let wanted = Wanted {
        caller: arguments.id.clone(),
        roles,
        performers,
        expires: arguments.expires.unwrap_or(now + SignedDuration::from_hours(24 * LIFETIME_DAYS)),
    };
    let expires = wanted.expires;
    make(&path, true, &arguments.hand_over, |file| file.add(wanted, now))?;
    note(&format!(
        "{} may call with this token until {expires}. It is shown this once: only a digest of it is kept in {}",
        arguments.id,
        path.display()
    ));
    Ok(())
}

fn rotate(arguments: &RotateArguments, now: Timestamp) -> anyhow::Result<()> {
    let path = arguments.file.path()?;
    let until = now + SignedDuration::from_hours(24 * arguments.overlap_days);
    let expires = arguments.expires.unwrap_or(now + SignedDuration::from_hours(24 * LIFETIME_DAYS));
    make(&path, false, &arguments.hand_over, |file| file.rotate(&arguments.id, until, expires, now))?;
    note(&format!(
        "{} may call with this token until {expires}, and with the older one until {until} at the latest",
        arguments.id
    ));
    Ok(())
}

fn revoke(arguments: &RevokeArguments, now: Timestamp) -> anyhow::Result<()> {
    let path = arguments.file.path()?;
    let revoked: Result<usize, Error> =
        on_disk::change(&path, false, |file| Ok(file.revoke(&arguments.id, arguments.token, now)?));
    let revoked = revoked?;
    note(&format!(
        "{revoked} {} of {} revoked; a running server refuses {} within two seconds",
        if revoked == 1 { "token" } else { "tokens" },
        arguments.id,
        if revoked == 1 { "it" } else { "them" }
    ));
    Ok(())
}

/// Makes a token and hands it over. Where it cannot be handed over, it is not kept either.
fn make(
    path: &Path,
    may_create: bool,
    hand_over: &HandOverArguments,
    make: impl FnOnce(&mut TokensFile) -> Result<Token, ChangeRefused>,
) -> Result<(), Error> {
    let token = on_disk::change(path, may_create, |file| {
        let token = make(file)?;
        if let Some(out) = &hand_over.out {
            write_token(out, &token).map_err(|source| Error::HandOver { path: out.clone(), source })?;
        }
        Ok::<Token, Error>(token)
    })?;
    if hand_over.out.is_none() {
        output::line(&token.expose());
    }
    Ok(())
}

/// Writes a token to a file that did not exist, for its owner only.
fn write_token(path: &Path, token: &Token) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", *token.expose())?;
    file.sync_all()
}

impl FileArguments {
    fn path(&self) -> anyhow::Result<PathBuf> {
        if let Some(path) = self.tokens.as_ref().filter(|path| !path.as_os_str().is_empty()) {
            return Ok(path.clone());
        }
        let overrides = Overrides { config: self.config.clone(), ..Overrides::default() };
        let configuration = Configuration::read(overrides)?;
        let path = configuration.tokens().map(Path::to_owned);
        path.context("which tokens file? Name it with --tokens FILE, or set callers.tokens in the file that --config names")
    }
}

/// The end of a civil day, or an instant.
fn end(text: &str) -> Result<Timestamp, String> {
    if let Ok(day) = text.parse::<Date>() {
        return Ok(end_of_day(day));
    }
    text.parse().map_err(|_| {
        "a day such as 2027-03-31 or an instant such as 2027-03-31T12:00:00Z is expected".to_owned()
    })
}

fn token_id(text: &str) -> Result<TokenId, &'static str> {
    TokenId::parse(text)
        .ok_or("eight digits of 0 to 9 and a to f are expected, as `candour token list` shows them")
}

/// A line for whoever sits at the terminal.
#[expect(clippy::print_stderr, reason = "standard output carries the token alone")]
fn note(text: &str) {
    eprintln!("candour: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_of_a_token_ends_at_midnight_in_london() {
        assert_eq!(end("2027-03-27").unwrap().to_string(), "2027-03-28T00:00:00Z");
        assert_eq!(end("2027-03-31").unwrap().to_string(), "2027-03-31T23:00:00Z");
        assert_eq!(end("2027-03-31T12:00:00Z").unwrap().to_string(), "2027-03-31T12:00:00Z");
        for text in ["", "tomorrow", "2027-02-30", "31/03/2027"] {
            assert!(end(text).is_err(), "{text:?}");
        }
    }
}
