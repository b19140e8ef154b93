//! A station with invented staff and keys of its own making: for the pictures of the manual, the bench and the tests.
//!
//! Nothing here is reached from the window: only `shanakht screenshots` and `shanakht bench-ui` call it, with a folder of
//! their own that is deleted afterwards. No centre knows these keys, so nothing taken here could ever be accepted.

use anyhow::{Context, Result, bail};
use desk::{Clock, SecretString};
use domain::{
    OfficeId, Outcome, OutcomeKind, PacketId, Policy, Role, StaffId, StationId, Timestamp,
};
use envelope::{
    FORMAT, Identity, KeyCertificate, KeyFile, KeyPurpose, Lease, OfficeInfo, Signed, SigningKey,
    StaffEntry, StaffKeys, WorkFactor, Zeroizing,
};
use queue::{StationRecord, Store};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// 24 November 2026, 09:10 on the office's clock.
pub const MORNING: Timestamp = Timestamp::from_millis(1_795_493_400_000);

/// A member of the invented staff.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Staff number.
    pub number: &'static str,
    /// Passphrase.
    pub passphrase: &'static str,
    name_latin: &'static str,
    name_urdu: &'static str,
    role: Role,
}

/// Takes applications.
pub const OFFICER: Member = Member {
    number: "40213",
    passphrase: "mango tree by the canal",
    name_latin: "Saima Riaz",
    name_urdu: "صائمہ ریاض",
    role: Role::Officer,
};

/// Reviews them.
pub const SUPERVISOR: Member = Member {
    number: "40007",
    passphrase: "blue tiles of the old gate",
    name_latin: "Imran Haider",
    name_urdu: "عمران حیدر",
    role: Role::Supervisor,
};

impl Member {
    /// The staff number, parsed.
    ///
    /// # Errors
    /// Never for the members above.
    pub fn id(&self) -> Result<StaffId> {
        StaffId::parse(self.number)
            .map_err(|_| anyhow::anyhow!("a staff number of the demonstration is not one"))
    }

    /// The passphrase, to be given to the desk.
    pub fn secret(&self) -> SecretString {
        SecretString::from(self.passphrase)
    }
}

/// Makes a new folder an activated station: keys, key files, policy, lease.
///
/// # Errors
/// When the folder already has a store, or the disk refuses.
pub fn furnish(folder: &Path, now: Timestamp) -> Result<()> {
    furnish_under(folder, now, Policy::development())
}

/// The same under another policy.
///
/// # Errors
/// As [`furnish`].
pub fn furnish_under(folder: &Path, now: Timestamp, mut policy: Policy) -> Result<()> {
    let path = folder.join(desk::STORE_FILE);
    if path.exists() {
        bail!(
            "{} has a store already; a demonstration never touches it",
            folder.display()
        );
    }
    std::fs::create_dir_all(folder).context("the folder cannot be made")?;
    let (station_key, root, centre) = (
        SigningKey::generate()?,
        SigningKey::generate()?,
        SigningKey::generate()?,
    );
    let station =
        StationId::parse("MUL-03").map_err(|_| anyhow::anyhow!("not a station's name"))?;
    let mut staff = Vec::new();
    let mut key_files = Vec::new();
    for member in [OFFICER, SUPERVISOR] {
        let keys = StaffKeys::generate()?;
        let file = KeyFile::create(&keys, &member.secret(), WorkFactor::TEST)?;
        key_files.push((member.id()?, file.as_bytes().to_vec()));
        let (key, recipient) = keys.public();
        staff.push(StaffEntry {
            id: member.id()?,
            name_latin: member.name_latin.to_owned(),
            name_urdu: member.name_urdu.to_owned(),
            role: member.role,
            key,
            recipient,
        });
    }
    let record = StationRecord {
        station: station.clone(),
        centre_url: "https://centre.example:8443".to_owned(),
        ca_pem: String::new(),
        certificate_pem: String::new(),
        policy_root: root.public(),
        key_files,
        secrets: secrets(&station_key),
        activated_at: now,
    };
    // A bench works through a day longer than a lease allows elsewhere.
    policy.limits.packets = 250;
    let lease = Lease {
        format: FORMAT,
        key_files: Vec::new(),
        office_recovery: Some(Identity::generate().recipient()),
        unlocks: Vec::new(),
        stations: Vec::new(),
        extension: None,
        station,
        office: OfficeInfo {
            id: OfficeId::parse("MUL").map_err(|_| anyhow::anyhow!("not an office's name"))?,
            name_latin: "Regional Office Multan".to_owned(),
            name_urdu: "علاقائی دفتر ملتان".to_owned(),
        },
        serial: 1,
        issued_at: now,
        expires_at: now.plus_days(5).plus_millis(3_600_000),
        policy,
        staff,
        ingest: vec![Identity::generate().recipient()],
        station_key: station_key.public(),
    };
    let certificate = KeyCertificate {
        purpose: KeyPurpose::Centre,
        key: centre.public(),
        not_before: now.plus_days(-1),
        not_after: now.plus_days(365),
    };
    let mut store = Store::open(&path, now)?;
    store.set_activation(&record, now)?;
    store.put_lease(
        &Signed::sign(&lease, &centre)?,
        &Signed::sign(&certificate, &root)?,
        now,
    )?;
    store.put_outcomes(&answers(now)?, 2)?;
    Ok(())
}

