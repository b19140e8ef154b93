//! Made-up sysfs trees after real machines: every source without a lens is named, no real camera is refused.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use capture::{Bus, Device, Pins, Standing, Trust, VendorProduct, identify, video_nodes};

/// One video node: its directory below `devices` without `video4linux/videoN`, and files with their content (an empty content makes a
/// directory) relative to `devices`.
struct Layout {
    what: &'static str,
    place: &'static str,
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    trust: Trust,
    bus: Bus,
    identity: Option<&'static str>,
}

const fn real(what: &'static str, bus: Bus, place: &'static str, name: &'static str) -> Layout {
    Layout {
        what,
        place,
        name,
        files: &[],
        trust: Trust::Physical,
        bus,
        identity: None,
    }
}

const fn made_up(what: &'static str, place: &'static str, name: &'static str) -> Layout {
    Layout {
        trust: Trust::Virtual,
        ..real(what, Bus::Virtual, place, name)
    }
}

impl Layout {
    const fn with(self, files: &'static [(&'static str, &'static str)]) -> Layout {
        Layout { files, ..self }
    }

    const fn identified(self, identity: &'static str) -> Layout {
        Layout {
            identity: Some(identity),
            ..self
        }
    }

    const fn trusted_as(self, trust: Trust, bus: Bus) -> Layout {
        Layout { trust, bus, ..self }
    }
}

const LOOPBACK_FILES: &[(&str, &str)] = &[
    ("virtual/video4linux/video{n}/max_openers", "10\n"),
    ("virtual/video4linux/video{n}/buffers", "2\n"),
    ("virtual/video4linux/video{n}/format", "YUYV:1280x720@30\n"),
];

