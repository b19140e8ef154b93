//! The centre's API: serde types shared by client and server, and its OpenAPI.
