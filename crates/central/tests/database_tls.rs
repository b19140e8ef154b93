//! The database over TLS: verified, or not at all.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::{Centre, CentreError, CentreOptions, Cluster, DatabaseChoice};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::path::{Path, PathBuf};
use support::packet::{Plan, models};
use support::{TestCentre, sql};
use wire::PacketState;

/// An authority, in a file.
struct Ca {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

fn ca(folder: &Path, name: &str) -> Ca {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = params.self_signed(&key).unwrap().pem();
    let file = folder.join(name);
    std::fs::write(&file, &pem).unwrap();
    Ca {
        issuer: Issuer::new(params, key),
        file,
    }
}

/// The server begins to speak TLS, with a certificate for that host.
async fn speak_tls(server: &str, ca: &Ca, host: &str) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ca.issuer).unwrap().pem();
    for (name, pem) in [
        ("server.crt", certificate),
        ("server.key", key.serialize_pem()),
    ] {
        // Written by the server itself, into its own folder.
        let write = format!(
            "copy (select unnest(string_to_array('{}', E'\\n'))) to program 'umask 077; cat > {name}'",
            pem.trim()
        );
        sql(server, &write).await;
    }
    sql(server, "alter system set ssl = on").await;
    sql(server, "select pg_reload_conf()").await;
}

fn url(server: &str, database: &str, more: &str) -> String {
    let (user, place) = server.split_once('@').unwrap();
    let port = place.split(['/', ':']).nth(1).unwrap();
    format!("{user}@localhost:{port}/{database}?{more}")
}

fn start(database: String) -> Result<TestCentre, CentreError> {
    let folder = tempfile::tempdir().unwrap();
    let options = CentreOptions {
        database: DatabaseChoice::Url(database.clone()),
        ..CentreOptions::development(folder.path(), models())
    };
    let centre = tokio::task::block_in_place(|| Centre::start(options))?;
    Ok(TestCentre {
        centre,
        folder,
        database,
        version: wire::VERSION,
    })
}

/// Connections of the centre to the server: all, and those under TLS.
async fn connections(server: &str) -> (i64, i64) {
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let text = "select count(*), count(*) filter (where s.ssl and s.version = 'TLSv1.3')
                from pg_stat_ssl s join pg_stat_activity a using (pid) where a.application_name = 'shanakht-centre'";
    let row = client.query_one(text, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_connection_is_under_tls_with_the_right_authority_and_there_is_none_with_another() {
    let cluster = Cluster::throwaway().unwrap();
    let server = cluster.url("postgres");
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (
        ca(folder.path(), "ours.pem"),
        ca(folder.path(), "theirs.pem"),
    );
    let verified = |ca: &Ca| format!("sslmode=verify-full&sslrootcert={}", ca.file.display());
    let refused = |url: String| match start(url) {
        Err(CentreError::Database(why)) => why,
        other => panic!("{:?}", other.map(|_| ())),
    };
    // Not a word without TLS where the server has none.
    refused(url(&server, "none", &verified(&ours)));
    speak_tls(&server, &ours, "localhost").await;
    let centre = start(url(&server, "tls", &verified(&ours))).unwrap();
    let station = centre.station().await;
    let packet = Plan::new(1, None).make(&station.signers);
    assert_eq!(
        centre.settle(&station, &packet).await.0,
        PacketState::Accepted
    );
    let (all, under_tls) = connections(&server).await;
    assert!(
        all > 0 && all == under_tls,
        "{all} connections, {under_tls} under TLS"
    );
    centre.stopped();
    // The database stands; whoever else has that address does not get a password.
    refused(url(&server, "tls", &verified(&theirs)));
    speak_tls(&server, &ours, "db.example").await;
    refused(url(&server, "tls", &verified(&ours)));
    assert_eq!(connections(&server).await.0, 0);
}
