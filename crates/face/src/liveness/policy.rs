//! The session's numbers in one place; they come from the signed policy.

use serde::{Deserialize, Serialize};

/// Limits and thresholds of a liveness session. Equal passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// A session longer than this ends undecided.
    pub session_ms: u64,
    /// Looking ahead must begin within this.
    pub settle_ms: u64,
    /// Each action must be complete within this.
    pub action_ms: u64,
    /// Looking ahead must last this long before a prompt, and a drawn pause more.
    pub hold_ms: u64,
    /// A reaction faster than this is not a reaction to the prompt.
    pub fastest_reaction_ms: u64,
    /// Yaw of a turn, degrees from looking ahead.
    pub turn_deg: f32,
    /// Pitch of a nod, degrees from looking ahead.
    pub nod_deg: f32,
    /// How far from looking ahead still counts as looking ahead, degrees.
    pub ahead_deg: f32,
    /// How far looking ahead may be from nought degrees at the start: cameras stand high or low.
    pub start_deg: f32,
    /// Inter-eye distance over that before, for coming closer.
    pub closer_ratio: f32,
    /// An eye is closed at or below this.
    pub eye_closed: f32,
    /// An eye is open at or above this.
    pub eye_open: f32,
    /// A deliberate closing of the eyes lasts at least this.
    pub blink_ms: u64,
    /// And at most this.
    pub longest_blink_ms: u64,
    /// The face may be lost for this long.
    pub face_lost_ms: u64,
    /// Times between similarity measurements may not be longer than this.
    pub similarity_gap_ms: u64,
    /// Every measured similarity must be at least this.
    pub lowest_similarity: f32,
    /// Their median must be at least this.
    pub median_similarity: f32,
    /// Frames with a passive score that are needed.
    pub passive_frames: usize,
    /// A median below this denies.
    pub passive_deny: f32,
    /// A median below this is flagged for the officer.
    pub passive_flag: f32,
    /// Relief of the pattern of all points, as a share of an average head's, that would do alone. Shares of this and the next two add up: a head has 1 or more.
    pub alone_gain: f64,
    /// How far the nose's tip stands before its wings, in inter-eye distances, that would do alone.
    pub alone_wings: f64,
    /// How far it stands before its bridge and the upper lip, likewise.
    pub alone_bridge: f64,
    /// All movements together must have this many shares: where only one movement shows depth, it must show more of it.
    pub depth_in_all: f64,
    /// Relief beyond this is no head's.
    pub relief_gain_high: f64,
    /// The same picture for longer than this is a frozen camera.
    pub frozen_ms: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            session_ms: 60_000,
            settle_ms: 10_000,
            action_ms: 7_000,
            hold_ms: 500,
            fastest_reaction_ms: 120,
            turn_deg: 17.0,
            nod_deg: 13.0,
            ahead_deg: 9.0,
            start_deg: 18.0,
            closer_ratio: 1.22,
            eye_closed: 0.35,
            eye_open: 0.5,
            blink_ms: 300,
            longest_blink_ms: 3_000,
            face_lost_ms: 600,
            similarity_gap_ms: 1_500,
            lowest_similarity: 0.25,
            median_similarity: 0.5,
            passive_frames: 10,
            // With our model three of twelve genuine photographs score below 0.5: so low medians are for the officer, only the lowest deny.
            passive_deny: 0.02,
            passive_flag: 0.5,
            alone_gain: 0.67,
            alone_wings: 0.395,
            alone_bridge: 0.292,
            depth_in_all: 1.4,
            relief_gain_high: 2.5,
            frozen_ms: 800,
        }
    }
}
