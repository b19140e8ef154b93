//! The audit chain, computed again when somebody asks.

use super::Core;
use crate::AuditView;
use queue::AuditFault;

/// Digits of the head that a person compares by eye.
const HEAD_DIGITS: usize = 12;

impl Core {
    pub(super) fn check_audit(&mut self) {
        let Some(store) = &self.store else { return };
        let at = self.options.clock.now();
        let view = match store.verify_audit() {
            Ok(summary) => AuditView {
                at,
                rows: summary.rows,
                head: summary.head.to_string().chars().take(HEAD_DIGITS).collect(),
                fault: None,
            },
            Err(fault) => {
                tracing::error!(%fault, "the audit chain does not hold");
                let rows = match fault {
                    AuditFault::Row { row } => row,
                    AuditFault::Cut { rows, .. } => rows,
                    AuditFault::UnknownHead { .. } | AuditFault::Store(_) => 0,
                };
                AuditView {
                    at,
                    rows,
                    head: String::new(),
                    fault: Some(fault_key(&fault)),
                }
            }
        };
        self.audited = Some(view);
    }
}

fn fault_key(fault: &AuditFault) -> &'static str {
    match fault {
        AuditFault::Row { .. } => "audit-fault-row",
        AuditFault::Cut { .. } => "audit-fault-cut",
        AuditFault::UnknownHead { .. } => "audit-fault-head",
        AuditFault::Store(_) => "audit-fault-store",
    }
}
