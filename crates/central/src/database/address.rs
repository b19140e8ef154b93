//! Where the database is: a URL as libpq has it, of which TLS and the password's file are read here.

use crate::{CentreError, private_file};
use envelope::Zeroizing;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How a centre connects.
#[derive(Clone)]
pub(super) struct Address {
    pub config: Config,
    pub tls: MakeRustlsConnect,
}

/// What libpq knows and the driver does not.
#[derive(Default)]
struct Ours {
    mode: Option<String>,
    root: Option<PathBuf>,
    passfile: Option<PathBuf>,
}

impl Address {
    /// `postgresql://USER@HOST/NAME?sslmode=verify-full&sslrootcert=FILE&passfile=FILE`. Whatever is not on this machine is reached by
    /// TLS with a certificate of that authority and the name of that host, or not at all.
    pub(super) fn parse(url: &str) -> Result<Self, CentreError> {
        let (plain, ours) = split(url)?;
        let mut config: Config = plain
            .parse()
            .map_err(|_| refused("the database URL cannot be read"))?;
        if let Some(file) = &ours.passfile {
            let password = password(file, &config)?;
            config.password(password.as_bytes());
        }
        let roots = match ours.mode.as_deref() {
            Some("verify-full") => {
                config.ssl_mode(SslMode::Require);
                let file = ours.root.as_deref();
                authorities(file.ok_or_else(|| refused("sslmode=verify-full wants sslrootcert"))?)?
            }
            None | Some("disable") if is_here(&config) => {
                config.ssl_mode(SslMode::Disable);
                RootCertStore::empty()
            }
            _ => {
                return Err(refused(
                    "a database on another machine is reached with sslmode=verify-full&sslrootcert=FILE only",
                ));
            }
        };
        let tls = client(roots)?;
        Ok(Self { config, tls })
    }
}

/// Whether a URL has a password in it, which everybody who may list processes could read.
///
/// # Errors
/// [`CentreError::Refused`] where it cannot be read.
pub fn names_password(url: &str) -> Result<bool, CentreError> {
    let (plain, _) = split(url)?;
    let config: Result<Config, _> = plain.parse();
    let config = config.map_err(|_| refused("the database URL cannot be read"))?;
    Ok(config.get_password().is_some())
}

/// The URL without its password, which goes into a passfile.
pub(crate) fn without_password(url: &str, passfile: &Path) -> Result<String, CentreError> {
    let (plain, _) = split(url)?;
    let config: Config = plain
        .parse()
        .map_err(|_| refused("the database URL cannot be read"))?;
    let Some(password) = config.get_password() else {
        return Ok(url.to_owned());
    };
    let password = Zeroizing::new(String::from_utf8_lossy(password).into_owned());
    let line = Zeroizing::new(format!(
        "*:*:*:*:{}\n",
        password.replace('\\', "\\\\").replace(':', "\\:")
    ));
    private_file::write(passfile, line.as_bytes())?;
    // Between the scheme and the host: USER:PASSWORD@.
    let cannot = || refused("the password is not where a URL has it");
    let (scheme, rest) = url.split_once("://").ok_or_else(cannot)?;
    let (user, place) = rest.split_once('@').ok_or_else(cannot)?;
    let (user, _) = user.split_once(':').ok_or_else(cannot)?;
    let joint = if place.contains('?') { '&' } else { '?' };
    Ok(format!(
        "{scheme}://{user}@{place}{joint}passfile={}",
        passfile.display()
    ))
}

fn refused(why: &str) -> CentreError {
    CentreError::Refused(why.to_owned())
}

fn split(url: &str) -> Result<(String, Ours), CentreError> {
    let is_url = ["postgresql://", "postgres://"].iter();
    if !is_url.clone().any(|scheme| url.starts_with(scheme)) {
        return Err(refused(
            "a database is named as postgresql://USER@HOST/NAME",
        ));
    }
    let (plain, query) = url.split_once('?').unwrap_or((url, ""));
    let mut ours = Ours::default();
    let mut rest = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "sslmode" => ours.mode = Some(value.to_owned()),
            "sslrootcert" => ours.root = Some(decoded(value).into()),
            "passfile" => ours.passfile = Some(decoded(value).into()),
            _ => rest.push(pair),
        }
    }
    let plain = if rest.is_empty() {
        plain.to_owned()
    } else {
        format!("{plain}?{}", rest.join("&"))
    };
    Ok((plain, ours))
}

/// `%20` and the like in a path.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (first, _) => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// On this machine, so that nobody is between.
fn is_here(config: &Config) -> bool {
    let here = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let address = name.parse::<std::net::IpAddr>();
            name == "localhost" || address.is_ok_and(|address| address.is_loopback())
        }
    };
    let hosts = config.get_hosts();
    let addresses = config.get_hostaddrs();
    hosts.iter().all(here) && addresses.iter().all(std::net::IpAddr::is_loopback)
}

