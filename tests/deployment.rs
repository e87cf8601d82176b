//! What can be seen of the files of deployment without a container engine: they can be read, the containers have no more rights than they need,
//! the files name each other rightly, the program takes the configuration and every command that a document quotes, and each alert is in the runbook.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use candour_testkit::{Program, Server};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use saphyr::{LoadableYamlNode as _, Yaml};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file under a folder.
fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // What the runbook makes there is nobody else's.
        if path.is_dir() && path.file_name().unwrap() != "secrets" {
            found.extend(files_under(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

/// The pages of the runbook.
fn pages() -> Vec<PathBuf> {
    let files = fs::read_dir(root().join("deploy")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.sort();
    pages
}

/// Every page of the runbook as one text.
fn runbook() -> String {
    pages().iter().map(|page| fs::read_to_string(page).unwrap()).collect()
}

#[test]
fn every_yaml_and_toml_file_can_be_read() {
    let mut read = BTreeSet::new();
    for path in files_under(&root().join("deploy")) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        match path.extension().and_then(|end| end.to_str()) {
            Some("yml" | "yaml") => {
                let documents = Yaml::load_from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(documents.len() == 1 && documents[0].is_mapping(), "{name}");
            }
            Some("toml") => {
                let read: Result<toml::Table, _> = text.parse();
                assert!(read.is_ok_and(|table| !table.is_empty()), "{name}");
            }
            _ => continue,
        }
        read.insert(name);
    }
    let expected = [
        "alerts.yml",
        "candour.example.toml",
        "candour.toml",
        "collector.yml",
        "compose.kurrentdb.yml",
        "compose.yml",
        "prometheus.yml",
    ];
    assert_eq!(read, expected.map(str::to_owned).into());
}

/// A compose file, with what a service has from others: by `<<`, and by `extends` from compose.yml.
struct Compose(Yaml<'static>);

const COMPOSE_FILES: [&str; 2] = ["compose.yml", "compose.kurrentdb.yml"];

impl Compose {
    fn read(name: &str) -> Self {
        let text: &'static str = Box::leak(text(&format!("deploy/container/{name}")).into_boxed_str());
        Self(Yaml::load_from_str(text).unwrap().remove(0))
    }

    fn services(&self) -> Vec<String> {
        let services = self.0["services"].as_mapping().unwrap();
        services.keys().map(|name| name.as_str().unwrap().to_owned()).collect()
    }

    /// Every value of a key of a service: its own first, then those it has from others.
    fn values(&self, service: &str, key: &str) -> Vec<Yaml<'static>> {
        let own = &self.0["services"][service];
        let mut found = Vec::new();
        for source in [Some(own), own.as_mapping_get("<<")].into_iter().flatten() {
            found.extend(source.as_mapping_get(key).cloned());
        }
        if own.as_mapping_get("extends").is_some() {
            found.extend(Self::read("compose.yml").values(service, key));
        }
        found
    }

    /// The value that counts.
    fn value(&self, service: &str, key: &str) -> Option<Yaml<'static>> {
        self.values(service, key).into_iter().next()
    }

    fn word(&self, service: &str, key: &str) -> String {
        match self.value(service, key) {
            Some(value) => word(&value),
            None => String::new(),
        }
    }

    /// The entries of a list, with those that the service has from others.
    fn list(&self, service: &str, key: &str) -> Vec<String> {
        let values = self.values(service, key);
        values.iter().flat_map(|list| list.as_sequence().unwrap()).map(word).collect()
    }

    /// The names under a key at the top.
    fn declared(&self, key: &str) -> BTreeSet<String> {
        let found = self.0.as_mapping_get(key).and_then(|found| found.as_mapping());
        found.into_iter().flat_map(|found| found.keys()).map(word).collect()
    }
}

fn word(value: &Yaml<'_>) -> String {
    value
        .as_str()
        .map(str::to_owned)
        .or_else(|| value.as_integer().map(|number| number.to_string()))
        .or_else(|| value.as_bool().map(|truth| truth.to_string()))
        .unwrap_or_else(|| panic!("no word: {value:?}"))
}

#[test]
fn containers_have_no_more_rights_than_they_need() {
    for file in COMPOSE_FILES {
        let compose = Compose::read(file);
        for service in compose.services() {
            let of = |key: &str| compose.word(&service, key);
            let at = format!("{service} of {file}");
            for port in compose.list(&service, "ports") {
                assert!(port.starts_with("127.0.0.1:"), "{at} is published beyond this machine: {port}");
            }
            // Made once, by a container that runs to its end without a network.
            if service == "certificates" {
                assert_eq!(of("network_mode"), "none", "{at}");
                continue;
            }
            assert_eq!(compose.list(&service, "cap_drop"), ["ALL"], "{at}");
            assert_eq!(compose.list(&service, "security_opt"), ["no-new-privileges:true"], "{at}");
            assert!(!of("mem_limit").is_empty() && !of("pids_limit").is_empty(), "{at} has limits");
            assert_eq!(of("restart"), "on-failure", "{at}");
            let user = of("user");
            let (user, group) = user.split_once(':').unwrap_or_else(|| panic!("{at} runs as {user:?}"));
            assert!(user.parse::<u32>().unwrap() >= 1000 && group.parse::<u32>().unwrap() >= 1000, "{at}");
            // KurrentDB unpacks itself and writes logs beside its data.
            if !service.starts_with("node") {
                assert_eq!(of("read_only"), "true", "{at}");
            }
            // The collector's image holds nothing that could ask it.
            if service != "collector" {
                assert!(compose.value(&service, "healthcheck").is_some(), "{at}");
            }
        }
        // Requests under way are answered for up to 20 seconds.
        let grace = compose.word("candour", "stop_grace_period");
        assert!(grace.strip_suffix('s').unwrap().parse::<u32>().unwrap() > 20, "{grace}");
        assert!(compose.list("candour", "tmpfs")[0].starts_with("/tmp:"));
    }
    assert_eq!(Compose::read("compose.kurrentdb.yml").services().len(), 7);
}

#[test]
fn what_a_container_mounts_exists_or_is_made_by_the_runbook() {
    let runbook = runbook();
    for file in COMPOSE_FILES {
        let compose = Compose::read(file);
        let mut used = (BTreeSet::new(), BTreeSet::new());
        for service in compose.services() {
            for mount in compose.list(&service, "volumes") {
                let source = mount.split(':').next().unwrap();
                let Some(path) = source.strip_prefix('.') else {
                    used.0.insert(source.to_owned());
                    continue;
                };
                if path.starts_with("/secrets/kurrentdb") {
                    let made = runbook.contains("compose.kurrentdb.yml run --rm certificates");
                    assert!(made, "{source} of {file} is made nowhere");
                } else {
                    let there = root().join("deploy/container").join(source).is_file();
                    assert!(there && mount.ends_with(":ro"), "{mount} of {file}");
                }
            }
            used.1.extend(compose.list(&service, "secrets"));
        }
        assert_eq!(used.0, compose.declared("volumes"), "volumes of {file}");
        assert_eq!(used.1, compose.declared("secrets"), "secrets of {file}");
        for name in &used.1 {
            let path = word(&compose.0["secrets"][name.as_str()]["file"]);
            let made = path.strip_prefix("./").unwrap();
            assert!(made.starts_with("secrets/") && runbook.contains(made), "{path} is not in the runbook");
        }
    }
    for ignored in [text(".gitignore"), text(".dockerignore")] {
        assert!(ignored.lines().any(|line| line.trim_end_matches('/') == "deploy/container/secrets"));
        assert!(ignored.lines().any(|line| line == "deploy/container/.env"));
    }
}

#[test]
fn images_are_named_with_one_version_each_wherever_they_are_named() {
    let mut tags: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut note = |image: &str| {
        let (name, tag) = image.rsplit_once(':').unwrap_or_else(|| panic!("{image} has no version"));
        assert_ne!(tag, "latest", "{image}");
        tags.entry(name.to_owned()).or_default().insert(tag.to_owned());
    };
    for file in COMPOSE_FILES {
        let compose = Compose::read(file);
        for service in compose.services() {
            note(&compose.word(&service, "image"));
        }
    }
    let runbook = runbook();
    for image in runbook.split_whitespace().filter(|word| word.starts_with("docker.")) {
        note(image.trim_matches(['`', ',', '.']));
    }
    assert!(tags.values().all(|tags| tags.len() == 1), "{tags:?}");
    assert_eq!(tags["candour"], BTreeSet::from(["local".to_owned()]));
    assert_eq!(tags.len(), 5, "{tags:?}");
}

#[test]
fn the_image_is_built_with_our_rust_and_runs_as_the_user_of_the_compose_file() {
    let file = text("deploy/container/Containerfile");
    let cargo: toml::Table = text("Cargo.toml").parse().unwrap();
    let rust = cargo["workspace"]["package"]["rust-version"].as_str().unwrap();
    assert!(file.contains(&format!("ARG BUILD_IMAGE=docker.io/library/rust:{rust}-")), "Rust {rust}");
    // What is built on one Debian runs on the same.
    assert!(file.contains("-slim-bookworm\n") && file.contains("debian:bookworm-slim\n"));
    let lines: Vec<_> = file.lines().collect();
    let compose = Compose::read("compose.yml");
    let user = compose.word("candour", "user");
    assert_eq!(lines.iter().rfind(|line| line.starts_with("USER ")), Some(&format!("USER {user}").as_str()));
    let configuration: toml::Table = text("deploy/container/candour.toml").parse().unwrap();
    let folder = configuration["store"]["folder"].as_str().unwrap();
    let volumes = lines.iter().find(|line| line.starts_with("VOLUME ")).unwrap();
    for mount in compose.list("candour", "volumes") {
        let target = mount.split(':').nth(1).unwrap();
        assert!(mount.starts_with('.') || volumes.contains(&format!("{target:?}")), "{target}");
    }
    assert!(volumes.contains(&format!("{folder:?}")), "{folder} is a volume");
    let tokens = configuration["callers"]["tokens"].as_str().unwrap();
    assert!(tokens.starts_with(folder), "a change of tokens puts another file in its place");
    let port = configuration["server"]["listen"].as_str().unwrap().rsplit_once(':').unwrap().1;
    assert!(lines.contains(&format!("EXPOSE {port}").as_str()));
    assert_eq!(compose.list("candour", "ports"), [format!("127.0.0.1:{port}:{port}")]);
    for (key, name) in [("tls_certificate", "candour_certificate"), ("tls_key", "candour_key")] {
        assert_eq!(configuration["server"][key].as_str().unwrap(), format!("/run/secrets/{name}"));
        assert!(compose.declared("secrets").contains(name));
    }

    let quoted = |key: &str| -> Vec<String> {
        let line = lines.iter().find_map(|line| line.strip_prefix(key)).unwrap();
        line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let command = [quoted("ENTRYPOINT "), quoted("CMD ")].concat();
    assert_eq!(command, ["candour", "serve", "--config", "/etc/candour/candour.toml"]);
    let check = compose.value("candour", "healthcheck").unwrap();
    let check: Vec<String> = check["test"].as_sequence().unwrap().iter().map(word).collect();
    assert_eq!(check[0], "CMD", "the image needs no shell for it");
    for command in [command, check[1..].to_vec()] {
        takes(&command).unwrap();
    }
}

/// The configuration of the containers, with its places moved to a folder of this test and nothing else changed: the program starts with it, by
/// TLS and tokens, and tells the health check how it is.
#[test]
fn a_server_starts_with_the_configuration_of_the_containers_and_the_check_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let configuration = text("deploy/container/candour.toml")
        .replace("/var/lib/candour", &path("store"))
        .replace("/run/secrets", folder.path().to_str().unwrap())
        .replace("0.0.0.0:7443", "0.0.0.0:0");
    let write = |name: &str, text: &str| {
        fs::write(path(name), text).unwrap();
        fs::set_permissions(path(name), fs::Permissions::from_mode(0o600)).unwrap();
    };
    write("candour.toml", &configuration);
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(DnType::CommonName, "Authority of the test");
    let authority = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let parameters = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    write("candour_certificate", &parameters.signed_by(&key, &authority).unwrap().pem());
    write("candour_key", &key.serialize_pem());
    write("candour_authority", &authority.pem());

    let program = Program::new(BINARY);
    let config = path("candour.toml");
    // The store's volume is there before the server is; in it goes the first token.
    fs::create_dir(path("store")).unwrap();
    fs::set_permissions(path("store"), fs::Permissions::from_mode(0o700)).unwrap();
    let missing = program.run(&["serve", "--config", &config]);
    assert!(missing.code == Some(1) && missing.stderr.contains("tokens file"), "{}", missing.stderr);
    let added =
        program.run(&["token", "add", "--config", &config, "--id", "audit-team", "--role", "auditor"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);

    let server = Server::exactly(&program, &["--config".into(), OsString::from(&config)]);
    let address = format!("https://localhost:{}", server.address().port());
    let authority = path("candour_authority");
    let health = ["show", "health", "--server", &address, "--tls-ca", &authority];
    let run = program.run(&health);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let expected = "serving      the whole server\nserving      candour.v1.IncidentService\nserving      candour.v1.LearningService\n\
        serving      candour.v1.FollowUpService\nserving      candour.v1.ImportService\nserving      candour.v1.InsightService\n\
        serving      candour.keys\nserving      candour.callers\n";
    assert_eq!(run.stdout, expected);
    let found = program.run(&["doctor", "--config", &config, "--quick"]);
    assert_eq!(found.code, Some(0), "{}{}", found.stdout, found.stderr);
    assert_eq!(server.terminate().code, Some(0));
    assert_eq!(program.run(&health).code, Some(1), "a server that is gone is not healthy");
}

#[test]
fn the_example_of_the_configuration_is_taken_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let example = root().join("deploy/candour.example.toml");
    let arguments: [OsString; 3] = ["doctor".into(), "--config".into(), example.into()];
    let run = Program::new(BINARY).in_folder(folder.path()).run(&arguments);
    let first = run.stdout.lines().next().unwrap_or_default();
    assert!(first.starts_with("good      configuration"), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("does not exist"), "the folder of the example is made by `serve` only");
}

/// Whether the program takes a command, by its words.
fn takes(words: &[String]) -> Result<(), String> {
    candour_program::check_command_line(words.iter().map(OsString::from))
}

/// The words of a command in a shell: quotes taken off, and only up to where another command, a redirection or a comment begins.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '|' | '>' | '<' | ';' | '&') => break,
            (None, '#') if word.is_none() => break,
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            (_, '\\') if quote != Some('\'') => word.get_or_insert_default().extend(characters.next()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// The commands of the program in the fences of a document, also behind `sudo`, `docker compose run`, `cargo run` and in `ExecStart=` of a unit.
fn commands(document: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (_, fence) in document.split("```").enumerate().filter(|(number, _)| number % 2 == 1) {
        for line in fence.replace("\\\n", " ").lines() {
            let words = words(line.trim().trim_start_matches("ExecStart="));
            let starts = |word: &String| word == "candour" || word.ends_with("/candour");
            let behind_cargo = words.starts_with(&["cargo".to_owned(), "run".to_owned()])
                && !words.iter().any(|word| word == "-p" || word == "--package");
            if behind_cargo {
                let further = words.iter().skip_while(|word| *word != "--").skip(1);
                found.push(["candour".to_owned()].into_iter().chain(further.cloned()).collect());
                continue;
            }
            let runs_others = ["docker", "sudo", "systemd-run", "exec", "env", "flock"];
            // `docker compose exec candour candour …`: the first is the name of the service.
            let begin = match words.first() {
                Some(first) if starts(first) => Some(0),
                Some(first) if runs_others.contains(&first.as_str()) => words.iter().rposition(starts),
                _ => words.iter().position(|word| !word.contains('=')).filter(|&at| starts(&words[at])),
            };
            // Not where the program is only named, such as a file to install.
            if let Some(begin) = begin.filter(|&at| words.len() > at + 1) {
                found.push(words[begin..].to_vec());
            }
        }
    }
    found
}

#[test]
fn every_command_that_a_document_quotes_is_one_that_the_program_takes() {
    let mut pages = pages();
    for page in ["README.md", "proto/README.md", "crates/intake/README.md", "tests/README.md"] {
        pages.push(root().join(page));
    }
    let mut seen = 0;
    for page in pages {
        let document = fs::read_to_string(&page).unwrap();
        assert_eq!(document.matches("```").count() % 2, 0, "{}: a fence is open", page.display());
        for command in commands(&document) {
            if let Err(refusal) = takes(&command) {
                panic!("{} quotes {command:?}:\n{refusal}", page.display());
            }
            seen += 1;
        }
    }
    assert!(seen >= 40, "only {seen} commands were found");
    let unit = text("deploy/systemd/candour.service");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    takes(&words(start)).unwrap();
    // The backup is made by a shell that knows the day.
    let unit = text("deploy/systemd/candour-backup.service");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/bin/sh -c ")).unwrap();
    let (_, command) = words(start)[0]
        .split_once("exec ")
        .map(|(day, command)| (day.to_owned(), command.to_owned()))
        .unwrap();
    takes(&words(&command)).unwrap();
    assert!(command.starts_with("/usr/local/bin/candour backup "));
}

/// The headings of a page as the links to them write them.
fn anchors(page: &str) -> BTreeSet<String> {
    let outside = page.split("```").step_by(2).collect::<String>();
    let headings = outside.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            heading
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
                .collect::<String>()
                .replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_link_of_the_runbook_leads_somewhere() {
    let mut followed = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        for link in page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            if link.starts_with("http") {
                continue;
            }
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link}", path.display());
            if !anchor.is_empty() {
                let there = anchors(&fs::read_to_string(&target).unwrap());
                assert!(there.contains(anchor), "{}: {link}", path.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 60, "only {followed} links were found");
    let index = text("deploy/README.md");
    for path in pages() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let linked = name == "README.md" || index.contains(&format!("]({name})"));
        assert!(linked, "{name} is not in the index");
    }
}

/// The check above is worth what its reading of documents is worth.
#[test]
fn commands_are_found_in_documents_and_wrong_ones_are_refused() {
    let document = "```sh\n# a comment\nCANDOUR_LOG=info candour serve --config 'a b' \\\n  --listen 127.0.0.1:0 > out\n\
        docker compose run --rm candour candour token list --tokens T\ncargo run --release -- demo --once\n\
        install -m 755 target/release/candour /usr/local/bin/candour\ncandour: gRPC listens\n```\n`candour nonsense`\n```ini\n\
        ExecStart=/usr/local/bin/candour show status\n```";
    let expected: [&[&str]; 4] = [
        &["candour", "serve", "--config", "a b", "--listen", "127.0.0.1:0"],
        &["candour", "token", "list", "--tokens", "T"],
        &["candour", "demo", "--once"],
        &["/usr/local/bin/candour", "show", "status"],
    ];
    let found = commands(document);
    assert_eq!(found, expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()));
    for command in &found {
        takes(command).unwrap();
    }
    for wrong in [
        &["candour", "serve", "--colour", "red"][..],
        &["candour", "keys"],
        &["candour", "backup", "--folder", "store"],
        &["candour", "demonstrate"],
    ] {
        assert!(
            takes(&wrong.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).is_err(),
            "{wrong:?}"
        );
    }
}

#[test]
fn each_alert_is_in_the_runbook_and_the_runbook_knows_no_other() {
    let text = text("deploy/alerts.yml");
    let rules = Yaml::load_from_str(&text).unwrap().remove(0);
    let alerts: BTreeSet<_> = rules["groups"]
        .as_sequence()
        .unwrap()
        .iter()
        .flat_map(|group| group["rules"].as_sequence().unwrap())
        .map(|rule| word(&rule["alert"]))
        .collect();
    let runbook = runbook();
    let described: BTreeSet<_> = runbook
        .lines()
        .filter_map(|line| line.strip_prefix("### Candour"))
        .map(|rest| format!("Candour{rest}"))
        .collect();
    assert_eq!(described, alerts);
}

#[test]
fn prometheus_fetches_what_the_rules_are_about() {
    let text = text("deploy/prometheus.yml");
    let file = Yaml::load_from_str(&text).unwrap().remove(0);
    assert_eq!(word(&file["scrape_configs"][0]["job_name"]), "candour", "CandourIsDown counts on it");
    for rules in file["rule_files"].as_sequence().unwrap() {
        assert!(root().join("deploy").join(word(rules)).is_file());
    }
    let compose = Compose::read("compose.kurrentdb.yml");
    let environment = compose.value("candour", "environment").unwrap();
    let page = word(&environment["CANDOUR_PROMETHEUS"]);
    let target = word(&file["scrape_configs"][0]["static_configs"][0]["targets"][0]);
    assert_eq!(target.replace("candour:", "0.0.0.0:"), page);
    assert_eq!(word(&environment["OTEL_EXPORTER_OTLP_ENDPOINT"]), "http://collector:4317");
}
