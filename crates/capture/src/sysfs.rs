//! Device identity from sysfs: on which bus a video node really hangs.
//!
//! `/sys/class/video4linux/videoN` is a link into `/sys/devices`, and that path is the kernel's own account of how the device is
//! attached. A program can choose a camera's name, and a loopback usually copies one; it cannot choose this path without loading
//! another driver. Layouts that the rules were made from are in the tests at the end.

use std::fs;
use std::path::{Path, PathBuf};

use crate::device::{Bus, Device, Trust, VendorProduct, clean_name};

/// Host controllers that exist in software only: the USB device behind them is played by this or another machine.
const SOFTWARE_HOSTS: [&str; 6] = [
    "dummy_hcd",
    "dummy_udc",
    "vhci_hcd",
    "vhci-hcd",
    "usbip",
    "raw-gadget",
];
/// Parts of a path that say "another machine's software gives this": paravirtual buses.
const PARAVIRTUAL: [&str; 4] = ["virtio", "vmbus", "VMBUS", "xen"];
/// Linux's own vendor number: a camera that says so is a Linux computer in the gadget role, whatever shows through its lens.
const LINUX_FOUNDATION: u16 = 0x1d6b;
/// Attributes that only v4l2loopback gives its nodes.
const LOOPBACK_ATTRIBUTES: [&str; 2] = ["max_openers", "buffers"];
/// More video nodes than this are not looked at.
const NODE_LIMIT: usize = 256;

/// Every video node under `sysfs` (normally `/sys`), in the order of their numbers, whatever they can do.
pub fn video_nodes(sysfs: &Path) -> Vec<Device> {
    let Ok(entries) = fs::read_dir(sysfs.join("class/video4linux")) else {
        return Vec::new();
    };
    let mut numbers: Vec<u32> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            name.to_str()?.strip_prefix("video")?.parse().ok()
        })
        .take(NODE_LIMIT)
        .collect();
    numbers.sort_unstable();
    numbers
        .into_iter()
        .map(|number| identify(sysfs, number))
        .collect()
}

/// The identity of `/dev/video{number}`. Never fails: what cannot be read is [`Trust::Unknown`].
pub fn identify(sysfs: &Path, number: u32) -> Device {
    let class = sysfs.join(format!("class/video4linux/video{number}"));
    let name = fs::read_to_string(class.join("name")).unwrap_or_default();
    let origin = Origin::of(sysfs, &class);
    Device {
        node: PathBuf::from(format!("/dev/video{number}")),
        name: clean_name(&name),
        bus: origin.bus,
        vendor_product: origin.vendor_product,
        trust: origin.trust,
        serial: origin.serial,
    }
}

struct Origin {
    bus: Bus,
    trust: Trust,
    vendor_product: Option<VendorProduct>,
    serial: Option<String>,
}

impl Origin {
    const UNKNOWN: Origin = Origin {
        bus: Bus::Unknown,
        trust: Trust::Unknown,
        vendor_product: None,
        serial: None,
    };

    fn of(sysfs: &Path, class: &Path) -> Origin {
        let (Ok(root), Ok(place)) = (fs::canonicalize(sysfs), fs::canonicalize(class)) else {
            return Origin::UNKNOWN;
        };
        let Ok(inside) = place.strip_prefix(&root) else {
            return Origin::UNKNOWN;
        };
        let parts: Vec<&str> = inside.iter().filter_map(|part| part.to_str()).collect();
        let ["devices", parts @ ..] = parts.as_slice() else {
            return Origin::UNKNOWN;
        };
        judge(&root.join("devices"), &place, parts)
    }

    fn virtual_with(trust: Trust, vendor_product: Option<VendorProduct>) -> Origin {
        Origin {
            bus: Bus::Virtual,
            trust,
            vendor_product,
            serial: None,
        }
    }
}

