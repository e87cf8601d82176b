//! Serves a double until it is interrupted, for clients in other languages, and prints how to reach it.
//!
//! ```sh
//! cargo run -p candour-kurrent-double --example serve -- --tls --user admin:changeit --nodes 3
//! ```
#![expect(clippy::print_stdout, reason = "what it prints is what this program is for")]

use std::error::Error;

use candour_kurrent_double::{Double, Settings, Tls, User};
use clap::Parser;

/// A server that speaks KurrentDB's protocol from memory, for tests. It keeps nothing when it ends.
#[derive(Parser)]
struct Arguments {
    /// Port of the first node, the others following it; 0 for free ones.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// How many nodes there are; the first one leads.
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// Serve TLS, with a certificate for localhost of an authority made for this run.
    #[arg(long)]
    tls: bool,
    /// NAME:PASSWORD of an administrator. Without users everybody may do everything.
    #[arg(long = "user")]
    administrators: Vec<String>,
    /// NAME:PASSWORD of a user in no group.
    #[arg(long = "plain-user")]
    users: Vec<String>,
    /// The version that the nodes give.
    #[arg(long, default_value = "26.1.0")]
    server_version: String,
}

fn split(user: &str) -> Result<(&str, &str), String> {
    user.split_once(':').ok_or_else(|| format!("{user} is not NAME:PASSWORD"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut users = Vec::new();
    for user in &arguments.administrators {
        let (name, password) = split(user)?;
        users.push(User::administrator(name, password));
    }
    for user in &arguments.users {
        let (name, password) = split(user)?;
        users.push(User::new(name, password));
    }
    let double = Double::start(Settings {
        nodes: arguments.nodes,
        host: "localhost".to_owned(),
        version: Some(arguments.server_version),
        tls: if arguments.tls { Tls::On } else { Tls::Off },
        users,
        port: arguments.port,
        ..Settings::default()
    })
    .await?;
    println!("{}", double.connection_string());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
