//! Tokens, keys and sealed values.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use candour_callers::{Token, TokensFile};
use candour_vault::{FileVault, Sealed, VaultPaths, limits::KEY_FILE_BYTES_MAX};
use tempfile::TempDir;

use super::refused;
use crate::{Decoder, SECRET};

pub(super) const TOKEN: Decoder = Decoder {
    name: "token",
    what: "the bearer token of a call, of a file or of the environment",
    sources: &["crates/callers/src/token.rs", "services/candour/src/client.rs"],
    run: |input| {
        let text = String::from_utf8_lossy(input);
        match Token::parse(&text) {
            Ok(token) => assert_eq!(*token.expose(), text, "one spelling only"),
            Err(error) => refused(&error.to_string()),
        }
    },
    samples: || {
        let zeros = format!("candour_00000000_{}", "0".repeat(72));
        vec![token().into_bytes(), zeros.into_bytes(), format!("candour_{SECRET}_x").into_bytes()]
    },
    chooses: false,
    cases: 3_000,
};

/// A token that is one, drawn anew in each process.
fn token() -> String {
    Token::draw().expect("the system gives randomness").expose().to_string()
}

pub(super) const TOKENS_FILE: Decoder = Decoder {
    name: "tokens_file",
    what: "the file that lists who may call: TOML",
    sources: &[
        "crates/callers/src/tokens_file/form.rs",
        "crates/callers/src/on_disk.rs",
        "crates/service-kit/src/caller/mod.rs",
    ],
    run: |input| {
        // As the file is read: what is not UTF-8 becomes characters that no part of the form takes.
        match TokensFile::parse(&String::from_utf8_lossy(input)) {
            Ok(file) => {
                let again = TokensFile::parse(&file.render()).expect("what is written can be read");
                assert_eq!(again.entries().len(), file.entries().len());
                for (one, other) in again.entries().iter().zip(file.entries()) {
                    assert_eq!(
                        (one.id, &one.caller, one.created, one.expires, one.revoked),
                        (other.id, &other.caller, other.created, other.expires, other.revoked),
                        "whoever rewrites the file changes nothing of the others"
                    );
                    assert!(one.digest.is_same(&other.digest));
                }
            }
            Err(error) => refused(&error.to_string()),
        }
    },
    samples: || {
        let entry = |id: &str, performed_by: &str, more: &str| {
            format!(
                "[[token]]\nid = \"{id}\"\ncaller = \"wards-system\"\nroles = [\"patient-safety\", \"auditor\"]\n\
                 performed_by = \"{performed_by}\"\ncreated = 2026-03-02T12:00:00Z\nexpires = 2027-03-02T12:00:00Z\n{more}digest = \"sha256:{}\"\n",
                "0a".repeat(32)
            )
        };
        let one = format!("version = 1\n\n{}", entry("1f0c9a2b", "anybody", ""));
        let revoked = entry("1f0c9a2c", "staff:1", "revoked = 2026-04-01T00:00:00.000001Z\n");
        let spaced = entry("1f0c9a2d", " anybody ", "");
        let pasted = entry("1f0c9a2e", "nobody", "").replace("sha256:", &format!("candour_{SECRET}"));
        vec![
            b"version = 1\n".to_vec(),
            one.clone().into_bytes(),
            format!("{one}\n{revoked}").into_bytes(),
            format!("{one}\n{spaced}").into_bytes(),
            format!("{one}\n{pasted}").into_bytes(),
        ]
    },
    chooses: false,
    cases: 3_000,
};

pub(super) const KEY_FILE: Decoder = Decoder {
    name: "key_file",
    what: "the file with the master key",
    sources: &["crates/vault/src/key_file.rs"],
    run: |input| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = key_file_of(&folder);
        fs::write(&file, input).expect("the folder can be written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("the file is ours");
        match FileVault::open(&VaultPaths::in_folder(folder.path())) {
            Ok(_) => assert!(input.len() <= KEY_FILE_BYTES_MAX),
            Err(error) => {
                refused(&error.to_string());
                assert!(
                    !folder.path().join("keys.sqlite").exists(),
                    "no keys are made for a key that is none"
                );
            }
        }
        assert_eq!(fs::read(&file).expect("it is there"), input, "the file stays as it was");
    },
    samples: || {
        let folder = tempfile::tempdir().expect("a folder");
        FileVault::open(&VaultPaths::in_folder(folder.path())).expect("a new vault");
        let whole = fs::read(key_file_of(&folder)).expect("the key file");
        let text = String::from_utf8(whole.clone()).expect("the key file is text");
        vec![
            whole,
            text.replace("version 1", "version 2").into_bytes(),
            text.replace('\n', "\r\n").into_bytes(),
            text.lines().next().unwrap_or_default().as_bytes().to_vec(),
        ]
    },
    chooses: false,
    cases: 300,
};

fn key_file_of(folder: &TempDir) -> PathBuf {
    folder.path().join("vault.key")
}

pub(super) const SEALED_VALUE: Decoder = Decoder {
    name: "sealed_value",
    what: "a sealed field of a stored event",
    sources: &["crates/vault/src/sealed.rs"],
    run: |input| {
        let text = String::from_utf8_lossy(input);
        match Sealed::parse(&text) {
            Ok(sealed) => assert_eq!(sealed.to_text(), text, "one spelling only"),
            Err(error) => refused(&error.to_string()),
        }
    },
    samples: || {
        // 8 bytes of key number, 16 of subject, 12 of nonce and 16 of tag, and then what was sealed.
        let bare = format!("cv1.{}", "A".repeat(70));
        vec![
            bare.clone().into_bytes(),
            format!("{bare}{}", "BCDE".repeat(40)).into_bytes(),
            b"cv2.AAAA".to_vec(),
        ]
    },
    chooses: false,
    cases: 3_000,
};
