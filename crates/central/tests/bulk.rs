//! Records that the authority had before: signed batches, taken once, going on where they stopped.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::bulk::{self, Batch};
use domain::{ApplicationKind, CaseKind, Cnic, OperatorRole};
use envelope::Digest;
use std::path::Path;
use support::operators::{Operator, introduced, open, root_in, two};
use support::packet::{Packet, Plan, models};
use support::{Station, TestCentre};

const HEADING: &str = "number,name_latin,name_urdu,father_latin,father_urdu,born,gender,address,region,taken_year,portrait,sha256";

/// A face record of ISO/IEC 19794-5 with one feature point.
fn face_record(jpeg: &[u8]) -> Vec<u8> {
    let block = (20 + 8 + 12 + jpeg.len()) as u32;
    let mut bytes = b"FAC\x00010\x00".to_vec();
    bytes.extend((block + 14).to_be_bytes());
    bytes.extend(1_u16.to_be_bytes());
    bytes.extend(block.to_be_bytes());
    bytes.extend(1_u16.to_be_bytes());
    bytes.extend([0; 14 + 8]);
    bytes.extend([1, 0]);
    bytes.extend([0; 10]);
    bytes.extend(jpeg);
    bytes
}

fn row(number: &str, gender: &str, region: &str, year: u16, file: &str, bytes: &[u8]) -> String {
    let digest = Digest::of(bytes);
    format!(
        "{number},Barack Noor,نور احمد,Noor Ahmed,نور احمد,04/08/1961,{gender},\"مکان 1، ملتان\",{region},{year},{file},{digest}"
    )
}

/// A batch of 26 records: two faces, one of them in a face record, pictures of nobody, and rows that are none.
fn batch(folder: &Path) -> Batch {
    let portraits = folder.join("portraits");
    std::fs::create_dir(&portraits).unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(portraits.join(name), bytes).unwrap();
    let picture = |name: &str| std::fs::read(models().join("../pictures").join(name)).unwrap();
    let grey = face::Picture::from_rgb(320, 400, vec![128; 320 * 400 * 3])
        .unwrap()
        .encode_jpeg(90);
    let (obama, biden) = (picture("obama.jpg"), face_record(&picture("biden.jpg")));
    put("1.jpg", &obama);
    put("2.fac", &biden);
    put("3.jpg", &grey);
    let mut rows = vec![
        HEADING.to_owned(),
        row("35202-1234567-7", "male", "PB", 2014, "1.jpg", &obama),
        row("35202-1234568-7", "male", "SD", 2009, "2.fac", &biden),
        // The picture is another than the list says; a path; a number twice; no number; a woman's digit; too few columns.
        row("35202-1234569-7", "male", "PB", 2009, "1.jpg", b"another"),
        row("35202-1234570-7", "male", "PB", 2009, "../1.jpg", &obama),
        row("35202-1234567-7", "male", "PB", 2014, "1.jpg", &obama),
        row("35202", "male", "PB", 2014, "1.jpg", &obama),
        row("35202-1234571-8", "male", "PB", 2014, "1.jpg", &obama),
        "35202-1234572-7,too few".to_owned(),
    ];
    for n in 0..18 {
        let number = format!("35202-20000{n:02}-8");
        rows.push(row(&number, "female", "SD", 2009, "3.jpg", &grey));
    }
    std::fs::write(folder.join("records.csv"), rows.join("\n")).unwrap();
    Batch::open(folder).unwrap()
}

fn sign(centre: &TestCentre, batch: &Batch, who: &Operator) -> Option<bool> {
    let (batch, name, key) = (batch.clone(), who.name.clone(), who.key.clone());
    centre.act(async move |store| Ok(bulk::sign(&store, &batch, (&name, &key)).await.ok()))
}

fn take(centre: &TestCentre, batch: &Batch) -> Result<u64, central::CentreError> {
    let batch = batch.clone();
    centre.act(async move |store| Ok(bulk::take(&store, &batch, &models(), "it").await))
}

