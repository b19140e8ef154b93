//! Printing without a file: the page goes to CUPS' `lp` through a pipe, since it holds a name.

use std::io::Write;
use std::process::{Command, Stdio};

/// CUPS' program; it prints what it reads from its standard input on the default printer.
pub(crate) const PROGRAM: &str = "lp";

/// Why nothing was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrintError {
    /// There is no printing program on this PC.
    Missing,
    /// It refused: no printer, or no paper.
    Refused,
}

/// Hands a page to the printing program and waits until it has taken it.
pub(crate) fn print(program: &str, page: &[u8]) -> Result<(), PrintError> {
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| PrintError::Missing)?;
    // A program that refuses may close its input before it has read everything; its exit status says so.
    let written = child
        .stdin
        .take()
        .is_some_and(|mut pipe| pipe.write_all(page).is_ok());
    let ended = child.wait().map_err(|_| PrintError::Refused)?;
    if written && ended.success() {
        Ok(())
    } else {
        Err(PrintError::Refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_and_one_that_refuses_are_told_apart() {
        assert_eq!(print("cat", b"page"), Ok(()));
        assert_eq!(print("false", b"page"), Err(PrintError::Refused));
        assert_eq!(
            print("no-such-printing-program", b"page"),
            Err(PrintError::Missing)
        );
    }
}
