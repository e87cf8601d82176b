//! `candour call`: any method of a running server, with JSON, so that nobody needs another tool. It knows only what the server says of itself.
//!
//! - [`choice`]: which method is meant.
//! - [`template`]: what a request looks like.

mod choice;
mod template;

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::{Context as _, bail};
use candour_reflection::{DynamicCodec, Reflection, path};
use prost_reflect::{DynamicMessage, MethodDescriptor, SerializeOptions};
use tonic::{Request, client::Grpc, codegen::http::uri::PathAndQuery};

use crate::{
    client::{self, ANSWER_BYTES_MAX, Caller},
    command_line::CallArguments,
    output,
};

/// The most messages that are sent in one call.
const MESSAGES_MAX: usize = 1_000_000;

/// Lists, describes, or calls.
pub(crate) async fn run(arguments: CallArguments) -> anyhow::Result<()> {
    let caller = client::caller(&arguments.server, "demo-patient-safety").await?;
    let reflection = Reflection::of(caller.clone()).await?;
    let Some(name) = &arguments.method else {
        for method in reflection.all_methods() {
            output::line(&choice::line(&method));
        }
        return Ok(());
    };
    let method = choice::method(&reflection, name)?;
    if arguments.template {
        output::line(&template::of(&method.input())?);
        return Ok(());
    }
    let requests = requests(&method, arguments.json.as_deref())?;
    call(caller, &method, requests).await
}

/// The messages to send: one, or one a line where the method takes a stream.
fn requests(method: &MethodDescriptor, json: Option<&str>) -> anyhow::Result<Vec<DynamicMessage>> {
    let text = match json {
        Some("-") => io::read_to_string(io::stdin()).context("standard input")?,
        Some(text) => text.to_owned(),
        None if io::stdin().is_terminal() || !method.is_client_streaming() => "{}".to_owned(),
        None => io::stdin().lock().lines().collect::<Result<Vec<_>, _>>()?.join("\n"),
    };
    let mut found = Vec::new();
    let mut values = serde_json::Deserializer::from_str(&text);
    loop {
        match DynamicMessage::deserialize(method.input(), &mut values) {
            Ok(message) => found.push(message),
            Err(error) if error.is_eof() && !found.is_empty() => break,
            Err(error) => {
                return Err(anyhow::Error::new(error).context(format!(
                    "the request is not a {} in JSON; `candour call {} --template` shows one",
                    method.input().full_name(),
                    path(method)
                )));
            }
        }
        anyhow::ensure!(found.len() <= MESSAGES_MAX, "more than {MESSAGES_MAX} messages in one call");
    }
    if found.len() > 1 && !method.is_client_streaming() {
        bail!("{} takes one message, and {} were given", path(method), found.len());
    }
    Ok(found)
}

async fn call(
    caller: Caller,
    method: &MethodDescriptor,
    requests: Vec<DynamicMessage>,
) -> anyhow::Result<()> {
    let codec = DynamicCodec { answer: method.output() };
    let to = PathAndQuery::try_from(format!("/{}", path(method))).context("the name of the method")?;
    let mut grpc = Grpc::new(caller).max_decoding_message_size(ANSWER_BYTES_MAX);
    grpc.ready().await.context("the connection is gone")?;
    let answers = grpc.streaming(Request::new(tokio_stream::iter(requests)), to, codec).await;
    let mut answers = answers?.into_inner();
    while let Some(answer) = answers.message().await? {
        output::line(&json(&answer, !method.is_server_streaming())?);
    }
    Ok(())
}

/// A message as JSON: over several lines, or on one, as a stream wants it.
fn json(message: &DynamicMessage, pretty: bool) -> anyhow::Result<String> {
    let options = SerializeOptions::new()
        .use_proto_field_name(true)
        .skip_default_fields(false)
        .stringify_64_bit_integers(false);
    let mut bytes = Vec::new();
    if pretty {
        let mut writer = serde_json::Serializer::pretty(&mut bytes);
        message.serialize_with_options(&mut writer, &options)?;
    } else {
        let mut writer = serde_json::Serializer::new(&mut bytes);
        message.serialize_with_options(&mut writer, &options)?;
    }
    String::from_utf8(bytes).context("JSON is UTF-8")
}