async fn renewal(
    centre: &TestCentre,
    station: &Station,
    plan: Plan,
    number: &'static str,
) -> Packet {
    let plan = Plan {
        application: Box::new(move |application| {
            application.kind = ApplicationKind::Renewal;
            application.details.cnic = Some(Cnic::parse(number).unwrap());
            application.details.gender = domain::Gender::Male;
        }),
        ..plan
    };
    let packet = plan.make(&station.signers);
    let (state, reason) = centre.settle(station, &packet).await;
    assert_eq!((state, reason), (wire::PacketState::Accepted, None));
    centre.until(|c| c.figures().jobs_open == 0).await;
    packet
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_batch_is_taken_once_goes_on_after_a_failure_and_says_what_failed() {
    let centre = support::centre();
    let folder = tempfile::tempdir().unwrap();
    let batch = batch(folder.path());
    let operators = two(&centre);
    let root = root_in(&centre.folder.path().join("keys"));
    let it = introduced(&centre, &root, "imran", OperatorRole::It);
    assert_eq!(sign(&centre, &batch, &it), None, "IT signs no batch");
    assert!(take(&centre, &batch).is_err(), "nobody has signed it");
    assert_eq!(sign(&centre, &batch, &operators[0]), Some(false));
    assert_eq!(
        sign(&centre, &batch, &operators[0]),
        Some(false),
        "one person twice"
    );
    assert!(take(&centre, &batch).is_err(), "one has signed it");
    assert_eq!(sign(&centre, &batch, &operators[1]), Some(true));
    // The database gives up in the second step.
    centre
        .sql(
            "create function stop() returns trigger as $$ begin raise exception 'stop'; end $$ language plpgsql;
             create trigger stop before insert on import_row for each row when (new.line = 24) execute function stop()",
        )
        .await;
    assert!(take(&centre, &batch).is_err());
    assert_eq!(centre.count("select count(*) from import_row").await, 20);
    centre.sql("drop trigger stop on import_row").await;
    assert_eq!(take(&centre, &batch).unwrap(), 6);
    assert_eq!(take(&centre, &batch).unwrap(), 0);
    assert_eq!(centre.count("select count(*) from person").await, 22);
    let report = {
        let batch = batch.clone();
        centre.act(async move |store| bulk::report(&store, &batch).await)
    };
    let all = &report.all;
    assert_eq!(
        (
            report.of,
            all.rows,
            all.imported,
            all.no_reference,
            all.refused
        ),
        (26, 26, 2, 20, 4)
    );
    assert!((all.failure - 20.0 / 22.0).abs() < 1e-9);
    assert_eq!(
        (
            report.by_sex["female"].no_reference,
            report.by_region["PB"].imported
        ),
        (18, 1)
    );
    assert_eq!(
        (
            report.by_year["2014"].imported,
            report.by_year["2009"].no_reference
        ),
        (1, 20)
    );
    let why: Vec<&str> = report
        .listed
        .iter()
        .take(7)
        .map(|(_, why)| why.as_str())
        .collect();
    let expected = [
        "no-reference:digest",
        "no-reference:portrait-name",
        "refused:number-known",
        "refused:number",
        "refused:gender-digit",
        "refused:columns",
        "no-reference:portrait-face",
    ];
    assert_eq!(why, expected);

    assert_eq!(support::operators::unfounded(&centre), []);
    centre.sql("create table kept as select * from operator_document where kind = 'batch'; delete from operator_document where kind = 'batch' and counter = 1").await;
    assert_eq!(
        support::operators::unfounded(&centre).len(),
        1,
        "a batch that nobody signed"
    );
    centre
        .sql("insert into operator_document select * from kept on conflict do nothing")
        .await;
    assert_eq!(support::operators::unfounded(&centre), []);

    // Whoever comes under these numbers now is compared with what was imported.
    let station = centre.station().await;
    let first = renewal(&centre, &station, Plan::new(1, None), "35202-1234567-7").await;
    assert_eq!(centre.figures().cases, 0);
    let other = Plan::new(2, Some(first.digest()));
    renewal(&centre, &station, other, "35202-1234568-7").await;
    let doubts = open(&centre, CaseKind::Doubt);
    assert_eq!(doubts[0].reason, "face-differs");
    assert_eq!(
        open(&centre, CaseKind::Duplicate).len(),
        1,
        "the face is the other number's"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_changed_after_it_was_signed_is_not_taken() {
    let centre = support::centre();
    let folder = tempfile::tempdir().unwrap();
    let signed = batch(folder.path());
    for operator in &two(&centre) {
        sign(&centre, &signed, operator).unwrap();
    }
    let list = folder.path().join("records.csv");
    let text = std::fs::read_to_string(&list)
        .unwrap()
        .replace("Noor Ahmed", "Noor Akhtar");
    std::fs::write(&list, text).unwrap();
    let changed = Batch::open(folder.path()).unwrap();
    assert!(take(&centre, &changed).is_err());
    assert_eq!(centre.count("select count(*) from person").await, 0);
}
