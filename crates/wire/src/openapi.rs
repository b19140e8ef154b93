//! The API, described for other people's tools (OpenAPI 3.1).

use crate::{
    Activation, ActivationRequest, AdjudicationList, CertificateReply, CertificateRequest, Health,
    LeaseReply, OutcomeList, PacketReply, Problem, ReviewList, ReviewOffer, ReviewReport,
    ReviewWord, ReviewWords, StatusReport, VoidReply, VoidRequest, path, tus,
};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The description served at [`path::OPENAPI`].
pub fn openapi() -> Value {
    let packet = format!("{}/{{id}}", path::PACKETS);
    let upload = format!("{}/{{id}}", path::UPLOADS);
    let paths: Map<String, Value> = [
        (path::HEALTH.to_owned(), health()),
        (path::ACTIVATE.to_owned(), activate()),
        (path::LEASE.to_owned(), lease()),
        (path::UPLOADS.to_owned(), uploads()),
        (upload, one_upload()),
        (packet, one_packet()),
        (path::OUTCOMES.to_owned(), outcomes()),
        (path::ADJUDICATIONS.to_owned(), adjudications()),
        (path::CERTIFICATE.to_owned(), certificate()),
        (path::STATUS.to_owned(), status()),
        (path::VOIDS.to_owned(), voids()),
        (path::REVIEWS.to_owned(), reviews()),
        (format!("{}/{{id}}", path::REVIEWS), one_review()),
        (format!("{}/{{id}}/words", path::REVIEWS), review_words()),
        (
            format!("{}/{{id}}/results", path::REVIEWS),
            review_results(),
        ),
        (path::OPENAPI.to_owned(), description()),
    ]
    .into_iter()
    .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Shanakht centre",
            "version": "1",
            "description": "Registration packets from stations. Every call but activation, health and this description needs the station's TLS client certificate.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}
        },
        "servers": [{"url": "/"}],
        "security": [{"station": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"station": {"type": "mutualTLS", "description": "The certificate that activation gave."}},
            "schemas": schemas()
        }
    })
}

fn health() -> Value {
    json!({"get": {
        "operationId": "health", "summary": "Alive, and the version", "security": [],
        "responses": responses("200", &json_answer("Alive", "Health"))
    }})
}

fn activate() -> Value {
    json!({"post": {
        "operationId": "activate",
        "summary": "A one-time code and a station's keys for a certificate, pinned roots and the first lease",
        "security": [],
        "requestBody": {"required": true, "content": {"application/json": {"schema": reference("ActivationRequest")}}},
        "responses": responses("200", &json_answer("Activated", "Activation"))
    }})
}

fn lease() -> Value {
    let mut answers = responses(
        "200",
        &json_answer("The current signed lease", "LeaseReply"),
    );
    set_header(&mut answers, "200", "ETag", "string");
    answers["304"] = json!({"description": "It is still the one that If-None-Match names"});
    json!({"get": {
        "operationId": "lease", "summary": "The current signed lease",
        "parameters": [header("If-None-Match", false, "string")],
        "responses": answers
    }})
}

fn uploads() -> Value {
    let mut created = responses("201", &json!({"description": "tus 1.0.0: created"}));
    for (name, kind) in [
        ("Location", "string"),
        ("Upload-Offset", "integer"),
        ("Upload-Expires", "string"),
    ] {
        set_header(&mut created, "201", name, kind);
    }
    // The upload that was made, for the calls below it.
    let made = json!({"id": "$response.header.Location#regex:/v1/uploads/(.+)"});
    for operation in ["uploadOffset", "continueUpload", "terminateUpload"] {
        created["201"]["links"][operation] = json!({"operationId": operation, "parameters": made});
    }
    let mut described = responses(
        "204",
        &json!({"description": "tus 1.0.0: versions and extensions"}),
    );
    for name in [
        "Tus-Version",
        "Tus-Extension",
        "Tus-Checksum-Algorithm",
        "Tus-Max-Size",
    ] {
        set_header(&mut described, "204", name, "string");
    }
    json!({
        "post": {
            "operationId": "createUpload",
            "summary": "Begin the upload of a packet; Upload-Metadata carries manifest, statement and decision, each as base64 of the base64 text of its COSE_Sign1 document",
            "parameters": [tus_version(), header("Upload-Length", true, "integer"), header("Upload-Metadata", true, "string"),
                header("Upload-Checksum", false, "string")],
            "requestBody": chunk(false),
            "responses": created
        },
        "options": {"operationId": "describeUploads", "summary": "What of tus the centre speaks", "security": [], "responses": described}
    })
}

