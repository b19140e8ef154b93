//! The API, described for other people's tools (OpenAPI 3.1).

use crate::path;
use serde_json::{Value, json};

/// The description served at [`path::OPENAPI`].
pub fn openapi() -> Value {
    let packet = format!("{}/{{id}}", path::PACKETS);
    let upload = format!("{}/{{id}}", path::UPLOADS);
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let problem = json!({"description": "Problem details (RFC 9457)", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}});
    let done = |text: &str| json!({"description": text});
    let object = |text: &str| json!({"description": text, "content": {"application/json": {"schema": {"type": "object"}}}});
    let query = |names: &[&str]| -> Value {
        names
            .iter()
            .map(|n| json!({"name": n, "in": "query", "schema": {"type": "integer"}}))
            .collect()
    };
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Shanakht centre", "version": "1"},
        "paths": {
            path::HEALTH: {"get": {"operationId": "health", "responses": {"200": object("Alive"), "default": problem}}},
            path::ACTIVATE: {"post": {"operationId": "activate",
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"200": object("Certificate, roots and first lease"), "default": problem}}},
            path::LEASE: {"get": {"operationId": "lease", "responses": {"200": object("The current signed lease"), "304": done("Not modified"), "default": problem}}},
            path::UPLOADS: {
                "post": {"operationId": "createUpload", "responses": {"201": done("tus 1.0.0: created"), "default": problem}},
                "options": {"operationId": "describeUploads", "responses": {"204": done("tus 1.0.0: versions and extensions")}}},
            upload: {
                "parameters": id,
                "head": {"operationId": "uploadOffset", "responses": {"200": done("tus 1.0.0: offset"), "default": problem}},
                "patch": {"operationId": "continueUpload", "responses": {"204": done("tus 1.0.0: received"), "default": problem}},
                "delete": {"operationId": "terminateUpload", "responses": {"204": done("tus 1.0.0: terminated"), "default": problem}}},
            packet: {"parameters": id, "get": {"operationId": "packet", "parameters": query(&["wait_seconds"]), "responses": {"200": object("State and receipt"), "default": problem}}},
            path::OUTCOMES: {"get": {"operationId": "outcomes", "parameters": query(&["after", "wait_seconds"]), "responses": {"200": object("Outcomes of the office's packets"), "default": problem}}},
            path::ADJUDICATIONS: {"get": {"operationId": "adjudications", "responses": {"200": object("Duplicate suspects"), "default": problem}}},
            path::OPENAPI: {"get": {"operationId": "openapi", "responses": {"200": object("This description")}}}
        },
        "components": {"schemas": {"Problem": {"type": "object", "required": ["type", "title", "status"], "properties": {
            "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}}}}}
    })
}