/// `parts` is the path below `/sys/devices`; `place` the node's own directory.
fn judge(devices: &Path, place: &Path, parts: &[&str]) -> Origin {
    let Some(first) = parts.first() else {
        return Origin::UNKNOWN;
    };
    if is_loopback(place) {
        return Origin::virtual_with(Trust::Loopback, None);
    }
    if *first == "virtual" || parts.contains(&"gadget") || starts_with_any(parts, &PARAVIRTUAL) {
        return Origin::virtual_with(Trust::Virtual, None);
    }
    if let Some(hub) = parts.iter().position(|part| is_root_hub(part)) {
        return judge_usb(devices, parts, hub);
    }
    if first.starts_with("pci") {
        return Origin {
            bus: Bus::Pci,
            trust: Trust::Physical,
            vendor_product: identity(devices, parts, "vendor", "device"),
            serial: None,
        };
    }
    if described_by_firmware(devices, parts) {
        return Origin {
            bus: Bus::Platform,
            trust: Trust::Physical,
            vendor_product: None,
            serial: None,
        };
    }
    // A platform device that neither ACPI nor a device tree knows was made by its driver: vivid, vimc and their like.
    if *first == "platform" {
        return Origin::virtual_with(Trust::Virtual, None);
    }
    Origin::UNKNOWN
}

fn judge_usb(devices: &Path, parts: &[&str], hub: usize) -> Origin {
    let (host, _) = parts.split_at(hub);
    let vendor_product = identity(devices, parts, "idVendor", "idProduct");
    if starts_with_any(host, &SOFTWARE_HOSTS) {
        return Origin::virtual_with(Trust::Virtual, vendor_product);
    }
    let real_host = host.first().is_some_and(|first| first.starts_with("pci"))
        || described_by_firmware(devices, host);
    let gadget = vendor_product.is_some_and(|seen| seen.vendor == LINUX_FOUNDATION);
    Origin {
        bus: Bus::Usb,
        trust: if real_host && !gadget {
            Trust::Physical
        } else {
            Trust::Unknown
        },
        vendor_product,
        serial: serial(devices, parts),
    }
}

/// The number of the USB device that the camera belongs to: the innermost directory that has an identity may have one, a hub above it is not asked.
fn serial(devices: &Path, parts: &[&str]) -> Option<String> {
    let own = ancestors(devices, parts).find(|place| place.join("idVendor").exists())?;
    let text = fs::read_to_string(own.join("serial")).ok()?;
    Some(clean_name(&text)).filter(|text| !text.is_empty())
}

/// v4l2loopback (and OBS, which uses it) also gives itself away by its attributes, should it ever leave `devices/virtual`.
fn is_loopback(place: &Path) -> bool {
    LOOPBACK_ATTRIBUTES
        .iter()
        .all(|attribute| place.join(attribute).exists())
}

fn starts_with_any(parts: &[&str], prefixes: &[&str]) -> bool {
    parts
        .iter()
        .any(|part| prefixes.iter().any(|prefix| part.starts_with(prefix)))
}

fn is_root_hub(part: &str) -> bool {
    part.strip_prefix("usb").is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// A device tree node or an ACPI node stands behind one of the directories of the path: the board has this hardware.
fn described_by_firmware(devices: &Path, parts: &[&str]) -> bool {
    ancestors(devices, parts)
        .any(|place| place.join("of_node").exists() || place.join("firmware_node").exists())
}

/// The innermost directory of the path that has both files decides.
fn identity(devices: &Path, parts: &[&str], vendor: &str, product: &str) -> Option<VendorProduct> {
    let number = |path: PathBuf| {
        let text = fs::read_to_string(path).ok()?;
        u16::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
    };
    ancestors(devices, parts).find_map(|place| {
        Some(VendorProduct {
            vendor: number(place.join(vendor))?,
            product: number(place.join(product))?,
        })
    })
}

/// The directories of the path below `devices`, innermost first, without `devices` and its first child's parent.
fn ancestors<'a>(devices: &'a Path, parts: &'a [&str]) -> impl Iterator<Item = PathBuf> + 'a {
    (1..=parts.len()).rev().filter_map(move |length| {
        Some(devices.join(parts.get(..length)?.iter().collect::<PathBuf>()))
    })
}
