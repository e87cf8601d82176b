//! The bench works: a smoke run of it measures every figure against this program. Nothing is asserted about speed.

use candour_bench::{Settings, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_smoke_run_measures_every_figure() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        folder: Some(folder.path().to_owned()),
        ..Settings::quick(env!("CARGO_BIN_EXE_candour").into())
    };
    let table = run(&settings).await.unwrap();
    // Seven of commands, two of bulk, one of import, and for each of two sizes five of the store and ten questions.
    assert_eq!(table.rows(), 7 + 2 + 1 + 2 * (5 + 10));
    let shown = table.to_string();
    for what in [
        "reports recorded durably over gRPC, 64 in flight",
        "one durable report at a time",
        "rows imported over gRPC",
        "candour rebuild, all projections",
        "start until health says serving",
        "GetMeasures",
    ] {
        assert!(shown.contains(what), "{what} is missing:\n{shown}");
    }
    assert!(!shown.contains("no answer"), "a question was not answered:\n{shown}");
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "the stores of the bench are left behind"
    );
}
