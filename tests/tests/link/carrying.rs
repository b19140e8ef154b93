//! One station's packets over another station's real link: they settle at the real centre once, and the receipts go back on a stick.

use super::{desk, notice, support, try_activation, until};
use central::import::{Fate, import};
use desk::{Command, OutboxAct, SecretString, SessionAct};
use domain::StaffId;
use media::{Direction, Disk, Label, Outgoing, Papers, SealedPacket, export, find, read_receipts};
use std::time::Duration;
use support::packet::{Packet, Plan, now};

fn outgoing(packet: &Packet) -> Outgoing {
    Outgoing::Packet(SealedPacket {
        bytes: packet.sealed.clone(),
        papers: Papers {
            manifest: packet.manifest.clone(),
            statement: packet.statement.clone(),
            decision: packet.decision.clone(),
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stations_packets_settle_over_anothers_link_once_and_the_receipts_go_back() {
    let centre = support::centre();
    let owner = centre.station().await;
    let first = Plan::new(1, None).make(&owner.signers);
    let second = Plan::new(2, Some(first.digest())).make(&owner.signers);
    let stick = tempfile::tempdir().unwrap();
    let label = Label {
        station: support::station_id(),
        at: now(),
        random: [3; 4],
    };
    let items = [outgoing(&first), outgoing(&second)];
    let written = export(&Disk, stick.path(), &label, &owner.signers.key, items).unwrap();
    // The first one came by another road already.
    centre.settle(&owner, &first).await;
    let code = centre.code_for(&domain::StationId::parse("MUL-04").unwrap());
    let folder = tempfile::tempdir().unwrap();
    tokio::task::block_in_place(|| {
        let carrier = desk(folder.path());
        let activated = try_activation(&carrier, &centre.centre.url(), &code);
        assert_eq!(activated, "notice-activated");
        until(&carrier, |state| state.link.online);
        assert!(carrier.send(Command::Session(SessionAct::SignIn {
            staff: StaffId::parse("40213").unwrap(),
            passphrase: SecretString::from("correct horse 40213"),
        })));
        until(&carrier, |state| state.session.is_some());
        assert!(carrier.send(Command::Outbox(OutboxAct::ReadMedium(
            stick.path().to_owned()
        ))));
        let state = until(&carrier, |state| notice(state) == "notice-medium-carried");
        assert_eq!(state.queue.outbox, 0);
        // Both leave over this link, and nothing of them stays.
        until(&carrier, |state| {
            notice(state) == "notice-medium-carried" && state.queue.carried == 0
        });
        assert!(carrier.send(Command::Outbox(OutboxAct::WriteMedium(
            stick.path().to_owned()
        ))));
        until(&carrier, |state| {
            notice(state) == "notice-medium-receipts-written"
        });
    });
    let folders = find(&Disk, stick.path()).unwrap();
    let back = folders.iter().find(|f| f.direction == Direction::Answers);
    let back = stick.path().join(back.unwrap().to_string());
    let (receipts, _) = read_receipts(&Disk, &back, &support::station_id()).unwrap();
    let receipts: Vec<_> = receipts
        .iter()
        .map(|receipt| receipt.verify(&owner.centre_key()).unwrap().into_document())
        .collect();
    for packet in [&first, &second] {
        let of = |r: &&envelope::Receipt| (r.packet, r.digest) == (packet.id, packet.digest());
        assert_eq!(receipts.iter().filter(of).count(), 1);
    }
    // The same stick at the centre itself brings nothing new: each counted once, in the owner's own chain.
    let place = written.folder.clone();
    let done = centre.act(async move |store| import(&store, &place, Duration::ZERO).await);
    assert_eq!(done.len(), 2);
    assert!(done.iter().all(|one| one.fate == Fate::Known), "{done:?}");
    let figures = centre.figures();
    assert_eq!((figures.effects, figures.alarms), (2, 0));
}
