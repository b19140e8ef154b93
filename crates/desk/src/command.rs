//! What a person (or the simulation) can ask of the desk, by service.

use crate::{Field, SourceChoice, Step, Typed};
use domain::{ApplicationKind, CaptureReason, Exception, PacketId, Refusal, StaffId, VouchReason};
use secrecy::SecretString;
use std::path::PathBuf;

/// One act. Every act is answered by a new [`crate::State`]; none of them blocks.
#[derive(Debug, Clone)]
pub enum Command {
    /// Who works here.
    Session(SessionAct),
    /// The open application.
    Enrolment(EnrolmentAct),
    /// A supervisor's second pair of eyes.
    Review(ReviewAct),
    /// What waits for the centre.
    Outbox(OutboxAct),
    /// This PC.
    Station(StationAct),
    /// Takes the message off the screen.
    DismissNotice,
}

/// Who works here.
#[derive(Debug, Clone)]
pub enum SessionAct {
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
    /// Opens the page for a new passphrase, where nothing else is open.
    BeginPassphrase,
    /// Seals the key file under a new passphrase, where the old one opens it.
    ChangePassphrase {
        /// The one that opens the key file now.
        old: SecretString,
        /// The one that will.
        new: SecretString,
    },
    /// Leaves that page; the passphrase stays as it is.
    ClosePassphrase,
    /// Opens a colleague's sign-in that wrong tries have locked; supervisors only.
    Unlock(StaffId),
}

/// The open application.
#[derive(Debug, Clone)]
pub enum EnrolmentAct {
    /// Starts an application.
    New,
    /// Opens a sealed draft.
    Open(PacketId),
    /// Seals the open draft and goes back to the desk.
    Close,
    /// Destroys the open draft.
    Discard,
    /// Ends the open application because the applicant refuses.
    Refuse(Refusal),
    /// Gives the open draft to a colleague, who alone can open it from then on.
    HandOver(StaffId),
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
}

/// A supervisor's second pair of eyes.
#[derive(Debug, Clone)]
pub enum ReviewAct {
    /// Opens a review copy.
    Open(PacketId),
    /// Closes it again.
    Close,
    /// Signs the approval.
    Approve,
    /// Sends the open review back, with the reason's key (`return-…`).
    Return(String),
    /// Ends the open review, with the reason's key (`reject-…`).
    Reject(String),
}

/// What waits for the centre.
#[derive(Debug, Clone)]
pub enum OutboxAct {
    /// Tries to send now.
    TryNow,
    /// Pauses or resumes sending.
    Pause(bool),
    /// Writes everything that waits to a removable medium; nothing leaves the store by it.
    WriteMedium(PathBuf),
    /// Reads the centre's answers from a removable medium.
    ReadMedium(PathBuf),
}

/// This PC.
#[derive(Debug, Clone)]
pub enum StationAct {
    /// Activates this station at a centre with a one-time code.
    Activate {
        /// `https://host:port`.
        url: String,
        /// The code that an administrator gave out.
        code: Typed,
    },
    /// Reads what is readable of a damaged store into a new one and goes on with that; the old file is kept.
    RescueStore,
    /// Extends the lease, once, by the code that the centre gave out; as it was typed.
    ExtendLease(String),
    /// Keeps a second sealed copy in a folder on another disk; supervisors only.
    KeepSecondCopy(PathBuf),
    /// Keeps none any more.
    EndSecondCopy,
    /// Uses another camera or a replay.
    ChooseCamera(SourceChoice),
    /// Lists the cameras again.
    RefreshCameras,
    /// Computes the audit chain again; the answer is [`crate::State::audit`].
    CheckAudit,
}