fn one_upload() -> Value {
    let mut offset = responses(
        "200",
        &json!({"description": "tus 1.0.0: where the upload stands"}),
    );
    for (name, kind) in [
        ("Upload-Offset", "integer"),
        ("Upload-Length", "integer"),
        ("Upload-Expires", "string"),
    ] {
        set_header(&mut offset, "200", name, kind);
    }
    let mut received = responses("204", &json!({"description": "tus 1.0.0: received"}));
    set_header(&mut received, "204", "Upload-Offset", "integer");
    received[tus::CHECKSUM_MISMATCH.to_string()] = problem("The bytes were damaged on the way");
    json!({
        "parameters": [id()],
        "options": {
            "operationId": "describeUpload", "summary": "What this server speaks", "security": [],
            "responses": {"204": {"description": "tus 1.0.0: versions and extensions"}}
        },
        "head": {"operationId": "uploadOffset", "summary": "Where an upload stands", "parameters": [tus_version()], "responses": offset},
        "patch": {
            "operationId": "continueUpload", "summary": "More bytes of a packet",
            "parameters": [tus_version(), header("Upload-Offset", true, "integer"), header("Upload-Checksum", false, "string")],
            "requestBody": chunk(true),
            "responses": received
        },
        "delete": {
            "operationId": "terminateUpload", "summary": "Forget an upload", "parameters": [tus_version()],
            "responses": responses("204", &json!({"description": "tus 1.0.0: terminated"}))
        }
    })
}

fn one_packet() -> Value {
    json!({"parameters": [id()], "get": {
        "operationId": "packet", "summary": "A packet's state and its signed receipt",
        "parameters": [query("wait_seconds", "Waits so long for the receipt, at most 60")],
        "responses": responses("200", &json_answer("State and receipt", "PacketReply"))
    }})
}

fn outcomes() -> Value {
    json!({"get": {
        "operationId": "outcomes", "summary": "What became of the office's packets",
        "parameters": [query("after", "The cursor of the last outcome that is known"),
            query("wait_seconds", "Waits so long for the next one, at most 60")],
        "responses": responses("200", &json_answer("Outcomes in order of their cursor", "OutcomeList"))
    }})
}

fn adjudications() -> Value {
    json!({"get": {
        "operationId": "adjudications", "summary": "Duplicate suspects among the office's packets",
        "responses": responses("200", &json_answer("Newest first, at most 500", "AdjudicationList"))
    }})
}

fn certificate() -> Value {
    json!({"post": {
        "operationId": "renewCertificate",
        "summary": "A new TLS client certificate before the old one ends, which stays good until then",
        "requestBody": body("CertificateRequest"),
        "responses": responses("200", &json_answer("The new certificate", "CertificateReply"))
    }})
}

fn status() -> Value {
    json!({"post": {
        "operationId": "status", "summary": "What a station says of itself; nothing personal",
        "requestBody": body("StatusReport"),
        "responses": responses("204", &json!({"description": "Kept in place of the one before"}))
    }})
}

fn voids() -> Value {
    json!({"post": {
        "operationId": "void", "summary": "A station's signed word that a packet was damaged before it left, for the receipt that closes its counter",
        "requestBody": body("VoidRequest"),
        "responses": responses("200", &json_answer("The receipt, the same however often it is asked for", "VoidReply"))
    }})
}

