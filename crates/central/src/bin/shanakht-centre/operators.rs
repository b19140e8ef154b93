//! Verbs about operators.

use crate::cases::Signer;
use crate::secret::Passphrase;
use crate::{Place, beside, println_out, who};
use anyhow::Context;
use central::{Clock, operators};
use clap::Subcommand;
use domain::{OperatorId, OperatorRole};
use envelope::{OperatorCode, Signed, SigningKey, WorkFactor, Zeroizing};
use std::path::PathBuf;

#[derive(Subcommand)]
pub(crate) enum OperatorAct {
    /// The operators, as their documents prove it.
    List {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
    /// An adjudicator introduces somebody and gets their code; without --role, the second adjudicator's word.
    Add {
        #[command(flatten)]
        place: Place,
        /// The newcomer's name.
        #[arg(long)]
        name: String,
        /// adjudicator, it or auditor.
        #[arg(long)]
        role: Option<String>,
        #[command(flatten)]
        signer: Signer,
        #[arg(long)]
        json: bool,
    },
    /// Makes the newcomer's own key on their own machine, and gives its public half to the centre where --data names it.
    Enrol {
        /// The code on paper.
        #[arg(long)]
        code: String,
        /// The newcomer's name.
        #[arg(long)]
        name: String,
        /// Where the key file goes. It stays with its owner.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        passphrase: Passphrase,
        /// The centre's folder; without it the public half goes into FILE.enrolment, for `operator take`.
        #[arg(long)]
        data: Option<PathBuf>,
        /// A PostgreSQL of one's own.
        #[arg(long, requires = "data")]
        database: Option<String>,
    },
    /// Takes the public half of a key that was made elsewhere, or the policy root's introduction.
    Take {
        #[command(flatten)]
        place: Place,
        /// What `operator enrol` or `operator introduce` wrote.
        file: PathBuf,
    },
    /// The policy root's word about somebody, such as for one whose key was lost; offline. Prints their code.
    Introduce {
        /// The policy root's seed, as it was carried away.
        #[arg(long, value_name = "FILE")]
        root: PathBuf,
        /// The newcomer's name.
        #[arg(long)]
        name: String,
        /// adjudicator, it or auditor.
        #[arg(long)]
        role: String,
        /// Where the introduction goes, for `operator take`.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Ends an operator: what they have signed so far counts, nothing more.
    Revoke {
        #[command(flatten)]
        place: Place,
        /// Whose key.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        signer: Signer,
    },
}

impl OperatorAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List { place, json } => list(&place, json),
            Self::Add {
                place,
                name,
                role,
                signer,
                json,
            } => add(&place, &name, role.as_deref(), &signer, json),
            Self::Enrol {
                code,
                name,
                out,
                passphrase,
                data,
                database,
            } => {
                let place = data.map(|data| Place {
                    data,
                    database,
                    packets: None,
                });
                enrol(&code, &name, &out, &passphrase, place)
            }
            Self::Take { place, file } => take(&place, &file),
            Self::Introduce {
                root,
                name,
                role,
                out,
            } => introduce(&root, &name, &role, &out),
            Self::Revoke {
                place,
                name,
                signer,
            } => {
                let (by, key) = signer.open()?;
                let name = OperatorId::parse(&name)?;
                beside(&place, async move |store| {
                    Ok(operators::revoke(&store, (&by, &key), &name).await?)
                })
            }
        }
    }
}

fn role_of(text: &str) -> anyhow::Result<OperatorRole> {
    OperatorRole::from_key(text).with_context(|| format!("{text} is no role"))
}

fn list(place: &Place, json: bool) -> anyhow::Result<()> {
    beside(place, async move |store| {
        let roster = operators::roster(&store).await?;
        if json {
            let all: Vec<_> = roster
                .members()
                .map(|(name, member)| serde_json::json!({"operator": name, "member": member}))
                .collect();
            println_out(&serde_json::to_string_pretty(&all)?);
            return Ok(());
        }
        for (name, member) in roster.members() {
            let by: Vec<&str> = member
                .introduced_by
                .iter()
                .map(OperatorId::as_str)
                .collect();
            let by = if by.is_empty() {
                "policy-root".to_owned()
            } else {
                by.join(" ")
            };
            let state = member
                .last
                .map_or_else(|| "-".to_owned(), |last| format!("revoked after {last}"));
            println_out(&format!("{name}\t{}\t{by}\t{state}", member.role.key()));
        }
        Ok(())
    })
}

