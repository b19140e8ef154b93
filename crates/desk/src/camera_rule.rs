//! What the signed policy says of cameras.

use capture::{Admission, Device, Pins, Standing, VendorProduct};
use domain::{Policy, Source};

/// The cameras that policy names, or every one with a lens; software only where pictures may be replayed too.
pub(crate) fn of(policy: &Policy) -> Admission {
    Admission {
        pins: pins(policy),
        software: policy.replay_allowed,
    }
}

/// Where frames of this device come from, as the manifest names it.
pub(crate) fn source(policy: &Policy, device: Option<&Device>) -> Source {
    match device {
        Some(device) if device.trust != capture::Trust::Replayed => Source::Camera {
            name: device.name.clone(),
            vendor_product: device.vendor_product.map(|v| (v.vendor, v.product)),
            trusted: device.standing(&pins(policy)) == Standing::Trusted,
        },
        _ => Source::Replayed,
    }
}

fn pins(policy: &Policy) -> Pins {
    let named = policy.cameras.iter();
    Pins::new(
        named
            .map(|(vendor, product)| VendorProduct {
                vendor: *vendor,
                product: *product,
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use capture::{Bus, Refused, Trust};

    fn camera(trust: Trust) -> Device {
        Device {
            node: "/dev/video0".into(),
            name: "HD Webcam".into(),
            bus: Bus::Usb,
            vendor_product: VendorProduct::parse("046d:0825"),
            trust,
            serial: None,
        }
    }

    #[test]
    fn the_cameras_of_the_policy_are_the_ones_that_are_read_and_trusted() {
        let mut policy = Policy {
            replay_allowed: false,
            cameras: vec![(0x046d, 0x0825)],
            ..Policy::default()
        };
        let trusted = |policy: &Policy| match source(policy, Some(&camera(Trust::Physical))) {
            Source::Camera { trusted, .. } => trusted,
            Source::Replayed => false,
        };
        assert_eq!(of(&policy).refuses(&camera(Trust::Physical)), None);
        assert!(trusted(&policy));
        let software = of(&policy).refuses(&camera(Trust::Virtual));
        assert_eq!(software, Some(Refused::Software));
        policy.cameras = vec![(0x046d, 0x0826)];
        let other = of(&policy).refuses(&camera(Trust::Physical));
        assert_eq!(other, Some(Refused::NotIssued));
        assert!(!trusted(&policy), "the manifest would vouch for it");
        policy.cameras.clear();
        policy.replay_allowed = true;
        assert_eq!(of(&policy).refuses(&camera(Trust::Loopback)), None);
        assert!(trusted(&policy));
    }
}
