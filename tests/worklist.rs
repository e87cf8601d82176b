//! What is to be done, from the worked example of the domain rules (§6.1) as of 30 June 2026: through gRPC, and as a newcomer sees it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::fmt::Write as _;

use candour_api::v1;
use candour_testkit::{Program, Server};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

/// Every item with a due date: what it is about, what is to be done, by when, and the days it is overdue.
const DUE: &str = "\
A8 implementation 2025-12-31 181
A5 implementation 2026-03-31 91
P13 outcome to reporter 2026-04-07 84
N7 left under 20 5 2026-05-20 41
N8 exempted locally 2026-05-28 33
A4 verification 2026-05-31 30
N3 first notification 2026-06-02 28
N10 candour decision 2026-06-11 19
A1 effectiveness review 2026-06-16 14
N3 written notification 2026-06-16 14
P7 outcome to reporter 2026-06-18 12
N2 enquiry results 2026-06-19 11
P8 progress 2026-06-27 3
N11 candour decision 2026-07-02
N5 first notification 2026-07-06
P7 progress 2026-07-12
N5 written notification 2026-07-20
P8 outcome to reporter 2026-08-03
A2 effectiveness review 2026-08-11
A3 effectiveness review 2026-08-18
A6 implementation 2026-09-30";

/// Every item that no ground sets a day for.
const UNDATED: &str = "\
A7 implementation
N3 enquiry results
N4 left under 20 5
N5 enquiry results
RC7 action to agree
RC8 recommendation answer";

async fn items(server: &Server, request: v1::ListWorkItemsRequest) -> Vec<v1::WorkItem> {
    let as_of = Some(v1::Date { year: 2026, month: 6, day: 30 });
    let query = Some(v1::QueryContext { as_of, ..Default::default() });
    let mut clients = server.clients("demo-governance").await;
    let request = v1::ListWorkItemsRequest { query, ..request };
    clients.insight.list_work_items(request).await.unwrap().into_inner().items
}

fn line(item: &v1::WorkItem) -> String {
    let kind = item.kind().as_str_name().trim_start_matches("WORK_KIND_").to_lowercase().replace('_', " ");
    let mut line = format!("{} {kind}", item.reference);
    if let Some(date) = item.due.as_ref().and_then(|due| due.date) {
        write!(line, " {:04}-{:02}-{:02}", date.year, date.month, date.day).unwrap();
    }
    if let Some(days) = item.days_overdue {
        write!(line, " {days}").unwrap();
    }
    line
}

#[tokio::test]
async fn section_6_1_as_a_worklist_the_most_overdue_first_each_with_its_grounds_and_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::demo(BINARY, folder.path());
    let items = items(&server, v1::ListWorkItemsRequest::default()).await;
    let dated = items.iter().take_while(|item| item.due.is_some()).count();
    // Of two that are due on one day, the one recorded first comes first; here the order of the list says which that is.
    let mut found: Vec<String> = items[..dated].iter().map(line).collect();
    assert!(found[8..10].iter().all(|line| line.ends_with(" 2026-06-16 14")), "{found:#?}");
    found[8..10].sort();
    assert_eq!(found, DUE.lines().collect::<Vec<_>>());
    let mut undated: Vec<String> = items[dated..].iter().map(line).collect();
    undated.sort();
    assert_eq!(undated, UNDATED.lines().collect::<Vec<_>>());

    let item = |start: &str| items.iter().find(|item| line(item).starts_with(start)).unwrap();
    // Law, contract and local default are three facts: the statute sets no number.
    let notification = item("N3 first notification");
    let grounds: Vec<_> =
        notification.deadlines.iter().map(|ground| (ground.basis(), ground.due.is_some())).collect();
    let expected = [(v1::Basis::Law, false), (v1::Basis::Contract, true), (v1::Basis::LocalDefault, true)];
    assert_eq!(grounds, expected);
    for missing in
        ["an apology (20(3)(d))", "an account of the facts known (20(3)(b))", "a written record (20(3)(e))"]
    {
        assert!(notification.missing.iter().any(|found| found == missing), "{:?}", notification.missing);
    }
    // E-13: recognised late, N6 would not be due by the clock from the report; here it is done and on no list.
    assert!(items.iter().all(|item| item.reference != "N6"));
    // Left after its due date: still overdue, and the reason for the exemption beside it.
    assert!(!item("N8 exempted locally").reason.is_empty());
    assert_eq!(
        item("N7 left under 20 5").next_step,
        "keep the record of attempts; take the case up again if the person agrees to talk"
    );
    // ACT-1 and ACT-4.
    assert!(item("A7").missing.iter().any(|missing| missing == "a target date"), "{:?}", item("A7").missing);
    assert!(item("A5").detail.contains("moved to 2026-07-31 after it had passed"), "{}", item("A5").detail);
    assert!(item("A8").stalled && !item("P8 progress").stalled);
    for item in &items {
        assert!(!item.next_step.is_empty() && !item.evidence_event_ids.is_empty(), "{item:?}");
    }
}

/// What `show worklist` prints below its heading.
const WORST: &str = "
1. A8: an action is to be implemented
   due:        2025-12-31, OVERDUE by 181 days
   ground:     2025-12-31 by local default: the action's own effective target
   whose:      matron, Ward 7
   stands:     agreed 2025-10-01, open
   STALLED:    nothing was recorded about it for too long
   missing:    a report that it is implemented, with evidence (ACT-3)
   do next:    implement it and report that with evidence, or say that it is withdrawn and why

2. A5: an action is to be implemented
   due:        2026-03-31, OVERDUE by 91 days
   ground:     2026-03-31 by local default: the action's own effective target
   whose:      matron, Ward 7
   stands:     agreed 2026-02-02, open; the target was moved to 2026-07-31 after it had passed
   STALLED:    nothing was recorded about it for too long
   missing:    a report that it is implemented, with evidence (ACT-3)
   do next:    implement it and report that with evidence, or say that it is withdrawn and why

3. P13: a reporter is to be told the outcome
   due:        2026-04-07, OVERDUE by 84 days
   ground:     2026-04-07 by local default: the earlier of 10 working days after closure and 90 days after the report
   whose:      Ward 7 (nobody's role is on record)
   stands:     reported 2026-02-10; left 2026-05-01, after its due date
   missing:    what was found; what changed, or why nothing did
   reason:     Two e-mails were returned and the extension is no longer in use.
   do next:    left after its due date: try another way to tell the outcome

  There are more than 3: ask for more with --rows, or for fewer with a filter.
";

#[tokio::test]
async fn a_newcomer_sees_the_three_worst_overdue_things_at_the_top() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::demo(BINARY, folder.path());
    let address = format!("http://{}", server.address());
    let finished = tokio::task::spawn_blocking(move || {
        let shown = ["show", "worklist", "--server", &address, "--as-of", "2026-06-30", "--rows", "3"];
        Program::new(BINARY).run(&shown)
    })
    .await
    .unwrap();
    assert!(finished.code == Some(0), "{finished:?}");
    let (_, shown) = finished.stdout.split_once(")\n").unwrap();
    assert_eq!(shown, WORST);
}
