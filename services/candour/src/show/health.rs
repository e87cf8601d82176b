//! `show health`: whether the server serves, as it tells anybody, without a token.

use anyhow::{Context as _, ensure};
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, health_client::HealthClient},
};

use crate::{
    client::{self, ServerArguments},
    output,
    server::health,
};

/// Prints how the whole server and each part stands; fails unless the whole server serves.
pub(super) async fn print(arguments: &ServerArguments) -> anyhow::Result<()> {
    let mut client = HealthClient::new(client::anonymous(arguments).await?);
    let mut serves = false;
    for name in [""].into_iter().chain(health::parts()) {
        let request = HealthCheckRequest { service: name.to_owned() };
        let answer = client.check(request).await.context("the server does not say how it is")?.into_inner();
        let is_serving = answer.status == ServingStatus::Serving as i32;
        let word = if is_serving { "serving" } else { "NOT SERVING" };
        output::line(&format!("{word:<13}{}", if name.is_empty() { "the whole server" } else { name }));
        serves |= name.is_empty() && is_serving;
    }
    ensure!(serves, "the server does not serve; its log lines say why");
    Ok(())
}
