//! Why a document was not made; no message holds personal data.

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// A font inside the program could not be read: the program file is damaged.
    #[error(transparent)]
    Text(#[from] text::TextError),
    /// The content does not fit on its page.
    #[error("the content does not fit on the page")]
    DoesNotFit,
    /// The QR code could not be made.
    #[error("the code could not be made")]
    Code,
    /// The PDF would not be accessible or could not be written: an error in this crate.
    #[error("the PDF could not be made")]
    Pdf,
}
