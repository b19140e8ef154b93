//! `map`: native values to scalars.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use face::Component;

#[derive(Args)]
pub(crate) struct Options {
    /// CSV with the columns component and native; further columns are ignored. `-` reads standard input.
    file: PathBuf,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<bool> {
    let named = || options.file.display().to_string();
    let input: Box<dyn std::io::Read> = if options.file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(&options.file).with_context(named)?)
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(input);
    let headers = reader.headers().with_context(named)?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name);
    let (Some(component_at), Some(native_at)) = (column("component"), column("native")) else {
        bail!(
            "{}: the first line must name the columns component and native",
            named()
        );
    };
    let output = std::io::BufWriter::new(std::io::stdout().lock());
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(["component", "native", "scalar"])?;
    for (number, record) in reader.records().enumerate() {
        let line = || format!("{}, line {}", options.file.display(), number + 2);
        let record = record.with_context(line)?;
        let name = record.get(component_at).unwrap_or_default();
        let native = record.get(native_at).unwrap_or_default();
        let component: Component = name.parse().with_context(line)?;
        let value: f64 = native
            .parse()
            .with_context(|| format!("{}: {native:?} is no number", line()))?;
        let Some(scalar) = component.scalar(value) else {
            bail!("{}: {native} has no scalar", line());
        };
        writer.write_record([name, native, &scalar.to_string()])?;
    }
    writer.flush()?;
    writer
        .into_inner()
        .map_err(|error| anyhow::anyhow!("{error}"))?
        .flush()?;
    Ok(true)
}
