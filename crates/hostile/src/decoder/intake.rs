//! Other systems' data, before a server sees it.

use std::{
    ops::ControlFlow,
    sync::{Arc, LazyLock},
};

use candour_intake::{
    csv::{self, Header},
    duplicates::Seen,
    lfpse,
    limits::{COLUMNS_MAX, EVENT_BYTES_MAX, FINDINGS_MAX, ROW_BYTES_MAX},
    mapping::{BUILT_IN, Mapping},
    row::{Raw, Row},
};
use prost::Message as _;

use super::{choosing, chosen, refused, repeats_no_secret};
use crate::{Decoder, SECRET};

static MAPPINGS: LazyLock<Vec<Mapping>> = LazyLock::new(|| {
    BUILT_IN.iter().map(|built_in| built_in.mapping().expect("a test reads each")).collect()
});

/// The most that one row may be as text: its bytes in UTF-8, where one byte of Windows-1252 becomes up to three.
const TEXT_BYTES_MAX: usize = 3 * ROW_BYTES_MAX;

pub(super) const TABLE: Decoder = Decoder {
    name: "table",
    what: "an export with separated values, read by each built-in mapping",
    sources: &["crates/intake/src/csv/mod.rs", "crates/intake/src/csv/header.rs"],
    run: |input| {
        let (choice, file) = chosen(input, MAPPINGS.len());
        let (columns, rows, problem) = read_table(file, &MAPPINGS[choice]);
        if let Some(words) = problem {
            assert!(!words.trim().is_empty());
        }
        // A finding names the column, so a secret in the line with the column names is none.
        let names_hold_it = columns.iter().flat_map(|header| &header.names).any(|name| name.contains(SECRET));
        for header in &columns {
            assert!(header.width() <= COLUMNS_MAX, "{} columns", header.width());
        }
        hold(&rows, names_hold_it);
    },
    samples: || {
        let datix = include_bytes!("../../../intake/tests/files/datix-like.synthetic.csv");
        let ulysses = include_bytes!("../../../intake/tests/files/ulysses-like-dirty.synthetic.csv");
        let small = format!(
            "ID;Date reported;Description;Severity\r\n1;03/04/2026;{SECRET};Low\r\n2;\"4/4/26\";\"{SECRET}\r\nagain\";None\r\n"
        );
        let utf_16: Vec<u8> = small.encode_utf16().flat_map(u16::to_le_bytes).collect();
        vec![
            choosing(0, datix),
            choosing(2, ulysses),
            choosing(0, small.as_bytes()),
            choosing(0, &[b"\xff\xfe".as_slice(), &utf_16].concat()),
            choosing(1, format!("ID,Action ID,Description,Start date,candour_text\n1,7,{SECRET},1/4/2026,\n,,,,\"1,8,x,2/4/2026\"\n").as_bytes()),
        ]
    },
    chooses: true,
    cases: 300,
};

fn read_table(file: &[u8], mapping: &Mapping) -> (Vec<Header>, Vec<Row>, Option<String>) {
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    let read = csv::read(file, mapping, &mut |header| columns.push(header.clone()), &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    });
    (columns, rows, read.err().map(|problem| problem.to_string()))
}

pub(super) const EVENTS: Decoder = Decoder {
    name: "lfpse_events",
    what: "events of the national service: FHIR resources as JSON",
    sources: &["crates/intake/src/lfpse/document.rs", "crates/intake/src/lfpse/mod.rs"],
    run: |input| {
        let mut rows = Vec::new();
        let read = lfpse::read(input, "lfpse", &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        });
        read.expect("bytes in memory can be read to their end");
        hold(&rows, false);
    },
    samples: || {
        vec![
            include_bytes!("../../../intake/tests/files/lfpse-5.synthetic.json").to_vec(),
            include_bytes!("../../../intake/tests/files/lfpse-6-bundle.synthetic.json").to_vec(),
            include_bytes!("../../../intake/tests/files/lfpse-lines.synthetic.ndjson").to_vec(),
            format!(
                r#"[{{"resourceType":"AdverseEvent","id":"{SECRET}","category":[{{"text":"{SECRET}"}}]}}]"#
            )
            .into_bytes(),
        ]
    },
    chooses: false,
    cases: 600,
};

/// What holds of every row, of whatever format.
fn hold(rows: &[Row], names_hold_secret: bool) {
    let (mut seen, file) = (Seen::new(), Arc::from("a file"));
    for (number, row) in (1..).zip(rows) {
        assert_eq!(row.number, number, "every row comes out once, in order");
        assert_eq!(
            row.request.is_some(),
            row.findings.violations.is_empty(),
            "a request, or why there is none"
        );
        assert!(row.findings.violations.len() <= FINDINGS_MAX && row.findings.notices.len() <= FINDINGS_MAX);
        for finding in row.findings.violations.iter().chain(&row.findings.notices) {
            let words = finding.to_string();
            assert!(!words.trim().is_empty());
            if !names_hold_secret {
                repeats_no_secret(&words);
            }
        }
        repeats_no_secret(&format!("{:?}", row.raw));
        let bytes = match &row.raw {
            Raw::Cells(cells) => cells.iter().map(String::len).sum(),
            Raw::Lines(text) | Raw::Json(text) => text.len(),
        };
        assert!(bytes <= TEXT_BYTES_MAX.max(3 * EVENT_BYTES_MAX), "{bytes} bytes are handed on as one row");
        if let Some(request) = &row.request {
            assert_eq!(request.row, number);
            let encoded = request.encode_to_vec();
            assert!(encoded.len() <= TEXT_BYTES_MAX);
            let _ = seen.note(&file, request);
        }
    }
}

pub(super) const MAPPING: Decoder = Decoder {
    name: "mapping_file",
    what: "a mapping: which column of an export holds what, as TOML",
    sources: &[
        "crates/intake/src/mapping/file.rs",
        "crates/intake/src/mapping/mod.rs",
        "services/candour/src/import/mod.rs",
    ],
    run: |input| {
        let text = String::from_utf8_lossy(input);
        match Mapping::parse(&text) {
            Ok(mapping) => {
                assert!(mapping.needed().count() > 0 || mapping.fields().count() > 0);
                // What can be read can be used.
                let _ = read_table(b"ID,Date reported\n1,2/3/2026\n", &mapping);
            }
            Err(problem) => refused(&problem.to_string()),
        }
    },
    samples: || BUILT_IN.iter().map(|built_in| built_in.text.as_bytes().to_vec()).collect(),
    chooses: false,
    cases: 400,
};
