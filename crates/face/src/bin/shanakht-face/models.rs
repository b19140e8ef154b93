//! `models`: the networks of a folder, and a manifest for whoever exchanges one.

use std::path::Path;

use clap::Args;
use face::{Analyser, Models};

#[derive(Args)]
pub(crate) struct Options {
    /// Print the manifest with the golden figures that the files give, instead of proving them against it. It vouches for nothing:
    /// compare the templates of known pictures before it is used.
    #[arg(long)]
    golden: bool,
}

#[allow(clippy::print_stdout)] // the command's answer
pub(crate) fn run(options: &Options, folder: &Path) -> anyhow::Result<bool> {
    let models = Models::load(folder)?;
    if options.golden {
        println!("{}", models.manifest_with_golden()?);
        return Ok(true);
    }
    let analyser = Analyser::with_models(&models)?;
    for entry in models.entries() {
        println!(
            "{:17} {:14} {} {}, {}",
            entry.role.to_string(),
            entry.name,
            entry.source,
            entry.version,
            entry.licence
        );
    }
    let templates = analyser.templates();
    let decisions = templates.decisions();
    println!(
        "templates         {} ({} figures), match from {}, no match below {} ({})",
        templates.id().as_str(),
        templates.length(),
        decisions.match_from,
        decisions.non_match_below,
        decisions.dated
    );
    for former in templates.former() {
        println!("made before       {}", former.id().as_str());
    }
    Ok(true)
}
