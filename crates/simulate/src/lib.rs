//! A scripted office day with real pictures through the same desk; load and fault runs.
