//! The page of metrics that a server shows to Prometheus, fetched and read.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// How long a fetch may take, and how long a figure may take to become what a test waits for.
const TIME_MAX: Duration = Duration::from_secs(30);

/// An answer to one fetch.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The HTTP status.
    pub status: u16,
    /// Everything, head and body.
    pub text: String,
}

/// Sends one request of HTTP/1.1, such as `GET /metrics`, and reads the answer to its end.
pub fn fetch(address: SocketAddr, request: &str) -> Fetched {
    let mut connection = TcpStream::connect(address).expect("the page accepts a connection");
    connection.set_read_timeout(Some(TIME_MAX)).expect("a time of more than nothing");
    let head = format!("{request} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\n\r\n");
    connection.write_all(head.as_bytes()).expect("the page takes a request");
    let mut text = Vec::new();
    connection.read_to_end(&mut text).expect("the page answers and closes");
    let text = String::from_utf8(text).expect("the page is text");
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    Fetched { status: status.expect("a status line"), text }
}

/// The metrics of one fetch.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Each family by its name, with its type (`counter`, `gauge`, `histogram`).
    pub families: BTreeMap<String, String>,
    samples: Vec<Sample>,
}

/// One line of the page.
#[derive(Clone, Debug)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Metrics {
    /// Fetches the page.
    pub fn of(address: SocketAddr) -> Self {
        Self::read(&Self::fetch_text(address))
    }

    /// The page as it comes.
    pub fn fetch_text(address: SocketAddr) -> String {
        let fetched = fetch(address, "GET /metrics");
        assert_eq!(fetched.status, 200, "{}", fetched.text);
        let (_, body) = fetched.text.split_once("\r\n\r\n").expect("a head and a body");
        body.to_owned()
    }

    /// Fetches the page again and again until it satisfies `is_so`.
    pub fn until(address: SocketAddr, is_so: impl Fn(&Self) -> bool) -> Self {
        let until = Instant::now() + TIME_MAX;
        loop {
            let metrics = Self::of(address);
            if is_so(&metrics) {
                return metrics;
            }
            assert!(Instant::now() < until, "the metrics did not become what was waited for: {metrics:#?}");
        }
    }

    fn read(text: &str) -> Self {
        let mut metrics = Self { families: BTreeMap::new(), samples: Vec::new() };
        for line in text.lines() {
            if let Some(family) = line.strip_prefix("# TYPE ") {
                let (name, kind) = family.split_once(' ').expect("a name and a type");
                metrics.families.insert(name.to_owned(), kind.to_owned());
            } else if !line.starts_with('#') && !line.is_empty() {
                metrics.samples.push(Sample::read(line));
            }
        }
        metrics
    }

    /// The sum of all samples of this name whose labels have these values. A histogram has `_count` and `_sum`. `None` where there is none.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let matching = self.samples.iter().filter(|sample| {
            sample.name == name
                && labels.iter().all(|(label, value)| sample.labels.get(*label).is_some_and(|is| is == value))
        });
        matching.map(|sample| sample.value).reduce(|sum, value| sum + value)
    }

    /// Every value of a label on the samples of a family.
    pub fn label_values(&self, name: &str, label: &str) -> BTreeSet<String> {
        let samples = self.samples.iter().filter(|sample| sample.name == name);
        samples.filter_map(|sample| sample.labels.get(label).cloned()).collect()
    }

    /// Every label on the samples of a family, the buckets of a histogram left out.
    pub fn labels(&self, family: &str) -> BTreeSet<String> {
        let belongs = |name: &str| {
            name.strip_prefix(family).is_some_and(|rest| matches!(rest, "" | "_bucket" | "_sum" | "_count"))
        };
        let samples = self.samples.iter().filter(|sample| belongs(&sample.name));
        samples.flat_map(|sample| sample.labels.keys().cloned()).filter(|label| label != "le").collect()
    }
}

impl Sample {
    /// `name{label="value",…} 1`; no value of a label holds a quotation mark, as none is anybody's text.
    fn read(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').expect("a series and a value");
        let value = value.parse().expect("a number");
        let Some((name, labels)) = series.split_once('{') else {
            return Self { name: series.to_owned(), labels: BTreeMap::new(), value };
        };
        let labels = labels.strip_suffix('}').expect("labels in braces");
        let labels = labels.split_terminator("\",").map(|label| {
            let (name, value) = label.split_once("=\"").expect("a label and its value");
            (name.to_owned(), value.trim_end_matches('"').to_owned())
        });
        Self { name: name.to_owned(), labels: labels.collect(), value }
    }
}
