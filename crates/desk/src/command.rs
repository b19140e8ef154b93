//! What a person (or the simulation) can ask of the desk.

use crate::{Field, SourceChoice, Step, Typed};
use domain::{ApplicationKind, CaptureReason, Exception, PacketId, Refusal, StaffId, VouchReason};
use secrecy::SecretString;
use std::path::PathBuf;

/// One act. Every act is answered by a new [`crate::State`]; none of them blocks.
#[derive(Debug, Clone)]
pub enum Command {
    /// Activates this station at a centre with a one-time code.
    Activate {
        /// `https://host:port`.
        url: String,
        /// The code that an administrator gave out.
        code: String,
    },
    /// Opens a key file.
    SignIn {
        /// Staff number.
        staff: StaffId,
        /// Passphrase.
        passphrase: SecretString,
    },
    /// Takes the keys out of memory; an open draft is sealed first.
    SignOut,
    /// Somebody is at the keyboard: the idle lock starts anew.
    Touch,

    /// Starts an application.
    NewApplication,
    /// Opens a sealed draft.
    OpenDraft(PacketId),
    /// Seals the open draft and goes back to the desk.
    CloseWork,
    /// Destroys the open draft.
    DiscardDraft,
    /// Ends the open application because the applicant refuses.
    Refuse(Refusal),
    /// Goes to a step; the draft is sealed on the way.
    Goto(Step),
    /// What is asked for.
    SetKind(ApplicationKind),
    /// Types into a field.
    SetField(Field, Typed),
    /// Records or withdraws consent.
    SetConsent(bool),
    /// Sets or clears an exception.
    SetException(Exception, bool),

    /// Takes the photograph now: without a reason only when all checks hold.
    TakeNow(Option<CaptureReason>),
    /// Draws another liveness challenge after a failed one.
    BeginChallenge,
    /// Goes on without the liveness challenge, or with an easier one, because the applicant cannot do what it asks. It is recorded.
    Vouch(VouchReason),
    /// Forgets the captured photograph and tries again.
    Retake,
    /// Seals the captured photograph into the draft.
    KeepPhoto,
    /// Shows or hides the live picture for privacy.
    HidePicture(bool),

    /// Seals, signs and hands over to review.
    Submit,
    /// Prints the slip of the application that was just handed over.
    PrintSlip,

    /// Opens a review copy.
    OpenReview(PacketId),
    /// Closes it again.
    CloseReview,
    /// Signs the approval.
    Approve,
    /// Sends the open review back, with the reason's key (`return-…`).
    Return(String),
    /// Ends the open review, with the reason's key (`reject-…`).
    Reject(String),

    /// Opens a colleague's sign-in that wrong tries have locked; supervisors only.
    Unlock(StaffId),
    /// Reads what is readable of a damaged store into a new one and goes on with that; the old file is kept.
    RescueStore,
    /// Writes everything that waits to a removable medium; nothing leaves the store by it.
    WriteMedium(PathBuf),
    /// Reads the centre's answers from a removable medium.
    ReadMedium(PathBuf),
    /// Gives the open draft to a colleague, who alone can open it from then on.
    HandOver(StaffId),
    /// Tries to send now.
    RetrySync,
    /// Pauses or resumes sending.
    PauseSync(bool),
    /// Uses another camera or a replay.
    ChooseCamera(SourceChoice),
    /// Lists the cameras again.
    RefreshCameras,
    /// Computes the audit chain again; the answer is [`crate::State::audit`].
    CheckAudit,
    /// Takes the message off the screen.
    DismissNotice,
}
