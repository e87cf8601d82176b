//! What a server answered instead of an answer, in words for whoever runs a command.

use tonic::{Code, Status};
use tonic_types::{ErrorDetail, StatusExt as _};

/// The message, then each field at fault on a line of its own, the reason by which programs tell refusals apart, and what to do where that is
/// not for the server to know.
pub(crate) fn in_words(status: &Status) -> String {
    let mut lines = vec![status.message().to_owned()];
    let mut reason = None;
    for detail in status.get_error_details_vec() {
        match detail {
            ErrorDetail::ErrorInfo(info) => reason = Some(info.reason),
            ErrorDetail::BadRequest(bad) => {
                let of_fields = bad.field_violations.into_iter();
                lines.extend(
                    of_fields.map(|violation| format!("  {}: {}", violation.field, violation.description)),
                );
            }
            _ => {}
        }
    }
    if status.code() == Code::Unauthenticated {
        lines.push("  give the token with --token-file FILE, or in the variable CANDOUR_TOKEN".to_owned());
    }
    lines.push(format!(
        "  ({})",
        [Some(format!("{:?}", status.code())), reason].into_iter().flatten().collect::<Vec<_>>().join(", ")
    ));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use candour_service_kit::{Failure, Violation};

    use super::*;

    #[test]
    fn every_field_at_fault_stands_on_its_own_line_with_the_reason_last() {
        let violation =
            |field: &str| Violation { field: field.to_owned(), description: "is required".to_owned() };
        let failure = Failure::Invalid(vec![violation("report.kind"), violation("report.narrative")]);
        let words = in_words(&Status::from(failure));
        let lines: Vec<&str> = words.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "  report.kind: is required",
                "  report.narrative: is required",
                "  (InvalidArgument, INVALID_FIELDS)"
            ]
        );
    }

    #[test]
    fn whoever_is_not_known_reads_where_a_token_goes() {
        let words = in_words(&Status::unauthenticated("the call came without a token"));
        assert!(words.contains("--token-file") && words.ends_with("(Unauthenticated)"), "{words}");
    }
}