const LAYOUTS: &[Layout] = &[
    // Real cameras.
    real("laptop camera on xHCI", Bus::Usb, "pci0000:00/0000:00:14.0/usb1/1-6/1-6:1.0", "Integrated Camera: Integrated C")
        .with(&[
            ("pci0000:00/0000:00:14.0/usb1/1-6/idVendor", "04f2\n"),
            ("pci0000:00/0000:00:14.0/usb1/1-6/idProduct", "b6d0\n"),
            ("pci0000:00/0000:00:14.0/usb1/idVendor", "1d6b\n"),
            ("pci0000:00/0000:00:14.0/usb1/idProduct", "0002\n"),
            ("pci0000:00/0000:00:14.0/vendor", "0x8086\n"),
            ("pci0000:00/0000:00:14.0/device", "0xa36d\n"),
        ])
        .identified("04f2:b6d0"),
    real("webcam behind two hubs", Bus::Usb, "pci0000:00/0000:00:14.0/usb1/1-2/1-2.4/1-2.4.1/1-2.4.1:1.0", "HD Pro Webcam C920")
        .with(&[
            ("pci0000:00/0000:00:14.0/usb1/1-2/1-2.4/1-2.4.1/idVendor", "046d\n"),
            ("pci0000:00/0000:00:14.0/usb1/1-2/1-2.4/1-2.4.1/idProduct", "0892\n"),
            ("pci0000:00/0000:00:14.0/usb1/1-2/1-2.4/idVendor", "05e3\n"),
            ("pci0000:00/0000:00:14.0/usb1/1-2/1-2.4/idProduct", "0608\n"),
        ])
        .identified("046d:0892"),
    real("webcam on a PCI bridge's controller (AMD)", Bus::Usb, "pci0000:00/0000:00:08.1/0000:05:00.3/usb3/3-1/3-1:1.0", "USB Camera")
        .with(&[
            ("pci0000:00/0000:00:08.1/0000:05:00.3/usb3/3-1/idVendor", "0c45\n"),
            ("pci0000:00/0000:00:08.1/0000:05:00.3/usb3/3-1/idProduct", "6366\n"),
        ])
        .identified("0c45:6366"),
    real("webcam in a Thunderbolt dock", Bus::Usb, "pci0000:00/0000:00:1d.0/0000:06:00.0/0000:07:02.0/0000:3a:00.0/usb5/5-1/5-1.2/5-1.2:1.0", "Dock Camera")
        .with(&[
            ("pci0000:00/0000:00:1d.0/0000:06:00.0/0000:07:02.0/0000:3a:00.0/usb5/5-1/5-1.2/idVendor", "17ef\n"),
            ("pci0000:00/0000:00:1d.0/0000:06:00.0/0000:07:02.0/0000:3a:00.0/usb5/5-1/5-1.2/idProduct", "4831\n"),
        ])
        .identified("17ef:4831"),
    real("USB 1.1 webcam on UHCI", Bus::Usb, "pci0000:00/0000:00:1a.1/usb4/4-1/4-1:1.0", "Old Camera"),
    real("webcam on a second PCI domain (server, arm64)", Bus::Usb, "pci0001:00/0001:00:00.0/0001:01:00.0/usb2/2-1/2-1:1.0", "Camera"),
    real("Raspberry Pi 3: USB on dwc2", Bus::Usb, "platform/soc/3f980000.usb/usb1/1-1/1-1.2/1-1.2:1.0", "C270 HD WEBCAM")
        .with(&[
            ("platform/soc/3f980000.usb/of_node", ""),
            ("platform/soc/3f980000.usb/usb1/1-1/1-1.2/idVendor", "046d\n"),
            ("platform/soc/3f980000.usb/usb1/1-1/1-1.2/idProduct", "0825\n"),
        ])
        .identified("046d:0825"),
    real("Raspberry Pi 4: USB on PCIe", Bus::Usb, "platform/scb/fd500000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0/usb1/1-1/1-1.3/1-1.3:1.0", "USB Camera")
        .with(&[("platform/scb/fd500000.pcie/of_node", "")]),
    real("Raspberry Pi 5: USB on RP1", Bus::Usb, "platform/axi/1000120000.pcie/1f00200000.usb/xhci-hcd.0/usb1/1-2/1-2:1.0", "USB Camera")
        .with(&[("platform/axi/1000120000.pcie/1f00200000.usb/of_node", "")]),
    real("Rockchip: dwc3", Bus::Usb, "platform/fc000000.usb/xhci-hcd.1.auto/usb5/5-1/5-1:1.0", "USB Camera")
        .with(&[("platform/fc000000.usb/of_node", "")]),
    real("Qualcomm laptop: ACPI platform host", Bus::Usb, "platform/QCOM04A6:00/xhci-hcd.0.auto/usb1/1-1/1-1:1.0", "Integrated Camera")
        .with(&[("platform/QCOM04A6:00/firmware_node", "")]),
    real("Raspberry Pi CSI camera (unicam)", Bus::Platform, "platform/soc/3f801000.csi", "unicam")
        .with(&[("platform/soc/3f801000.csi/of_node", "")]),
    real("i.MX CSI behind an i2c sensor", Bus::Platform, "platform/soc@0/32c00000.bus/32e20000.csi", "imx-capture")
        .with(&[("platform/soc@0/32c00000.bus/32e20000.csi/of_node", "")]),
    real("Intel IPU6 laptop sensor", Bus::Pci, "pci0000:00/0000:00:05.0", "Intel IPU6 ISYS Capture 0")
        .with(&[
            ("pci0000:00/0000:00:05.0/vendor", "0x8086\n"),
            ("pci0000:00/0000:00:05.0/device", "0x9a19\n"),
        ])
        .identified("8086:9a19"),
    real("PCIe frame grabber", Bus::Pci, "pci0000:00/0000:00:1c.4/0000:04:00.0", "00-00 Pro Capture HDMI")
        .with(&[
            ("pci0000:00/0000:00:1c.4/0000:04:00.0/vendor", "0x1cd7\n"),
            ("pci0000:00/0000:00:1c.4/0000:04:00.0/device", "0x0010\n"),
        ])
        .identified("1cd7:0010"),
    // Sources without a lens.
    made_up("v4l2loopback", "virtual", "Dummy video device (0x0000)")
        .with(LOOPBACK_FILES)
        .trusted_as(Trust::Loopback, Bus::Virtual),
    made_up("OBS over v4l2loopback", "virtual", "OBS Virtual Camera")
        .with(LOOPBACK_FILES)
        .trusted_as(Trust::Loopback, Bus::Virtual),
    made_up("v4l2loopback that copies a webcam's name", "virtual", "HD Pro Webcam C920")
        .with(LOOPBACK_FILES)
        .trusted_as(Trust::Loopback, Bus::Virtual),
    made_up("loopback of a phone (DroidCam)", "virtual", "DroidCam")
        .with(LOOPBACK_FILES)
        .trusted_as(Trust::Loopback, Bus::Virtual),
    made_up("akvcam", "virtual", "Virtual Camera (akvcam)"),
    made_up("a loopback without its usual attributes", "virtual", "Integrated Camera"),
    made_up("vivid", "platform/vivid.0", "vivid-000-vid-cap"),
    made_up("second vivid", "platform/vivid.1", "vivid-001-vid-cap"),
    made_up("vimc", "platform/vimc.0", "Raw Capture 0"),
    made_up("vcam", "platform/vcam.0", "vcam_capture"),
    made_up("vidtv and others of the kernel's test drivers", "platform/vidtv.0", "vidtv"),
    made_up("a camera played through dummy_hcd", "platform/dummy_hcd.0/usb3/3-1/3-1:1.0", "HD Pro Webcam C920")
        .with(&[
            ("platform/dummy_hcd.0/usb3/3-1/idVendor", "046d\n"),
            ("platform/dummy_hcd.0/usb3/3-1/idProduct", "0892\n"),
        ])
        .identified("046d:0892"),
    made_up("a camera of another machine through usbip", "platform/vhci_hcd.0/usb5/5-1/5-1:1.0", "HD Pro Webcam C920")
        .with(&[
            ("platform/vhci_hcd.0/usb5/5-1/idVendor", "046d\n"),
            ("platform/vhci_hcd.0/usb5/5-1/idProduct", "0892\n"),
        ])
        .identified("046d:0892"),
    made_up("the gadget side of a UVC function", "platform/soc/fe980000.usb/gadget.0/gadget", "fe980000.usb")
        .with(&[("platform/soc/fe980000.usb/of_node", "")]),
    made_up("dummy_udc's gadget side", "platform/dummy_udc.0/gadget.0", "dummy_udc.0"),
    made_up("virtio camera of a virtual machine", "pci0000:00/0000:00:05.0/virtio3", "virtio-camera")
        .with(&[
            ("pci0000:00/0000:00:05.0/vendor", "0x1af4\n"),
            ("pci0000:00/0000:00:05.0/device", "0x1048\n"),
        ]),
    made_up("USB over Hyper-V's bus", "LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/VMBUS:00/fd149e91-82e0", "Camera"),
];

