//! `candour show`: the answers as tables, from a running server. Data goes to standard output.

mod changes;
mod health;
mod lists;
mod measures;
pub(crate) mod table;
mod worklist;

use candour_api::v1;

use crate::{
    client::Clients,
    command_line::{ShowArguments, What},
};

/// Prints what was asked for.
pub(crate) async fn run(arguments: ShowArguments) -> anyhow::Result<()> {
    if arguments.what == What::Health {
        // Anybody may ask.
        return health::print(&arguments.server).await;
    }
    let mut clients = Clients::connect(&arguments.server, "demo-governance").await?;
    let question = Question {
        as_of: arguments.as_of,
        from: arguments.from,
        until: arguments.until,
        min_position: String::new(),
    };
    match arguments.what {
        What::All => {
            three_answers(&mut clients, &question).await?;
            measures::print(&mut clients, &[question], measures::UNITS).await
        }
        What::Recommendations => lists::recommendations(&mut clients, &question).await,
        What::Actions => lists::actions(&mut clients, &question).await,
        What::Reporters => lists::reporters(&mut clients, &question).await,
        What::Candour => lists::candour_cases(&mut clients, &question).await,
        What::Measures => measures::print(&mut clients, &[question], measures::UNITS).await,
        What::Timeline => {
            lists::timeline(&mut clients, &question, arguments.incident.unwrap_or_default()).await
        }
        What::Health => Ok(()),
        What::Status => lists::status(&mut clients).await,
        What::Worklist => worklist::print(&mut clients, &question, &arguments.worklist).await,
        What::Changes => changes::print(&mut clients, &arguments.changes).await,
    }
}

/// What a table is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    pub(crate) as_of: Option<jiff::civil::Date>,
    pub(crate) from: Option<jiff::civil::Date>,
    pub(crate) until: Option<jiff::civil::Date>,
    pub(crate) min_position: String,
}

impl Question {
    /// The part that every query carries.
    pub(crate) fn context(&self) -> v1::QueryContext {
        v1::QueryContext {
            as_of: self.as_of.map(candour_service_kit::wire::date),
            min_position: self.min_position.clone(),
            place: None,
        }
    }
}

/// The three answers that Candour exists for.
pub(crate) async fn three_answers(clients: &mut Clients, question: &Question) -> anyhow::Result<()> {
    lists::recommendations(clients, question).await?;
    lists::actions(clients, question).await?;
    lists::reporters(clients, question).await?;
    lists::candour_cases(clients, question).await
}

/// The figures, one column for each question.
pub(crate) async fn measures(clients: &mut Clients, questions: &[Question]) -> anyhow::Result<()> {
    measures::print(clients, questions, measures::UNITS).await
}

/// The figures alone, without the references behind them.
pub(crate) async fn figures(clients: &mut Clients, question: Question) -> anyhow::Result<()> {
    measures::print(clients, &[question], 0).await
}