fn add(
    place: &Place,
    name: &str,
    role: Option<&str>,
    signer: &Signer,
    json: bool,
) -> anyhow::Result<()> {
    let (by, key) = signer.open()?;
    let (name, role) = (OperatorId::parse(name)?, role.map(role_of).transpose()?);
    beside(place, async move |store| {
        let Some(role) = role else {
            let role = operators::confirm(&store, (&by, &key), &name).await?;
            let answer = serde_json::json!({"operator": name, "role": role});
            println_out(&if json {
                answer.to_string()
            } else {
                role.key().to_owned()
            });
            return Ok(());
        };
        let code = operators::add(&store, (&by, &key), &name, role)
            .await?
            .expose();
        let answer = serde_json::json!({"operator": name, "role": role, "code": code});
        println_out(&if json { answer.to_string() } else { code });
        Ok(())
    })
}

fn enrol(
    code: &str,
    name: &str,
    out: &std::path::Path,
    passphrase: &Passphrase,
    place: Option<Place>,
) -> anyhow::Result<()> {
    let (code, name) = (OperatorCode::parse(code)?, OperatorId::parse(name)?);
    anyhow::ensure!(
        !out.exists(),
        "{} is there already; nothing was made",
        out.display()
    );
    let passphrase = passphrase.read()?;
    let world = (Clock::system().now(), WorkFactor::STAFF);
    let made = operators::enrol(&name, &code, &passphrase.as_str().into(), world)?;
    let write = |path: &std::path::Path, bytes: &[u8]| {
        operators::write_private(path, bytes)
            .with_context(|| format!("{} cannot be written", path.display()))
    };
    // The key first: a centre that knows a key whose file was lost would have to be told so.
    write(out, made.key_file.as_bytes())?;
    let Some(place) = place else {
        let request = out.with_extension("enrolment");
        write(&request, made.enrolment.as_bytes())?;
        println_out(&request.display().to_string());
        return Ok(());
    };
    beside(&place, async move |store| {
        let role = operators::take_enrolment(&store, &made.enrolment).await?;
        println_out(&format!("{name}\t{}", role.key()));
        Ok(())
    })
}

fn take(place: &Place, file: &std::path::Path) -> anyhow::Result<()> {
    let bytes =
        std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let introduction = Signed::<envelope::OperatorIntroduction>::from_bytes(bytes.clone())?;
    let enrolment = Signed::<envelope::OperatorEnrolment>::from_bytes(bytes)?;
    beside(place, async move |store| {
        let taken = if introduction.peek().is_ok() {
            let said = operators::take_introduction(&store, &introduction, &who()).await?;
            (said.operator, said.role)
        } else {
            let role = operators::take_enrolment(&store, &enrolment).await?;
            (enrolment.peek()?.operator, role)
        };
        println_out(&format!("{}\t{}", taken.0, taken.1.key()));
        Ok(())
    })
}

fn introduce(
    root: &std::path::Path,
    name: &str,
    role: &str,
    out: &std::path::Path,
) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(root)
        .with_context(|| format!("{} cannot be read", root.display()))?;
    let mut seed = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(Zeroizing::new(text).trim(), seed.as_mut())
        .with_context(|| format!("{} is no policy root", root.display()))?;
    let root = SigningKey::from_seed(seed.as_ref())?;
    let (name, role) = (OperatorId::parse(name)?, role_of(role)?);
    let code = OperatorCode::generate()?;
    let now = Clock::system().now();
    let signed = operators::introduce_by_root(&root, &name, role, &code, now)?;
    std::fs::write(out, signed.as_bytes())
        .with_context(|| format!("{} cannot be written", out.display()))?;
    println_out(&code.expose());
    Ok(())
}
