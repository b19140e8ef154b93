//! Nothing personal is in the centre's log, however talkative it is asked to be.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/replica.rs"]
mod replica;
mod support;

use base64::Engine;
use domain::Cnic;
use replica::Replica;
use support::packet::Plan;
use support::receiving;
use wire::path;

#[tokio::test(flavor = "multi_thread")]
async fn the_most_talkative_log_holds_nothing_personal() {
    let centre = receiving();
    let station = centre.station().await;
    let mut plan = Plan::new(1, None);
    plan.application = Box::new(|application| {
        application.details.cnic = Some(Cnic::parse("35202-1234567-8").unwrap());
    });
    let packet = plan.make(&station.signers);
    let mut talkative = Replica::start(&centre, "talkative", &[], Some("trace"));
    let sent = station
        .client
        .post(format!("{}{}", talkative.url, path::UPLOADS))
        .header("tus-resumable", "1.0.0")
        .header("upload-length", packet.sealed.len())
        .header("upload-metadata", packet.metadata())
        .header("content-type", "application/offset+octet-stream")
        .body(packet.sealed.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 201);
    centre.until(|c| c.figures().jobs_open == 0).await;
    assert_eq!(centre.figures().effects, 1);
    let log = talkative.everything();
    assert!(log.contains("packet settled"), "nothing was logged:\n{log}");
    let middle = |bytes: &[u8]| bytes[bytes.len() / 2..][..12].to_vec();
    let (portrait, template) = (middle(&plan.portrait), middle(&plan.template));
    let mut personal = vec!["Zainab".to_owned(), "زینب".to_owned(), "ملتان".to_owned()];
    personal.extend(["35202-1234567-8", "3520212345678", "1970"].map(str::to_owned));
    for bytes in [portrait, template] {
        let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
        personal.push(numbers.join(", "));
        personal.push(hex::encode(&bytes));
        personal.push(base64::engine::general_purpose::STANDARD.encode(&bytes[..9]));
    }
    for text in personal {
        assert!(!log.contains(&text), "{text:?} is in the log");
    }
}