fn reviews() -> Value {
    let mut answers = responses(
        "200",
        &json_answer(
            "What waits, is decided, and became of decisions",
            "ReviewList",
        ),
    );
    set_header(&mut answers, "200", "ETag", "string");
    answers["304"] = json!({"description": "It is still what If-None-Match names"});
    json!({
        "get": {
            "operationId": "reviews", "summary": "What waits for review at the office's other stations, and the state of one's own",
            "parameters": [header("If-None-Match", false, "string")],
            "responses": answers
        },
        "post": {
            "operationId": "offerReview", "summary": "An application that waits for review, sealed to the office's supervisors",
            "requestBody": body("ReviewOffer"),
            "responses": responses("204", &json!({"description": "Kept in place of an older copy"}))
        }
    })
}

fn one_review() -> Value {
    json!({"parameters": [id()], "get": {
        "operationId": "review", "summary": "A sealed review copy with its documents; the id is the packet's digest in hexadecimal",
        "responses": responses("200", &json_answer("The copy as its station offered it", "ReviewOffer"))
    }})
}

fn review_words() -> Value {
    json!({
        "parameters": [id()],
        "get": {
            "operationId": "reviewWords", "summary": "Decisions made elsewhere about one's own review, the first first",
            "responses": responses("200", &json_answer("Those without a result", "ReviewWords"))
        },
        "post": {
            "operationId": "decideReview", "summary": "A supervisor's decision about a review of another station of the office",
            "requestBody": body("ReviewWord"),
            "responses": responses("204", &json!({"description": "Kept for the station that holds the packet"}))
        }
    })
}

fn review_results() -> Value {
    json!({"parameters": [id()], "post": {
        "operationId": "reviewResults", "summary": "What the station that holds the packet made of the decisions, and whether the review is over",
        "requestBody": body("ReviewReport"),
        "responses": responses("204", &json!({"description": "Noted; of a review that is over nothing sealed is kept"}))
    }})
}

fn body(schema: &str) -> Value {
    json!({"required": true, "content": {"application/json": {"schema": reference(schema)}}})
}

fn description() -> Value {
    json!({"get": {
        "operationId": "openapi", "summary": "This description", "security": [],
        "responses": {"200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}}
    }})
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn json_answer(text: &str, schema: &str) -> Value {
    json!({"description": text, "content": {"application/json": {"schema": reference(schema)}}})
}

fn problem(text: &str) -> Value {
    json!({"description": text, "content": {"application/problem+json": {"schema": reference("Problem")}}})
}

fn responses(status: &str, answer: &Value) -> Value {
    json!({status: answer, "default": problem("Problem details (RFC 9457)")})
}

fn set_header(responses: &mut Value, status: &str, name: &str, kind: &str) {
    responses[status]["headers"][name] = json!({"schema": {"type": kind}});
}

fn header(name: &str, required: bool, kind: &str) -> Value {
    json!({"name": name, "in": "header", "required": required, "schema": {"type": kind}})
}

fn tus_version() -> Value {
    json!({"name": "Tus-Resumable", "in": "header", "required": true, "schema": {"type": "string", "const": tus::VERSION}})
}

fn id() -> Value {
    json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}})
}

fn query(name: &str, text: &str) -> Value {
    json!({"name": name, "in": "query", "description": text, "schema": {"type": "integer", "minimum": 0}})
}

fn chunk(required: bool) -> Value {
    json!({"required": required, "content": {tus::CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}}})
}

/// The types of this crate, by their names.
fn schemas() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.definitions_path = "/components/schemas".into();
        s.meta_schema = None;
    });
    let mut made = settings.into_generator();
    macro_rules! types {
        ($($type:ty),+ $(,)?) => { $( made.subschema_for::<$type>(); )+ };
    }
    types!(
        Problem,
        Health,
        ActivationRequest,
        Activation,
        LeaseReply,
        CertificateRequest,
        CertificateReply,
        StatusReport,
        VoidRequest,
        VoidReply,
        PacketReply,
        OutcomeList,
        AdjudicationList,
        ReviewOffer,
        ReviewList,
        ReviewWord,
        ReviewWords,
        ReviewReport,
    );
    Value::Object(made.take_definitions(true))
}
