//! What a camera is: its node, its name, the bus it hangs on, and how far its pictures can be trusted to come from a lens.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

/// The bus through which frames reach this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bus {
    /// A USB port of a real host controller.
    Usb,
    /// PCI or PCI Express.
    Pci,
    /// A device of the system on a chip that the firmware describes, for example a CSI camera.
    Platform,
    /// No bus: software on this machine makes the frames.
    Virtual,
    /// A folder, a clip or memory.
    Replay,
    /// sysfs does not say.
    Unknown,
}

/// Where the frames come from, as far as the operating system can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// Hardware on a real bus.
    Physical,
    /// A driver that makes frames up, or a USB device that only software plays.
    Virtual,
    /// A loopback: frames that another program writes.
    Loopback,
    /// Pictures, a clip or frames from memory.
    Replayed,
    /// It could not be told; policy treats it like a virtual one.
    Unknown,
}

/// A USB or PCI identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VendorProduct {
    /// Vendor number.
    pub vendor: u16,
    /// Product number.
    pub product: u16,
}

impl VendorProduct {
    /// Reads `046d:0825`.
    pub fn parse(text: &str) -> Option<VendorProduct> {
        let (vendor, product) = text.trim().split_once(':')?;
        let number = |hex: &str| {
            let plain = hex.len() == 4 && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
            // A sign before the digits would be taken by the parser.
            plain.then(|| u16::from_str_radix(hex, 16).ok()).flatten()
        };
        Some(VendorProduct {
            vendor: number(vendor)?,
            product: number(product)?,
        })
    }
}

impl fmt::Display for VendorProduct {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04x}:{:04x}", self.vendor, self.product)
    }
}

impl Serialize for VendorProduct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One source of frames, named as the signed manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Device {
    /// `/dev/videoN`, or `pictures`, `clip`, `memory`.
    pub node: PathBuf,
    /// The name that the device gives itself, without control characters, at most [`NAME_LIMIT`] letters.
    pub name: String,
    /// The bus.
    pub bus: Bus,
    /// Vendor and product, where the bus has them.
    #[serde(rename = "identity")]
    pub vendor_product: Option<VendorProduct>,
    /// How far it is trusted.
    pub trust: Trust,
    /// The unit's own number, where its bus has one: two cameras of one model are told apart by it. Not shown and not in the manifest.
    #[serde(skip)]
    pub serial: Option<String>,
}

/// A device's name is cut here; USB allows 126 letters, all of them the device's choice.
pub const NAME_LIMIT: usize = 64;

impl Device {
    /// The identity of anything that is not a camera: always [`Trust::Replayed`].
    pub(crate) fn replayed(kind: &str) -> Device {
        Device {
            node: PathBuf::from(kind),
            name: kind.to_owned(),
            bus: Bus::Replay,
            vendor_product: None,
            trust: Trust::Replayed,
            serial: None,
        }
    }

    /// The same camera again, perhaps at another node: true for equal name, bus, identity, trust and serial number.
    pub fn same_camera(&self, other: &Device) -> bool {
        self.same_model(other) && self.serial == other.serial
    }

    /// A camera of the same model on the same kind of bus.
    pub(crate) fn same_model(&self, other: &Device) -> bool {
        self.name == other.name
            && self.bus == other.bus
            && self.vendor_product == other.vendor_product
            && self.trust == other.trust
    }

    /// What a policy that pins cameras makes of this one.
    pub fn standing(&self, pins: &Pins) -> Standing {
        match self.trust {
            Trust::Virtual | Trust::Loopback | Trust::Replayed => Standing::Injected,
            Trust::Unknown => Standing::Unknown,
            Trust::Physical if pins.admit(self.vendor_product) => Standing::Trusted,
            Trust::Physical => Standing::Unpinned,
        }
    }
}

/// A camera's name as text that is safe to show and to sign.
pub(crate) fn clean_name(raw: &str) -> String {
    raw.chars()
        .filter(|letter| !letter.is_control() && !is_bidi_control(*letter))
        .take(NAME_LIMIT)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn is_bidi_control(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The cameras that an office was issued.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pins {
    pinned: Vec<VendorProduct>,
}

impl Pins {
    /// Only these; an empty list admits every physical camera.
    pub fn new(pinned: Vec<VendorProduct>) -> Pins {
        Pins { pinned }
    }

    fn admit(&self, identity: Option<VendorProduct>) -> bool {
        self.pinned.is_empty() || identity.is_some_and(|seen| self.pinned.contains(&seen))
    }
}

/// Which cameras may be read. Pictures, clips and memory are not asked: they are named as replayed wherever they go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Admission {
    /// Cameras that the authority issued.
    pub pins: Pins,
    /// Whether a virtual camera may be read when a person chooses it (development and training). By itself none is ever taken.
    pub software: bool,
}

impl Admission {
    /// Nothing refused but what nobody chose: for programs without a policy, such as a look at a camera.
    pub fn without_policy() -> Admission {
        Admission {
            pins: Pins::default(),
            software: true,
        }
    }

    /// Why a device that somebody chose may not be read.
    pub fn refuses(&self, device: &Device) -> Option<Refused> {
        match device.standing(&self.pins) {
            Standing::Trusted => None,
            _ if device.trust == Trust::Replayed => None,
            Standing::Injected if self.software => None,
            Standing::Injected => Some(Refused::Software),
            // Where the system does not tell, no pin can hold.
            Standing::Unknown if self.pins == Pins::default() => None,
            Standing::Unknown | Standing::Unpinned => Some(Refused::NotIssued),
        }
    }
}

/// Why policy does not let a camera be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is not one that the authority issued.
    NotIssued,
    /// Software makes its pictures.
    Software,
}

