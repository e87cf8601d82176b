//! Files of whoever runs the program.

use candour_program::decoding;

use super::refused;
use crate::{Decoder, SECRET};

pub(super) const FILE: Decoder = Decoder {
    name: "configuration_file",
    what: "the configuration file: TOML",
    sources: &[
        "services/candour/src/configuration/file.rs",
        "services/candour/src/configuration/engine.rs",
        "services/candour/src/configuration/telemetry.rs",
    ],
    run: |input| {
        if let Err(error) = decoding::configuration_file(input) {
            let words = format!("{error:#}");
            assert!(!words.trim().is_empty());
            assert!(words.len() < 4_096 + input.len(), "an error is no copy of the file");
            // A wrong name, word or address is repeated; the engine, which may hold a password, never is.
            if is_in_the_engine_alone(input) {
                assert!(!words.contains(SECRET), "{words}");
            }
        }
    },
    samples: || {
        let whole = include_str!("../../../../deploy/candour.example.toml");
        let engine = |text: &str| format!("[store]\nfolder = \"x\"\nengine = {text}\n").into_bytes();
        vec![
            whole.as_bytes().to_vec(),
            whole.replace("\n# ", "\n").replace("\n#", "\n").into_bytes(),
            engine(&format!("\"kurrentdb://candour:{SECRET}@log:2113?tls=true\"")),
            engine(&format!("\"kurrentdb://candour:{SECRET}@log:2113\" oops")),
            b"[server]\nlisten = \"127.0.0.1:7443\"\n[log]\nformat = \"json\"\nfilter = \"info\"\n".to_vec(),
            b"[organisation]\nname = \"N\"\nnation = \"england\"\nbody_type = \"other-registered-person\"\n"
                .to_vec(),
            b"[telemetry]\notlp_endpoint = \"http://127.0.0.1:4317\"\nprometheus = \"127.0.0.1:9464\"\n"
                .to_vec(),
        ]
    },
    chooses: false,
    cases: 1_000,
};

/// Whether the secret stands in the file once, and that once in the line of the engine.
fn is_in_the_engine_alone(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    let in_engine =
        text.lines().any(|line| line.trim_start().starts_with("engine =") && line.contains(SECRET));
    in_engine && text.matches(SECRET).count() == 1
}

pub(super) const CONNECTION_STRING: Decoder = Decoder {
    name: "connection_string",
    what: "the connection string of KurrentDB",
    sources: &["crates/journal-kurrent/src/address.rs"],
    run: |input| {
        let text = String::from_utf8_lossy(input);
        if let Err(error) = candour_journal_kurrent::check_connection_string(&text) {
            refused(&error.to_string());
        }
    },
    samples: || {
        [
            format!("kurrentdb://candour:{SECRET}@log.example:2113?tls=true"),
            format!("kurrentdb+discover://candour:{SECRET}%40@a:2113?nodePreference=leader&gossipTimeout=5"),
            format!("esdb://a:2113,b:2113,c:2113?bearerToken={SECRET}&discoveryInterval=100"),
            "kurrentdb://[::1]:2113?tls=false".to_owned(),
        ]
        .map(String::into_bytes)
        .into()
    },
    chooses: false,
    cases: 1_000,
};

pub(super) const BACKUP_MANIFEST: Decoder = Decoder {
    name: "backup_manifest",
    what: "`backup.json`, by which a backup is put back: JSON",
    sources: &["services/candour/src/backup/manifest.rs"],
    run: |input| {
        if let Err(error) = decoding::backup_manifest(input) {
            assert!(!error.to_string().trim().is_empty());
        }
    },
    samples: || {
        let digest = "0f".repeat(32);
        let file = |name: &str| format!(r#"{{"name":"{name}","bytes":4096,"sha256":"{digest}"}}"#);
        let log = format!(
            r#"{{"file":{},"store_id":"0192f0c1-2b5e-7c3a-9f00-5a1b2c3d4e5f","synthetic":true,"namespace":"candour","events":9,"head":9,"figures":{{"days":["2026-03-02"],"count":3,"sha256":"{digest}"}}}}"#,
            file("journal.sqlite")
        );
        let manifest = |log: &str, key_file: &str| {
            format!(
                r#"{{"format":1,"made_at":"2026-03-02T12:00:00Z","made_by":"0.1.0","log":{log},"keys":{},"key_file":{key_file}}}"#,
                file("keys.sqlite")
            )
        };
        vec![manifest(&log, "null").into_bytes(), manifest("null", &file("../vault.key")).into_bytes()]
    },
    chooses: false,
    cases: 2_000,
};
