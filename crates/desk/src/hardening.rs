//! What keeps keys and pictures out of files that nobody meant to write.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// From now on this process leaves no core: a crash in the middle of an application would write a picture, two numbers and a key to the
/// disk. Where the system refuses, the log says so and work goes on.
pub(crate) fn forbid_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let limited = setrlimit(Resource::Core, none);
    // The limit alone does not hold where the system hands cores to a program.
    let hidden = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if limited.is_err() || hidden.is_err() {
        tracing::error!("the system does not let this program forbid its core dumps");
    }
}

/// Deeper than what a thread of the desk calls: decoding, sealing, hashing.
const STACK_BYTES: usize = 256 << 10;

/// Writes zeros where deeper calls of this thread had their stack. Libraries keep what they decode, seal and hash in buffers of it, and
/// those would stay until the next deep call.
#[inline(never)]
#[allow(clippy::large_stack_arrays, reason = "the stack is what is meant")]
pub(crate) fn wipe_stack() {
    std::hint::black_box(&mut [0_u8; STACK_BYTES]);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rustix::process::{dumpable_behavior, getrlimit};

    #[test]
    fn a_crash_leaves_no_core() {
        forbid_dumps();
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