/// What a policy makes of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Physical, and pinned where pins are set.
    Trusted,
    /// Physical, but not one of the pinned ones.
    Unpinned,
    /// Virtual, loopback or replayed: named in the manifest, refused where policy says so.
    Injected,
    /// The operating system does not tell; never trusted.
    Unknown,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn camera(trust: Trust) -> Device {
        Device {
            trust,
            vendor_product: VendorProduct::parse("046d:0825"),
            ..Device::replayed("memory")
        }
    }

    #[test]
    fn a_pinned_physical_camera_is_trusted_and_another_is_not() {
        let pins = Pins::new(vec![VendorProduct::parse("046d:0825").unwrap()]);
        assert_eq!(camera(Trust::Physical).standing(&pins), Standing::Trusted);
        let mut other = camera(Trust::Physical);
        other.vendor_product = VendorProduct::parse("046d:0826");
        assert_eq!(other.standing(&pins), Standing::Unpinned);
        other.vendor_product = None;
        assert_eq!(other.standing(&pins), Standing::Unpinned);
        assert_eq!(other.standing(&Pins::default()), Standing::Trusted);
    }

    #[test]
    fn a_pin_never_admits_a_source_without_a_lens() {
        let pins = Pins::new(vec![VendorProduct::parse("046d:0825").unwrap()]);
        for trust in [Trust::Virtual, Trust::Loopback, Trust::Replayed] {
            assert_eq!(camera(trust).standing(&pins), Standing::Injected);
        }
        assert_eq!(camera(Trust::Unknown).standing(&pins), Standing::Unknown);
    }

    #[test]
    fn a_policy_admits_what_it_names_and_software_only_where_it_says_so() {
        let pinned = |text: &str| Admission {
            pins: Pins::new(vec![VendorProduct::parse(text).unwrap()]),
            software: false,
        };
        let physical = camera(Trust::Physical);
        assert_eq!(pinned("046d:0825").refuses(&physical), None);
        let refused = pinned("046d:0826").refuses(&physical);
        assert_eq!(refused, Some(Refused::NotIssued));
        assert_eq!(Admission::default().refuses(&physical), None);
        for trust in [Trust::Virtual, Trust::Loopback] {
            let refused = pinned("046d:0825").refuses(&camera(trust));
            assert_eq!(refused, Some(Refused::Software), "{trust:?}");
            assert_eq!(Admission::without_policy().refuses(&camera(trust)), None);
        }
        let unknown = camera(Trust::Unknown);
        assert_eq!(Admission::default().refuses(&unknown), None);
        let refused = pinned("046d:0825").refuses(&unknown);
        assert_eq!(refused, Some(Refused::NotIssued));
        assert_eq!(pinned("046d:0825").refuses(&Device::replayed("clip")), None);
    }

    #[test]
    fn two_units_of_one_model_are_two_cameras() {
        let unit = |serial: Option<&str>| Device {
            serial: serial.map(str::to_owned),
            ..camera(Trust::Physical)
        };
        assert!(unit(Some("A1")).same_camera(&unit(Some("A1"))));
        assert!(!unit(Some("A1")).same_camera(&unit(Some("B2"))));
        assert!(unit(Some("A1")).same_model(&unit(Some("B2"))));
        assert!(unit(None).same_camera(&unit(None)));
    }

    #[test]
    fn identities_are_four_hex_digits_each() {
        assert_eq!(
            VendorProduct::parse("046D:0825").unwrap().to_string(),
            "046d:0825"
        );
        for bad in [
            "",
            "046d",
            "46d:825",
            "046d:0825:1",
            "+46d:0825",
            "046g:0825",
        ] {
            assert_eq!(VendorProduct::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_lose_control_letters_and_length() {
        assert_eq!(clean_name("HD\u{202e} Cam\u{7}\n"), "HD Cam");
        assert_eq!(clean_name(&"x".repeat(500)).len(), NAME_LIMIT);
    }
}