/// What the centre said of two invented packets of the day before.
fn answers(now: Timestamp) -> Result<[Outcome; 2]> {
    let answer = |cursor: i64, kind, reason: Option<&str>| -> Result<Outcome> {
        let id = format!("00000000-0000-7000-8000-00004c1e9a7{cursor}");
        Ok(Outcome {
            cursor,
            packet: PacketId::parse(&id).map_err(|_| anyhow::anyhow!("not a packet's id"))?,
            kind,
            reason: reason.map(str::to_owned),
            at: now.plus_days(-1).plus_millis(cursor * 5_400_000),
        })
    };
    Ok([
        answer(1, OutcomeKind::DuplicateSuspected, None)?,
        answer(2, OutcomeKind::Quarantined, Some("quality"))?,
    ])
}

/// The station's key as the desk keeps it.
fn secrets(key: &SigningKey) -> Zeroizing<Vec<u8>> {
    let mut hex = Zeroizing::new(String::with_capacity(64));
    for byte in key.expose_seed() {
        let _ = write!(hex, "{byte:02x}");
    }
    Zeroizing::new(hex.as_bytes().to_vec())
}

/// A clock that starts on [`MORNING`] and can be moved on, so that lists show times like on a working day.
#[derive(Debug)]
pub struct DemonstrationClock {
    started: Instant,
    ahead_millis: AtomicI64,
}

impl Default for DemonstrationClock {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            ahead_millis: AtomicI64::new(0),
        }
    }
}

impl DemonstrationClock {
    /// Lets so many minutes pass.
    pub fn pass_minutes(&self, minutes: i64) {
        self.ahead_millis
            .fetch_add(minutes * 60_000, Ordering::SeqCst);
    }
}

impl Clock for DemonstrationClock {
    fn now(&self) -> Timestamp {
        let run = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(0);
        MORNING.plus_millis(run + self.ahead_millis.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A picture as a camera would see it: where a point of it stands in a frame of 1280 × 720, and how large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sitting {
    /// The file in the folder of pictures.
    pub file: &'static str,
    /// The middle of the face, in pixels of the picture.
    pub face: (f32, f32),
    /// Where that stands in the frame, in shares of its width and height.
    pub at: (f32, f32),
    /// Pixels of the frame for a pixel of the picture.
    pub scale: f32,
}

/// What stands beyond a picture's edge.
const WALL: [f32; 3] = [118.0, 122.0, 124.0];

/// Width and height of the frames.
pub const FRAME: (u32, u32) = (1280, 720);

/// All checks hold: the photograph is taken by itself.
pub const STRAIGHT: Sitting = Sitting {
    file: "obama.jpg",
    face: (483.0, 275.0),
    at: (0.5, 0.45),
    scale: 1.0,
};
/// Too far away: an instruction, and nothing is taken by itself.
pub const FAR: Sitting = Sitting {
    file: "astronaut.png",
    face: (224.0, 125.0),
    at: (0.5, 0.245),
    scale: 1.41,
};
/// The mouth is open: an instruction, and a reason to take it all the same.
pub const SMILING: Sitting = Sitting {
    file: "astronaut.png",
    face: (224.0, 125.0),
    at: (0.5, 0.45),
    scale: 2.9,
};
/// Somebody else.
pub const OTHER: Sitting = Sitting {
    file: "biden.jpg",
    face: (568.0, 363.0),
    at: (0.5, 0.45),
    scale: 1.0,
};

/// Makes the frame of a sitting; beyond the picture's edge there is a grey wall.
///
/// # Errors
/// When the picture cannot be read.
pub fn frame(pictures: &Path, sitting: &Sitting) -> Result<Vec<u8>> {
    let path = pictures.join(sitting.file);
    let picture = image::open(&path)
        .with_context(|| format!("{} cannot be read", path.display()))?
        .to_rgb8();
    let (width, height) = picture.dimensions();
    let at = |x: i64, y: i64| {
        let inside = u32::try_from(x).ok().zip(u32::try_from(y).ok());
        match inside.filter(|(x, y)| *x < width && *y < height) {
            Some((x, y)) => picture.get_pixel(x, y).0.map(f32::from),
            None => WALL,
        }
    };
    let mut rgb = Vec::with_capacity((FRAME.0 * FRAME.1 * 3) as usize);
    for row in 0..FRAME.1 {
        for column in 0..FRAME.0 {
            let x =
                sitting.face.0 + (column as f32 - FRAME.0 as f32 * sitting.at.0) / sitting.scale;
            let y = sitting.face.1 + (row as f32 - FRAME.1 as f32 * sitting.at.1) / sitting.scale;
            let (left, top) = (x.floor(), y.floor());
            let (fx, fy) = (x - left, y - top);
            let (left, top) = (left as i64, top as i64);
            let corners = [
                at(left, top),
                at(left + 1, top),
                at(left, top + 1),
                at(left + 1, top + 1),
            ];
            for channel in 0..3 {
                let [a, b, c, d] = corners.map(|p| p[channel]);
                let value = (a * (1.0 - fx) + b * fx) * (1.0 - fy) + (c * (1.0 - fx) + d * fx) * fy;
                rgb.push(value.round() as u8);
            }
        }
    }
    Ok(rgb)
}
