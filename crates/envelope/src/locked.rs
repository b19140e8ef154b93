//! Seeds of keys in memory that the system does not swap out.

use region::LockGuard;
use zeroize::Zeroize;

/// A page of its own, so that no other secret's lock ends with this one.
#[repr(align(4096))]
#[derive(Zeroize)]
struct Page([u8; 32]);

/// A seed on a page that is locked into memory, where the system's limit allows it, and wiped at the end.
pub(crate) struct LockedSeed {
    // Before the page: what is locked is let go of before it is freed. None where the system gives no more locked memory.
    lock: Option<LockGuard>,
    page: Box<Page>,
}

impl LockedSeed {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        let mut page = Box::new(Page([0; 32]));
        let lock = region::lock(std::ptr::from_ref::<Page>(&page), size_of::<Page>()).ok();
        page.0.copy_from_slice(seed);
        Self { lock, page }
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.page.0
    }

    /// Whether the system keeps the page in memory.
    #[cfg(test)]
    fn is_locked(&self) -> bool {
        self.lock.is_some()
    }
}

impl Clone for LockedSeed {
    fn clone(&self) -> Self {
        Self::new(self.expose())
    }
}

impl Drop for LockedSeed {
    fn drop(&mut self) {
        self.page.zeroize();
        self.lock = None;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What the kernel has locked for this process, in kB.
    fn locked_kilobytes() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|l| l.starts_with("VmLck:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    #[test]
    fn every_seed_is_on_a_locked_page_of_its_own() {
        let first = LockedSeed::new(&[1; 32]);
        let second = first.clone();
        assert!(first.is_locked() && second.is_locked());
        assert_ne!(
            std::ptr::from_ref(first.expose()).addr() / 4096,
            std::ptr::from_ref(second.expose()).addr() / 4096
        );
        assert!(locked_kilobytes() >= 8);
        drop(first);
        assert!(locked_kilobytes() >= 4, "the other one's lock stays");
        assert_eq!(second.expose(), &[1; 32]);
    }
}
