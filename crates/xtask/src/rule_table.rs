//! The table "Where is the rule?" of `crates/README.md` names files and tests that exist.

use std::collections::BTreeSet;

/// What stands between backticks in the rows of tables.
fn named() -> Vec<String> {
    let text = crate::read(&crate::root().join("crates/README.md")).unwrap();
    let (_, rest) = text.split_once("\n## Where is the rule?\n").unwrap();
    let (section, _) = rest.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2).map(str::to_owned)).collect()
}

/// The functions of every test file and crate.
fn functions() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["crates", "services", "tests"] {
        for file in crate::rust_files(&crate::root().join(folder)).unwrap() {
            for line in crate::read(&file).unwrap().lines() {
                let name = line.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
                found.extend(name.map(|(name, _)| name.to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_file_and_every_test_that_it_names_exists() {
    let functions = functions();
    let named = named();
    assert!(named.len() > 100, "{}", named.len());
    let missing: Vec<&String> = named
        .iter()
        .filter(|name| {
            if name.contains('/') {
                !crate::root().join("crates").join(name).is_file()
            } else {
                !functions.contains(*name)
            }
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_hazard_log_names_ten_hazards_each_with_controls_that_exist() {
    let text = crate::read(&crate::root().join("deploy/hazards.md")).unwrap();
    let functions = functions();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| H-")).collect();
    assert_eq!(rows.len(), 10);
    for (number, row) in (1..).zip(&rows) {
        let columns: Vec<&str> = row.split(" | ").collect();
        assert_eq!((columns.len(), columns[0]), (6, format!("| H-{number}").as_str()), "{row}");
        let tests: Vec<&str> = columns[3].split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "H-{number} has no control that is tested");
        let missing: Vec<&&str> = tests.iter().filter(|name| !functions.contains(**name)).collect();
        assert!(missing.is_empty(), "H-{number}: {missing:?}");
    }
}

#[test]
fn every_rule_and_every_measure_has_a_row() {
    let text = crate::read(&crate::root().join("crates/README.md")).unwrap();
    let rules =
        (1..=15).map(|number| format!("E-{number}")).chain((1..=7).map(|number| format!("ACT-{number}")));
    let measures = [("R", 8), ("F", 5), ("C", 8)]
        .into_iter()
        .flat_map(|(letter, count)| (0..count).map(move |number| format!("{letter}{number}")));
    for id in rules.chain(measures).chain(["X1".to_owned(), "§1.5".to_owned(), "§6.0".to_owned()]) {
        assert!(text.contains(&format!("\n| {id} | ")), "{id}");
    }
}
