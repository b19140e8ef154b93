//! How values of other crates look on the wire, for the description of the API.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// Gives a form its description.
macro_rules! shape {
    ($(#[$doc:meta])* $name:ident: $($schema:tt)+) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($($schema)+)
            }
        }
    };
}

shape! {
    /// A packet's id.
    Uuid: { "type": "string", "format": "uuid", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$" }
}
shape! {
    /// A digest or a public key.
    Hex: { "type": "string", "pattern": "^[0-9a-f]{64}$" }
}
shape! {
    /// A time.
    Millis: { "type": "integer", "description": "Milliseconds since 1970-01-01T00:00Z" }
}
shape! {
    /// A station's or a member of staff's name.
    Name: { "type": "string", "minLength": 1 }
}
shape! {
    /// A signed document.
    Cose: { "type": "string", "contentEncoding": "base64", "description": "A COSE_Sign1 document" }
}
shape! {
    /// An envelope.
    Age: { "type": "string", "contentEncoding": "base64", "description": "An age file" }
}
shape! {
    /// Where a packet is.
    State: { "type": "string", "enum": ["receiving", "received", "accepted", "quarantined"] }
}
shape! {
    /// What became of a decision.
    Result: { "type": "string", "enum": ["taken", "late", "refused", "unknown"] }
}

/// One line of an office's outcomes.
#[derive(JsonSchema)]
#[schemars(rename = "Outcome")]
#[allow(dead_code, reason = "it describes domain::Outcome, and is never made")]
pub(crate) struct Outcome {
    /// Rises by one with every outcome of the centre.
    cursor: i64,
    #[schemars(with = "Uuid")]
    packet: (),
    /// `registered`, `duplicate_suspected`, `quarantined`, or what a later centre says.
    kind: String,
    /// The reason's key, where there is one.
    reason: Option<String>,
    #[schemars(with = "Millis")]
    at: (),
}
