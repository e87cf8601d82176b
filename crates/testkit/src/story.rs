//! One story in which every method of the API is called with success at least once.
//!
//! Days are days of March 2025, so that rules about days are met whenever the tests run. Each request is kept: as the example of a valid
//! request of its method, and as what was entered.

mod candour;
mod import;
mod incident;
mod learning;
mod reporter;

use prost::Message;

use crate::{connection::Connection, request::Requests};

/// A request that was answered with success.
#[derive(Clone, Debug)]
pub struct Example {
    /// The method, such as `IncidentService/ReportIncident`.
    pub method: &'static str,
    /// The request, encoded.
    pub request: Vec<u8>,
    /// The answer, encoded.
    pub answer: Vec<u8>,
}

/// What was told, and the ids that came of it.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// Every request in the order sent.
    pub examples: Vec<Example>,
    /// The incident that most of the story is about: a confidential reporter, three affected persons.
    pub incident_id: String,
    /// Its duty of candour cases and affected persons: notified in full; not notifiable; left, reopened and exempted.
    pub cases: Vec<Case>,
    /// An incident with an anonymous reporter, linked as a duplicate; its reporter has a return channel and opted out.
    pub duplicate_id: String,
    /// An incident recorded in error.
    pub error_id: String,
    /// The receipt code that the anonymous reporter was handed.
    pub receipt_code: String,
    /// The learning response.
    pub response_id: String,
    /// Its recommendations: accepted; rejected.
    pub recommendation_ids: Vec<String>,
    /// Its actions: verified and closed; superseded; withdrawn; risk accepted.
    pub action_ids: Vec<String>,
    /// The position after the last command.
    pub position: String,
}

/// A duty of candour case.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// The case.
    pub case_id: String,
    /// Its affected person.
    pub affected_person_id: String,
}

/// What a personal text says; given the path of its field.
pub type Personal<'a> = &'a (dyn Fn(&str) -> String + Sync);

impl Story {
    /// Tells it to a server. `personal` gives the text of each field that holds personal data.
    pub async fn tell(connection: &Connection, requests: &Requests, personal: Personal<'_>) -> Self {
        let mut telling = Telling { connection, requests, personal, story: Self::default() };
        telling.incidents().await;
        telling.reporters().await;
        telling.candour().await;
        telling.learning().await;
        telling.imports().await;
        telling.endings().await;
        telling.questions().await;
        telling.story
    }

    /// The last example of a method.
    pub fn example(&self, method: &str) -> Option<&Example> {
        self.examples.iter().rfind(|example| example.method == method)
    }
}

/// The story while it is told.
struct Telling<'a> {
    connection: &'a Connection,
    requests: &'a Requests,
    personal: Personal<'a>,
    story: Story,
}

impl Telling<'_> {
    async fn call<Q, A>(&mut self, method: &'static str, request: Q) -> A
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let bytes = request.encode_to_vec();
        let answer: A = match self.connection.call(method, request).await {
            Ok(answer) => answer,
            Err(status) => {
                panic!("{method} must be answered, but was refused: {} {}", status.code(), status.message())
            }
        };
        self.story.examples.push(Example { method, request: bytes, answer: answer.encode_to_vec() });
        answer
    }

    /// Calls a method that answers with a stream; the example holds its first message.
    async fn first<Q, A>(&mut self, method: &'static str, request: Q)
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
    {
        let codec = tonic_prost::ProstCodec::<Q, A>::default();
        let path = format!("candour.v1.{method}");
        let answer = self.connection.first(&path, request.clone(), codec).await;
        let answer = answer.unwrap_or_else(|status| panic!("{method} must be answered: {status}"));
        let (request, answer) = (request.encode_to_vec(), answer.encode_to_vec());
        self.story.examples.push(Example { method, request, answer });
    }

    fn personal(&self, path: &str) -> String {
        (self.personal)(path)
    }

    fn case(&self, index: usize) -> Case {
        self.story.cases[index].clone()
    }
}
