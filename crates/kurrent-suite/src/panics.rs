//! A panic is how a check says what does not hold. Its words are kept for the report instead of being printed at once.

use std::{
    any::Any,
    sync::{Mutex, PoisonError},
};

/// The words of the panics since they were last taken, each with its place.
static KEPT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps the words of every panic from now on.
pub(crate) fn keep() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // Checks run on the threads of the runtime; a panic of the program itself is a defect and printed.
        if std::thread::current().name() == Some("main") {
            return print(panic);
        }
        let place = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line())).unwrap_or_default();
        let words = words_of(panic.payload());
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{words}{place}"));
    }));
}

/// Takes what was kept. The client of KurrentDB may panic by itself and be survived, so that not every panic means a failure.
pub(crate) fn take() -> Vec<String> {
    std::mem::take(&mut *KEPT.lock().unwrap_or_else(PoisonError::into_inner))
}

fn words_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}