fn authorities(file: &Path) -> Result<RootCertStore, CentreError> {
    let unreadable = || refused(&format!("{} is no certificate in PEM", file.display()));
    let bytes = private_file::read(file)?.ok_or_else(unreadable)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let certificate = certificate.map_err(|_| unreadable())?;
        roots.add(certificate).map_err(|_| unreadable())?;
    }
    if roots.is_empty() {
        return Err(unreadable());
    }
    Ok(roots)
}

fn client(roots: RootCertStore) -> Result<MakeRustlsConnect, CentreError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| refused("no version of TLS is left"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The password of the first line that fits, as in libpq's `.pgpass`: `host:port:database:user:password`, each of the first four may be
/// `*`, `\:` and `\\` stand for the characters themselves.
fn password(file: &Path, config: &Config) -> Result<Zeroizing<String>, CentreError> {
    let cannot = |e| CentreError::file(format!("{} could not be read", file.display()), e);
    let mode = std::fs::metadata(file)
        .map_err(cannot)?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        let why = format!("{} may be read by others: chmod 600", file.display());
        return Err(refused(&why));
    }
    let text = Zeroizing::new(std::fs::read_to_string(file).map_err(cannot)?);
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let wanted = [
        host,
        port.to_string(),
        config.get_dbname().unwrap_or_default().to_owned(),
        config.get_user().unwrap_or_default().to_owned(),
    ];
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| fitting(line, &wanted))
        .ok_or_else(|| refused(&format!("{} has no line for this database", file.display())))
}

fn fitting(line: &str, wanted: &[String; 4]) -> Option<Zeroizing<String>> {
    let mut fields = vec![Zeroizing::new(String::new())];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let last = fields.len() == 5;
        match letter {
            '\\' => fields.last_mut()?.extend(letters.next()),
            ':' if !last => fields.push(Zeroizing::default()),
            letter => fields.last_mut()?.push(letter),
        }
    }
    let password = fields.get(4)?.clone();
    let fits = |(field, wanted): (&Zeroizing<String>, &String)| {
        let field = field.as_str();
        field == "*" || field == wanted
    };
    fields.iter().zip(wanted).all(fits).then_some(password)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn passfile(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    fn why(url: &str) -> String {
        Address::parse(url).err().unwrap().to_string()
    }

    #[test]
    fn another_machine_is_reached_by_verified_tls_or_not_at_all() {
        assert!(Address::parse("postgresql://a@127.0.0.1/b").is_ok());
        assert!(Address::parse("postgresql://a@localhost/b?sslmode=disable").is_ok());
        for url in [
            "postgresql://a@db.example/b",
            "postgresql://a@db.example/b?sslmode=disable",
            "postgresql://a@db.example/b?sslmode=prefer",
            "postgresql://a@db.example/b?sslmode=require",
            "postgresql://a@127.0.0.1,db.example/b",
            "postgresql://a@localhost/b?hostaddr=10.0.0.7",
        ] {
            assert!(why(url).contains("verify-full"), "{url}: {}", why(url));
        }
        assert!(why("postgresql://a@db.example/b?sslmode=verify-full").contains("sslrootcert"));
        assert!(why("host=127.0.0.1 user=a").contains("postgresql://"));
    }

    #[test]
    fn the_password_comes_from_the_line_that_fits() {
        let file =
            passfile("# ours\nother:*:*:*:no\n127.0.0.1:5433:b:a:no\n*:*:b:a:a\\:b\\\\c:d\n");
        let path = file.path().display();
        let address = Address::parse(&format!("postgresql://a@127.0.0.1/b?passfile={path}"));
        let config = address.unwrap().config;
        assert_eq!(config.get_password().unwrap(), b"a:b\\c:d");
        assert!(why(&format!("postgresql://x@127.0.0.1/b?passfile={path}")).contains("no line"));
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(file.path(), open).unwrap();
        let error = why(&format!("postgresql://a@127.0.0.1/b?passfile={path}"));
        assert!(error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn a_url_without_its_password_means_the_same() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("passfile");
        let url = "postgresql://a:s%3Ae%5Cc@127.0.0.1:5433/b";
        let without = without_password(url, &file).unwrap();
        assert!(!names_password(&without).unwrap(), "{without}");
        let config = Address::parse(&without).unwrap().config;
        assert_eq!(config.get_password().unwrap(), b"s:e\\c");
        assert_eq!(config.get_ports(), [5433]);
    }

    #[test]
    fn a_password_in_the_url_is_seen() {
        assert!(names_password("postgresql://a:secret@127.0.0.1/b").unwrap());
        assert!(names_password("postgresql://a@127.0.0.1/b?password=secret").unwrap());
        assert!(!names_password("postgresql://a@127.0.0.1/b?passfile=/etc/x").unwrap());
    }
}
