//! Figures counted in the database: what really is there, for simulations and tests.

use crate::{CentreError, Store};
use serde::Serialize;

/// Counts at the centre.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Packets that were accepted.
    pub accepted: i64,
    /// Packets in quarantine.
    pub quarantined: i64,
    /// Packets that wait for their checks.
    pub waiting: i64,
    /// Signed receipts.
    pub receipts: i64,
    /// Records that came from packets: the effects.
    pub effects: i64,
    /// Packets with more than one effect; always 0.
    pub duplicated_effects: i64,
    /// Packets that wait for their checks or for their search among all others.
    pub jobs_open: i64,
    /// Pairs that wait for a person.
    pub adjudications: i64,
    /// Packets that resemble another record.
    pub packets_suspected: i64,
    /// Packets that resemble the record of another packet, not only an invented one.
    pub packets_suspected_of_packets: i64,
    /// Lines told to offices.
    pub outcomes: i64,
    /// Alarms raised.
    pub alarms: i64,
    /// Uploads under way.
    pub uploads_open: i64,
    /// Invented records.
    pub population: i64,
    /// Cases that wait for people.
    pub cases: i64,
    /// Packets whose face or number people look or looked into.
    pub packets_doubted: i64,
    /// References of which no template of the newest model could be made: no search of that model finds them.
    pub references_not_remade: i64,
}

impl Figures {
    /// Counts them.
    ///
    /// # Errors
    /// [`CentreError`] when the database cannot be reached.
    pub async fn count(store: &Store) -> Result<Self, CentreError> {
        let row = store
            .client()
            .await?
            .query_one(
                "select
                   (select count(*) from packet where state = 'accepted'),
                   (select count(*) from packet where state = 'quarantined'),
                   (select count(*) from packet where state = 'received'),
                   (select count(*) from packet where receipt is not null),
                   (select count(*) from record where packet is not null),
                   (select count(*) from (select from record where packet is not null
                                          group by packet having count(*) > 1) r),
                   (select count(*) from packet where state = 'received')
                     + (select count(*) from dedup_job where state = 'open'),
                   (select count(*) from case_file where state = 'open' and other is not null),
                   (select count(distinct packet) from case_file where other is not null),
                   (select count(distinct c.packet) from case_file c
                    join record r on r.id = c.other where not r.invented),
                   (select count(*) from outcome),
                   (select count(*) from alarm),
                   (select count(*) from upload where not completed),
                   (select count(*) from record where invented),
                    (select count(*) from case_file where state = 'open'),
                    (select count(distinct packet) from case_file where kind in ('duplicate', 'doubt')),
                    (select count(*) from biometric where remake_failed is not null)",
                &[],
            )
            .await?;
        Ok(Self {
            accepted: row.get(0),
            quarantined: row.get(1),
            waiting: row.get(2),
            receipts: row.get(3),
            effects: row.get(4),
            duplicated_effects: row.get(5),
            jobs_open: row.get(6),
            adjudications: row.get(7),
            packets_suspected: row.get(8),
            packets_suspected_of_packets: row.get(9),
            outcomes: row.get(10),
            alarms: row.get(11),
            uploads_open: row.get(12),
            population: row.get(13),
            cases: row.get(14),
            packets_doubted: row.get(15),
            references_not_remade: row.get(16),
        })
    }
}
