//! Words for the person who starts a centre, in English and Urdu: what happened, what was kept,
//! what to do.

use crate::CentreError;

/// Explains why a centre did not start, in both languages.
pub fn explain(error: &CentreError) -> String {
    let (english, urdu) = match error {
        CentreError::PostgresMissing => (
            "PostgreSQL was not found, so the centre cannot keep records. Nothing was changed.\nInstall it (Debian: apt install postgresql-15), or name a server with --database URL.".to_owned(),
            "پوسٹ گریس کیو ایل نہیں ملا، اس لیے مرکز ریکارڈ نہیں رکھ سکتا۔ کچھ تبدیل نہیں ہوا۔\nاسے نصب کریں (Debian: apt install postgresql-15)، یا --database URL سے سرور بتائیں۔".to_owned(),
        ),
        CentreError::PortInUse(address) => (
            format!("Another program listens on {address}. Everything stored is kept.\nStop that program, or choose another address with --listen."),
            format!("{address} پر پہلے سے ایک پروگرام چل رہا ہے۔ تمام محفوظ مواد برقرار ہے۔\nوہ پروگرام بند کریں، یا --listen سے دوسرا پتہ چنیں۔"),
        ),
        CentreError::Busy(folder) => (
            format!("Another centre works in {}. Everything stored is kept.\nStop it first, or choose another folder with --data.", folder.display()),
            format!("{} میں ایک اور مرکز چل رہا ہے۔ تمام محفوظ مواد برقرار ہے۔\nپہلے اسے بند کریں، یا --data سے دوسرا فولڈر چنیں۔", folder.display()),
        ),
        other => (
            format!("The centre could not do this: {other}. Everything stored is kept.\nMend the cause and start it again."),
            format!("مرکز یہ کام نہیں کر سکا: {other}۔ تمام محفوظ مواد برقرار ہے۔\nوجہ دور کر کے دوبارہ چلائیں۔"),
        ),
    };
    format!("{english}\n\n{urdu}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_postgresql_is_explained_in_both_languages() {
        let text = explain(&CentreError::PostgresMissing);
        assert!(text.contains("apt install") && text.contains("پوسٹ"));
    }
}
