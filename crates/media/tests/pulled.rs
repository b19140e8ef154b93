//! A stick that is pulled, full or read-only: whatever is read afterwards is a whole true packet, and a later export still works.
#![allow(clippy::unwrap_used)]

use media::testing::{NOW, Stick, Writer};
use media::{
    CustodySeen, Files, Import, Label, Listing, MediaError, NewFile, Outgoing, ReadFault, Reason,
    Stopped, export, find, read,
};
use std::io;
use std::path::Path;

const ROOT: &str = "/stick";
const SEEDS: u64 = 12;

fn label(writer: &Writer, random: u8) -> Label {
    Label {
        station: writer.station().clone(),
        at: NOW,
        random: [random; 4],
    }
}

/// The only folder of the stick that has this number.
fn import(stick: &Stick, writer: &Writer, random: u8) -> Option<Import> {
    let folder = label(writer, random).folder(media::Direction::Packets);
    let found = find(stick, Path::new(ROOT)).unwrap().contains(&folder);
    let path = Path::new(ROOT).join(folder.to_string());
    found.then(|| read(stick, &path, &[writer.key().public()]).unwrap())
}

/// Everything that was read is as it was at the station.
fn assert_true(import: &Import, files: &dyn Files, writer: &Writer) {
    for arrived in &import.packets {
        let counter = arrived.manifest.counter;
        let true_one = match counter {
            3 => writer.key_file(counter),
            _ => writer.packet(counter),
        };
        assert_eq!(arrived.packet(files).unwrap(), true_one);
    }
    for void in &import.voids {
        assert_eq!(void.signed, writer.void(void.void.counter));
    }
}

#[test]
fn a_stick_pulled_at_any_operation_holds_only_whole_true_packets_and_a_later_export_works() {
    let writer = Writer::new("MUL-03");
    let stick = Stick::new();
    stick.pull_at(u64::MAX, 0);
    export(
        &stick,
        Path::new(ROOT),
        &label(&writer, 1),
        writer.key(),
        writer.items(),
    )
    .unwrap();
    let operations = stick.operations();
    assert!(operations > 40, "{operations}");

    let mut partly = 0;
    for n in 0..operations {
        for seed in 0..SEEDS {
            let stick = Stick::new();
            stick.pull_at(n, seed);
            let root = Path::new(ROOT);
            let cut = export(
                &stick,
                root,
                &label(&writer, 1),
                writer.key(),
                writer.items(),
            );
            assert!(
                matches!(cut, Err(MediaError::Failed(_))),
                "{n} {seed}: {cut:?}"
            );
            stick.plug_in_again(seed);
            if let Some(import) = import(&stick, &writer, 1) {
                assert_true(&import, &stick, &writer);
                partly += usize::from(!import.packets.is_empty());
                for refused in &import.refused {
                    // A file has its final name only when its bytes last: nothing is torn, only not there yet.
                    let expected = [Reason::Missing, Reason::Unfinished];
                    assert!(
                        expected.contains(&refused.reason),
                        "{n} {seed}: {refused:?}"
                    );
                }
                // Custody is last: where it is, everything is.
                let whole = import.packets.len() == 3 && import.voids.len() == 1;
                match import.custody {
                    CustodySeen::Verified(_) => assert!(whole, "{n} {seed}"),
                    CustodySeen::Missing => assert!(!import.is_whole()),
                    CustodySeen::Refused(reason) => panic!("{n} {seed}: {reason}"),
                }
            }
            let out = export(
                &stick,
                root,
                &label(&writer, 2),
                writer.key(),
                writer.items(),
            )
            .unwrap();
            assert_eq!((out.packets.len(), out.voids.len()), (3, 1));
            stick.plug_in_again(seed + 1);
            let import = import(&stick, &writer, 2).unwrap();
            assert!(import.is_whole());
            assert_eq!((import.packets.len(), import.voids.len()), (3, 1));
            assert_true(&import, &stick, &writer);
        }
    }
    assert!(
        partly > 100,
        "a folder without custody was read {partly} times"
    );
}

/// The control: a medium whose syncs do nothing. If this loses nothing, the test above shows nothing.
struct NeverSyncs<'a>(&'a Stick);

struct Unsynced<'a>(Box<dyn NewFile + 'a>);

impl NewFile for Unsynced<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write(bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Files for NeverSyncs<'_> {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.make_folder(folder)
    }
    fn create(&self, file: &Path) -> io::Result<Box<dyn NewFile + '_>> {
        Ok(Box::new(Unsynced(self.0.create(file)?)))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.sync_folder(folder)
    }
    fn room(&self, folder: &Path) -> io::Result<u64> {
        self.0.room(folder)
    }
    fn list(&self, folder: &Path, limit: usize) -> Result<Listing, ReadFault> {
        self.0.list(folder, limit)
    }
    fn read(&self, file: &Path, limit: u64) -> Result<Vec<u8>, ReadFault> {
        self.0.read(file, limit)
    }
}

