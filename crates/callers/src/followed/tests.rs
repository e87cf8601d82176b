//! What the server holds of a tokens file, as the file changes.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;

use candour_journal::ManualClock;
use candour_service_kit::{
    CallerId,
    caller::{Performers, Role},
};
use tempfile::TempDir;

use super::*;
use crate::tokens_file::{ChangeRefused, Wanted};

#[derive(Debug, thiserror::Error)]
#[error("refused")]
struct Refused;

impl From<FileError> for Refused {
    fn from(_: FileError) -> Self {
        Self
    }
}

impl From<ChangeRefused> for Refused {
    fn from(_: ChangeRefused) -> Self {
        Self
    }
}

/// A tokens file with one caller, and what a server holds of it.
struct World {
    _folder: TempDir,
    path: PathBuf,
    clock: Arc<ManualClock>,
    tokens: Tokens,
    follower: Follower,
    token: Token,
}

fn caller() -> CallerId {
    CallerId::parse("wards-system").unwrap()
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let clock = Arc::new(ManualClock::new("2026-06-01T00:00:00Z".parse().unwrap()));
        let wanted = Wanted {
            caller: caller(),
            roles: vec![Role::ReporterSystem],
            performers: Performers::Anybody,
            expires: "2026-07-01T00:00:00Z".parse().unwrap(),
        };
        let token: Result<Token, Refused> =
            on_disk::change(&path, true, |file| Ok(file.add(wanted, clock.now())?));
        let (tokens, follower) = Tokens::open(&path, clock.clone()).unwrap();
        Self { _folder: folder, path, clock, tokens, follower, token: token.unwrap() }
    }

    /// After one look: who is known, and the condition.
    fn looked(&mut self) -> (Result<String, Refusal>, Condition) {
        self.follower.look();
        (self.tokens.caller(&self.token).map(|caller| caller.id.to_string()), self.tokens.condition())
    }

    fn revoke(&self) {
        let now = self.clock.now();
        let revoked: Result<usize, Refused> =
            on_disk::change(&self.path, false, |file| Ok(file.revoke(&caller(), None, now)?));
        assert_eq!(revoked.unwrap(), 1);
    }
}

fn known() -> String {
    "wards-system".to_owned()
}

#[test]
fn a_token_revoked_in_the_file_is_refused_from_the_next_look_on() {
    let mut world = World::new();
    assert_eq!(world.looked(), (Ok(known()), Condition::Current));
    assert!(world.tokens.is_in_force(world.token.id()));
    world.revoke();
    assert_eq!(world.looked(), (Err(Refusal::Unknown), Condition::Current));
    assert!(!world.tokens.is_in_force(world.token.id()));
}

#[test]
fn a_token_expires_without_a_look() {
    let world = World::new();
    assert!(world.tokens.caller(&world.token).is_ok());
    world.clock.set("2026-07-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(world.tokens.caller(&world.token), Err(Refusal::Unknown));
}

#[test]
fn a_file_with_a_mistake_leaves_those_known_before_and_says_so_until_it_is_put_right() {
    let mut world = World::new();
    let good = fs::read_to_string(&world.path).unwrap();
    fs::write(&world.path, good.replace("caller =", "callr =")).unwrap();
    for _ in 0..10 {
        assert_eq!(world.looked(), (Ok(known()), Condition::Outdated));
    }
    world.clock.set("2026-07-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(world.looked(), (Err(Refusal::Unknown), Condition::Outdated), "it expires all the same");
    fs::write(&world.path, good).unwrap();
    assert_eq!(world.looked().1, Condition::Current);
}

#[test]
fn a_file_that_is_replaced_may_be_missing_for_a_moment_and_one_that_stays_away_admits_nobody() {
    let mut world = World::new();
    let good = fs::read_to_string(&world.path).unwrap();
    fs::remove_file(&world.path).unwrap();
    for _ in 0..4 {
        assert_eq!(world.looked(), (Ok(known()), Condition::Outdated));
    }
    fs::write(&world.path, &good).unwrap();
    assert_eq!(world.looked(), (Ok(known()), Condition::Current));
    fs::remove_file(&world.path).unwrap();
    for _ in 0..4 {
        assert_eq!(world.looked(), (Ok(known()), Condition::Outdated));
    }
    assert_eq!(world.looked(), (Err(Refusal::Closed), Condition::Closed));
    assert!(!world.tokens.is_in_force(world.token.id()));
    fs::write(&world.path, "version = 1\n[[token]]\n").unwrap();
    assert_eq!(world.looked(), (Err(Refusal::Closed), Condition::Closed), "a mistake opens nothing");
    fs::write(&world.path, &good).unwrap();
    assert_eq!(world.looked(), (Ok(known()), Condition::Current));
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_write_admits_nobody_though_nothing_else_of_it_changed() {
    let mut world = World::new();
    let mode = |mode| fs::set_permissions(&world.path, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o606);
    let mut last = None;
    for _ in 0..5 {
        world.follower.look();
        last = Some(world.tokens.caller(&world.token));
    }
    assert_eq!(last, Some(Err(Refusal::Closed)));
    mode(0o600);
    assert_eq!(world.looked(), (Ok(known()), Condition::Current));
}

#[tokio::test]
async fn following_ends_when_told_to() {
    let world = World::new();
    let stop = CancellationToken::new();
    let following = tokio::spawn(world.follower.run(stop.clone()));
    stop.cancel();
    following.await.unwrap();
}