/// Not virtual for certain, and never trusted: a Linux board in the gadget role shows whatever it wants through a real cable.
const DOUBTFUL: &[Layout] = &[
    real(
        "a Raspberry Pi Zero as a webcam",
        Bus::Usb,
        "pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0",
        "Piwebcam: UVC Camera",
    )
    .with(&[
        ("pci0000:00/0000:00:14.0/usb1/1-3/idVendor", "1d6b\n"),
        ("pci0000:00/0000:00:14.0/usb1/1-3/idProduct", "0104\n"),
    ])
    .identified("1d6b:0104")
    .trusted_as(Trust::Unknown, Bus::Usb),
    real(
        "a USB host that no firmware knows",
        Bus::Usb,
        "platform/strange_hcd.0/usb7/7-1/7-1:1.0",
        "Camera",
    )
    .trusted_as(Trust::Unknown, Bus::Usb),
    real(
        "a bus that nobody has heard of",
        Bus::Unknown,
        "strange/bus0",
        "Camera",
    )
    .trusted_as(Trust::Unknown, Bus::Unknown),
];

fn build(sysfs: &Path, number: usize, layout: &Layout) {
    let devices = sysfs.join("devices");
    let node = devices
        .join(layout.place)
        .join(format!("video4linux/video{number}"));
    fs::create_dir_all(&node).unwrap();
    fs::write(node.join("name"), format!("{}\n", layout.name)).unwrap();
    for (file, content) in layout.files {
        let path = devices.join(file.replace("{n}", &number.to_string()));
        if content.is_empty() {
            fs::create_dir_all(&path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }
    let class = sysfs.join("class/video4linux");
    fs::create_dir_all(&class).unwrap();
    let target = Path::new("../../devices")
        .join(layout.place)
        .join(format!("video4linux/video{number}"));
    symlink(target, class.join(format!("video{number}"))).unwrap();
}

/// Each layout on a machine of its own, and all of them on one.
fn seen(layouts: &[Layout]) -> Vec<Device> {
    let together = tempfile::tempdir().unwrap();
    layouts
        .iter()
        .enumerate()
        .map(|(number, layout)| {
            let alone = tempfile::tempdir().unwrap();
            build(alone.path(), number, layout);
            build(together.path(), number, layout);
            let device = identify(alone.path(), number as u32);
            assert_eq!(
                device,
                identify(together.path(), number as u32),
                "{}",
                layout.what
            );
            device
        })
        .collect()
}

fn check(layouts: &[Layout]) {
    for (layout, device) in layouts.iter().zip(seen(layouts)) {
        assert_eq!(device.trust, layout.trust, "{}", layout.what);
        assert_eq!(device.bus, layout.bus, "{}", layout.what);
        assert_eq!(device.name, layout.name, "{}", layout.what);
        let identity = device.vendor_product.map(|seen| seen.to_string());
        if layout.identity.is_some() {
            assert_eq!(identity.as_deref(), layout.identity, "{}", layout.what);
        }
    }
}

#[test]
fn every_virtual_source_is_named_and_no_real_camera_is_refused() {
    let (real, virtual_ones): (Vec<_>, Vec<_>) = LAYOUTS
        .iter()
        .partition(|layout| layout.trust == Trust::Physical);
    assert!(
        real.len() >= 15 && virtual_ones.len() >= 15,
        "{} real, {} virtual",
        real.len(),
        virtual_ones.len()
    );
    check(LAYOUTS);
}

#[test]
fn what_cannot_be_told_is_unknown_and_never_trusted() {
    check(DOUBTFUL);
    for device in seen(DOUBTFUL) {
        let pins = Pins::new(device.vendor_product.into_iter().collect());
        assert_eq!(device.standing(&pins), Standing::Unknown);
    }
}

#[test]
fn a_pin_on_a_copied_identity_does_not_admit_the_copy() {
    let pins = Pins::new(vec![VendorProduct::parse("046d:0892").unwrap()]);
    let trusted: Vec<_> = seen(LAYOUTS)
        .into_iter()
        .filter(|device| device.standing(&pins) == Standing::Trusted)
        .collect();
    assert_eq!(trusted.len(), 1, "{trusted:?}");
    assert_eq!(trusted[0].bus, Bus::Usb);
}

#[test]
fn a_tree_that_is_broken_or_missing_gives_unknown() {
    let sysfs = tempfile::tempdir().unwrap();
    assert!(video_nodes(sysfs.path()).is_empty());
    assert_eq!(identify(sysfs.path(), 0).trust, Trust::Unknown);
    let class = sysfs.path().join("class/video4linux");
    fs::create_dir_all(&class).unwrap();
    symlink(
        "../../devices/gone/video4linux/video0",
        class.join("video0"),
    )
    .unwrap();
    let outside = tempfile::tempdir().unwrap();
    symlink(outside.path(), class.join("video1")).unwrap();
    fs::create_dir(class.join("video2")).unwrap();
    fs::create_dir(class.join("v4l-subdev0")).unwrap();
    fs::create_dir(class.join("videoX")).unwrap();
    let found = video_nodes(sysfs.path());
    assert_eq!(found.len(), 3);
    assert!(
        found.iter().all(|device| device.trust == Trust::Unknown),
        "{found:?}"
    );
}

#[test]
fn the_serial_number_is_the_cameras_own_and_not_that_of_a_hub_above_it() {
    let sysfs = tempfile::tempdir().unwrap();
    let usb = "pci0000:00/0000:00:14.0/usb1/1-4";
    let layout = |place, files| Layout {
        what: "a webcam behind a hub",
        name: "HD Webcam",
        place,
        files,
        trust: Trust::Physical,
        bus: Bus::Usb,
        identity: None,
    };
    let with = layout(
        "pci0000:00/0000:00:14.0/usb1/1-4/1-4.1/1-4.1:1.0",
        &[
            ("pci0000:00/0000:00:14.0/usb1/1-4/idVendor", "05e3"),
            ("pci0000:00/0000:00:14.0/usb1/1-4/idProduct", "0610"),
            ("pci0000:00/0000:00:14.0/usb1/1-4/serial", "OF-THE-HUB"),
            ("pci0000:00/0000:00:14.0/usb1/1-4/1-4.1/idVendor", "046d"),
            ("pci0000:00/0000:00:14.0/usb1/1-4/1-4.1/idProduct", "0825"),
            ("pci0000:00/0000:00:14.0/usb1/1-4/1-4.1/serial", "A1B2\n"),
        ],
    );
    let without = layout(
        "pci0000:00/0000:00:14.0/usb1/1-4/1-4.2/1-4.2:1.0",
        &[
            ("pci0000:00/0000:00:14.0/usb1/1-4/1-4.2/idVendor", "046d"),
            ("pci0000:00/0000:00:14.0/usb1/1-4/1-4.2/idProduct", "0825"),
        ],
    );
    build(sysfs.path(), 0, &with);
    build(sysfs.path(), 2, &without);
    let (first, second) = (identify(sysfs.path(), 0), identify(sysfs.path(), 2));
    assert_eq!(first.serial.as_deref(), Some("A1B2"), "{usb}");
    assert_eq!(second.serial, None);
    assert!(!first.same_camera(&second));
}