#[test]
fn a_stick_that_does_not_sync_is_noticed_and_its_packets_are_refused() {
    let writer = Writer::new("MUL-03");
    let (mut torn, mut lost) = (0, 0);
    for seed in 0..SEEDS {
        let stick = Stick::new();
        let label = label(&writer, 1);
        let never = NeverSyncs(&stick);
        export(
            &never,
            Path::new(ROOT),
            &label,
            writer.key(),
            writer.items(),
        )
        .unwrap();
        stick.plug_in_again(seed);
        let import = import(&stick, &writer, 1).unwrap();
        assert_true(&import, &stick, &writer);
        torn += usize::from(!import.refused.is_empty());
        lost += 3 - import.packets.len();
    }
    assert!(torn > 0 && lost > 0, "torn {torn}, lost {lost}");
}

#[test]
fn a_full_stick_takes_what_fits_as_a_whole_folder_and_says_so() {
    let writer = Writer::new("MUL-03");
    let items = || (1..=20).map(|n| Outgoing::Packet(writer.sealed(n, 300_000, None)));
    let stick = Stick::new();
    stick.limit(4 << 20);
    let root = Path::new(ROOT);
    let out = export(&stick, root, &label(&writer, 1), writer.key(), items()).unwrap();
    assert_eq!(out.stopped, Some(Stopped::Full));
    assert!(out.packets.len() > 2 && out.packets.len() < 20);
    let import = import(&stick, &writer, 1).unwrap();
    assert!(import.is_whole());
    assert_eq!(import.packets.len(), out.packets.len());
    // Nothing more fits: nothing is begun.
    let again = export(&stick, root, &label(&writer, 2), writer.key(), items());
    assert_eq!(again.unwrap_err(), MediaError::Full);
    assert_eq!(find(&stick, root).unwrap().len(), 1);
}

/// Says that there is room and has none: another program writes on the same stick.
#[test]
fn a_stick_that_fills_up_in_between_leaves_whole_packets_only() {
    struct Boasts<'a>(&'a Stick);
    impl Files for Boasts<'_> {
        fn make_folder(&self, folder: &Path) -> io::Result<()> {
            self.0.make_folder(folder)
        }
        fn create(&self, file: &Path) -> io::Result<Box<dyn NewFile + '_>> {
            self.0.create(file)
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.0.rename(from, to)
        }
        fn sync_folder(&self, folder: &Path) -> io::Result<()> {
            self.0.sync_folder(folder)
        }
        fn room(&self, _: &Path) -> io::Result<u64> {
            Ok(u64::MAX)
        }
        fn list(&self, folder: &Path, limit: usize) -> Result<Listing, ReadFault> {
            self.0.list(folder, limit)
        }
        fn read(&self, file: &Path, limit: u64) -> Result<Vec<u8>, ReadFault> {
            self.0.read(file, limit)
        }
    }
    let writer = Writer::new("MUL-03");
    for capacity in (0..9_000).step_by(250) {
        let stick = Stick::new();
        stick.limit(capacity);
        let root = Path::new(ROOT);
        let items = writer.items();
        let out = export(
            &Boasts(&stick),
            root,
            &label(&writer, 1),
            writer.key(),
            items,
        );
        let import = import(&stick, &writer, 1).unwrap();
        assert_true(&import, &stick, &writer);
        match out {
            Ok(_) => assert!(import.is_whole()),
            Err(error) => {
                assert_eq!(error, MediaError::Full, "{capacity}");
                assert_eq!(import.custody, CustodySeen::Missing);
            }
        }
    }
}

#[test]
fn a_read_only_stick_and_a_name_that_is_taken_are_said() {
    let writer = Writer::new("MUL-03");
    let (stick, root) = (Stick::new(), Path::new(ROOT));
    let try_it = || {
        export(
            &stick,
            root,
            &label(&writer, 1),
            writer.key(),
            writer.items(),
        )
    };
    try_it().unwrap();
    assert_eq!(try_it().unwrap_err(), MediaError::FolderExists);
    stick.make_read_only();
    assert_eq!(try_it().unwrap_err(), MediaError::ReadOnly);
    let nothing = export(&stick, root, &label(&writer, 1), writer.key(), []);
    assert_eq!(nothing.unwrap_err(), MediaError::Nothing);
}

#[test]
fn a_stick_pulled_while_it_is_read_gives_true_packets_and_says_what_was_not_read() {
    let writer = Writer::new("MUL-03");
    let stick = Stick::new();
    let root = Path::new(ROOT);
    let out = export(
        &stick,
        root,
        &label(&writer, 1),
        writer.key(),
        writer.items(),
    )
    .unwrap();
    let mut arrived = [false; 4];
    for n in 0.. {
        stick.pull_at_read(n);
        let import = read(&stick, &out.folder, &[writer.key().public()]);
        stick.plug_in_again(0);
        let Ok(import) = import else {
            assert_eq!(n, 0);
            continue;
        };
        assert_true(&import, &stick, &writer);
        arrived[import.packets.len()] = true;
        if import.is_whole() {
            break;
        }
        assert!(
            import
                .refused
                .iter()
                .all(|r| r.reason == Reason::Unreadable),
            "{n}"
        );
        assert!(!import.refused.is_empty());
    }
    assert_eq!(arrived, [true; 4]);
}
