//! The one extension of a lease, by the code that somebody at the centre dictates.

use super::Core;
use crate::{Notice, problems};
use envelope::{CodeFault, ExtensionCode};
use queue::{ExtensionRefusal, QueueError};

impl Core {
    /// Takes the code as it was typed, pasted or scanned. A typing error spends no try.
    pub(super) fn extend_lease(&mut self, typed: &str) {
        let Some(session) = &self.session else {
            return;
        };
        let staff = session.entry.id.clone();
        let code = match ExtensionCode::parse(typed) {
            Ok(code) => code,
            Err(fault) => {
                self.notice = Some(mistyped(fault));
                return;
            }
        };
        let (believed_now, now) = (self.believed_now(), self.options.clock.now());
        let (Some(store), Some(station)) = (&mut self.store, &mut self.station) else {
            return;
        };
        match store.extend_lease(&code, &staff, believed_now, now) {
            Ok(held) => {
                let notice = Notice::ok("notice-lease-extended")
                    .with("date", held.ends().to_date())
                    .with("count", held.packets().to_string());
                station.lease = Some(held);
                self.notice = Some(notice);
            }
            Err(QueueError::Extension(why)) => self.notice = Some(refused(why)),
            Err(error) => self.notice = Some(problems::store(&error)),
        }
    }

    /// An extension that was taken while the clock was ahead begins when it surely did.
    pub(super) fn hold_extension(&mut self) {
        if self.lease().is_none_or(|held| held.extended_at.is_none()) {
            return;
        }
        let believed_now = self.believed_now();
        let (Some(store), Some(station)) = (&mut self.store, &mut self.station) else {
            return;
        };
        let held = store
            .hold_extension(believed_now)
            .and_then(|()| store.lease());
        match held {
            Ok(held) => station.lease = held,
            Err(error) => tracing::warn!(%error, "the extension's begin was not kept"),
        }
    }

    /// The centre does not accept this station: until it gives a lease again, none is extended.
    pub(super) fn note_refused(&mut self) {
        let now = self.options.clock.now();
        if let Some(store) = &mut self.store
            && let Err(error) = store.note_refused(now)
        {
            tracing::warn!(%error, "the centre's refusal was not kept");
        }
    }
}

fn mistyped(fault: CodeFault) -> Notice {
    match fault {
        CodeFault::Length { letters } => Notice::attention("notice-code-length")
            .with("letters", letters.to_string())
            .with("of", ExtensionCode::LETTERS.to_string()),
        CodeFault::Letter { place } => {
            Notice::attention("notice-code-letter").with("place", place.to_string())
        }
        CodeFault::Check => Notice::attention("notice-code-check"),
    }
}

fn refused(why: ExtensionRefusal) -> Notice {
    match why {
        ExtensionRefusal::NotOffered => Notice::attention("notice-extension-not-offered"),
        ExtensionRefusal::Used => Notice::attention("notice-extension-used"),
        ExtensionRefusal::Revoked => Notice::stop("notice-extension-revoked"),
        ExtensionRefusal::OtherCode { left } => {
            Notice::attention("notice-extension-other-code").with("left", left.to_string())
        }
        ExtensionRefusal::TriesUsedUp => Notice::stop("notice-extension-tries"),
    }
}
