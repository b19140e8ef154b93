//! The reference central store: ingest, records, gallery, adjudication.
