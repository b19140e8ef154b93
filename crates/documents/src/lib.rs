//! Acknowledgement slip as tagged PDF, bilingual, with QR.
