//! Verbs about cases and the people who decide them.

use crate::secret::Passphrase;
use crate::{Place, beside, println_out, who};
use anyhow::Context;
use central::cases::{self, Case, Filter, Said, Standing};
use central::operators;
use clap::Subcommand;
use domain::{CaseKind, OperatorId, PacketId, Ruling, RulingGround, Timestamp};
use envelope::{CaseRuling, CaseWord, Digest, Notice, PublicKey, Signed};
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Subcommand)]
pub(crate) enum CaseAct {
    /// The cases that wait for people, those that matter most first.
    List {
        #[command(flatten)]
        place: Place,
        /// Closed ones too.
        #[arg(long)]
        all: bool,
        /// Only of one kind: quarantine, late, unreviewed, duplicate, doubt, history, alarm, removal.
        #[arg(long)]
        kind: Option<String>,
        /// Only of one packet.
        #[arg(long)]
        packet: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// One case with its history, and what is needed to sign a word on it.
    Show {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        case: i64,
        #[arg(long)]
        json: bool,
    },
    /// Has the case's packet judged again, once the cause is mended.
    ReJudge {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        case: i64,
        #[arg(long)]
        json: bool,
    },
    /// Says a word on a case, signed here or on the operator's own machine. The second equal word makes the decision.
    Decide(Box<Decide>),
    /// Signs a word on the operator's own machine, without a centre, from what `case show --json` printed.
    Sign(Box<Sign>),
    /// Proves every decision up to the policy root's public key; fails where something does not follow from signed words.
    Verify {
        #[command(flatten)]
        place: Place,
        /// The policy root's public key, 64 hexadecimal digits, as it was written down when the centre was made; by default the one
        /// among the centre's keys.
        #[arg(long)]
        root: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Asks for the removal of a person, found by a record: opens a case for two adjudicators.
    AskRemoval {
        #[command(flatten)]
        place: Place,
        /// A record of the person, as cases name it.
        #[arg(long)]
        record: i64,
        #[arg(long)]
        json: bool,
    },
}

#[derive(clap::Args)]
pub(crate) struct Decide {
    #[command(flatten)]
    place: Place,
    /// A word that `case sign` made.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["case", "operator", "key"], required_unless_present = "case")]
    signed: Option<PathBuf>,
    #[arg(long, requires_all = ["operator", "key"])]
    case: Option<i64>,
    #[command(flatten)]
    signer: Signer,
    #[command(flatten)]
    what: What,
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct Sign {
    /// What `case show --json` printed.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    signer: Signer,
    #[command(flatten)]
    what: What,
    /// Where the word goes, for `case decide --signed`.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct Signer {
    /// The operator's name.
    #[arg(long)]
    operator: Option<String>,
    /// Their key file.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    passphrase: Passphrase,
}

#[derive(clap::Args)]
struct What {
    /// same-person, different, fraud, accept, refuse, seen, remove or keep; without it, what another operator said last.
    #[arg(long, requires = "ground")]
    ruling: Option<String>,
    /// compared, papers, heard, signatures, photograph, entry, twins or order.
    #[arg(long)]
    ground: Option<String>,
    /// Number of the written notice of an adverse decision.
    #[arg(long, requires_all = ["notice_date", "appeal_until"])]
    notice: Option<String>,
    /// When it was given, as YYYY-MM-DD.
    #[arg(long)]
    notice_date: Option<String>,
    /// In which language: en or ur.
    #[arg(long, default_value = "ur")]
    notice_language: String,
    /// Until when the person may appeal, as YYYY-MM-DD.
    #[arg(long)]
    appeal_until: Option<String>,
    /// The person was heard.
    #[arg(long)]
    heard: bool,
}

/// What `case show --json` prints, as far as a word needs it.
#[derive(Deserialize)]
struct Shown {
    case: u64,
    kind: CaseKind,
    subject: Digest,
    words: Vec<CaseRuling>,
    counters: Vec<(String, u64)>,
}

impl From<&Said> for Shown {
    fn from(said: &Said) -> Self {
        Self {
            case: said.case.case.unsigned_abs(),
            kind: said.case.kind,
            subject: said.subject,
            words: said.words.clone(),
            counters: said
                .counters
                .iter()
                .map(|(operator, next)| (operator.clone(), next.unsigned_abs()))
                .collect(),
        }
    }
}

impl What {
    fn ruling(&self, shown: &Shown) -> anyhow::Result<CaseRuling> {
        let Some(ruling) = &self.ruling else {
            let said = shown.words.last().cloned();
            return said.context("--ruling is missing: nobody has said anything on this case yet");
        };
        let ground = self.ground.as_deref().unwrap_or_default();
        Ok(CaseRuling {
            case: shown.case,
            kind: shown.kind,
            subject: shown.subject,
            ruling: Ruling::from_key(ruling).with_context(|| format!("{ruling} is no ruling"))?,
            ground: RulingGround::from_key(ground)
                .with_context(|| format!("{ground} is no ground"))?,
            notice: self.notice()?,
        })
    }

    fn notice(&self) -> anyhow::Result<Option<Notice>> {
        let (Some(number), Some(at), Some(until)) =
            (&self.notice, &self.notice_date, &self.appeal_until)
        else {
            return Ok(None);
        };
        Ok(Some(Notice {
            number: number.clone(),
            at: day(at)?,
            language: self.notice_language.clone(),
            heard: self.heard,
            appeal_until: day(until)?,
        }))
    }
}

fn day(text: &str) -> anyhow::Result<Timestamp> {
    let date: jiff::civil::Date = text
        .parse()
        .with_context(|| format!("{text} is no date as YYYY-MM-DD"))?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC)?;
    Ok(Timestamp::from_millis(
        midnight.timestamp().as_millisecond(),
    ))
}

impl Signer {
    pub(crate) fn open(&self) -> anyhow::Result<(OperatorId, envelope::SigningKey)> {
        let operator = self.operator.as_deref().context("--operator is missing")?;
        let key = self.key.as_deref().context("--key is missing")?;
        let passphrase = self.passphrase.read()?;
        let key = operators::open_key_file(key, &passphrase.as_str().into())?;
        Ok((OperatorId::parse(operator)?, key))
    }

    fn word(&self, what: &What, shown: &Shown) -> anyhow::Result<Signed<CaseWord>> {
        let ruling = what.ruling(shown)?;
        let (operator, key) = self.open()?;
        let next = shown
            .counters
            .iter()
            .find(|(name, _)| *name == operator.as_str());
        let (_, next) = next.with_context(|| format!("{operator} has not enrolled here"))?;
        let now = central::Clock::system().now();
        Ok(cases::sign(ruling, (&operator, &key), *next, now)?)
    }
}

impl CaseAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List {
                place,
                all,
                kind,
                packet,
                json,
            } => {
                let kind = kind
                    .map(|kind| {
                        CaseKind::from_key(&kind)
                            .with_context(|| format!("{kind} is no kind of case"))
                    })
                    .transpose()?;
                let packet = packet.map(|packet| PacketId::parse(&packet)).transpose()?;
                let filter = Filter { all, kind, packet };
                beside(&place, async move |store| {
                    let found = cases::list(&store, &filter).await?;
                    if json {
                        println_out(&serde_json::to_string_pretty(&found)?);
                    } else {
                        for case in &found {
                            println_out(&line(case));
                        }
                    }
                    Ok(())
                })
            }
            Self::Show { place, case, json } => beside(&place, async move |store| {
                let said = cases::show(&store, case).await?;
                println_out(&if json {
                    serde_json::to_string_pretty(&said)?
                } else {
                    whole(&said)
                });
                Ok(())
            }),
            Self::ReJudge { place, case, json } => beside(&place, async move |store| {
                let again = cases::judge_again(&store, case, &who()).await?;
                let answer = serde_json::json!({"case": case, "again": again});
                println_out(&if json {
                    answer.to_string()
                } else {
                    u8::from(again).to_string()
                });
                Ok(())
            }),
            Self::Decide(act) => act.run(),
            Self::Sign(act) => act.run(),
            Self::Verify { place, root, json } => verify(&place, root, json),
            Self::AskRemoval {
                place,
                record,
                json,
            } => beside(&place, async move |store| {
                let case = cases::ask_removal(&store, record, &who()).await?;
                let answer = serde_json::json!({"case": case});
                println_out(&if json {
                    answer.to_string()
                } else {
                    case.to_string()
                });
                Ok(())
            }),
        }
    }
}

impl Decide {
    fn run(self) -> anyhow::Result<()> {
        let Self {
            place,
            signed,
            case,
            signer,
            what,
            json,
        } = self;
        let signed = signed
            .map(|path| {
                std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))
            })
            .transpose()?;
        beside(&place, async move |store| {
            let word = match (signed, case) {
                (Some(bytes), _) => Signed::from_bytes(bytes)?,
                (None, case) => {
                    let said = cases::show(&store, case.unwrap_or_default()).await?;
                    signer.word(&what, &Shown::from(&said))?
                }
            };
            let standing = cases::decide(&store, &word).await?;
            let state = match standing {
                Standing::Waits => "waits-for-another",
                Standing::Decided => "decided",
            };
            let case = word.peek()?.ruling.case;
            let answer = serde_json::json!({"case": case, "state": state});
            println_out(&if json {
                answer.to_string()
            } else {
                state.to_owned()
            });
            Ok(())
        })
    }
}

impl Sign {
    fn run(self) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&self.from)
            .with_context(|| format!("{} cannot be read", self.from.display()))?;
        let shown: Shown = serde_json::from_str(&text).with_context(|| {
            format!(
                "{} is not what `case show --json` prints",
                self.from.display()
            )
        })?;
        let word = self.signer.word(&self.what, &shown)?;
        std::fs::write(&self.out, word.as_bytes())
            .with_context(|| format!("{} cannot be written", self.out.display()))
    }
}

fn verify(place: &Place, root: Option<String>, json: bool) -> anyhow::Result<()> {
    let root = root
        .map(|hex| PublicKey::try_from(hex).map_err(anyhow::Error::msg))
        .transpose()?;
    beside(place, async move |store| {
        let root = root.unwrap_or_else(|| store.keys().root());
        let faults = cases::verify(&store, &root).await?;
        if json {
            println_out(&serde_json::to_string_pretty(&faults)?);
        } else {
            for fault in &faults {
                let case = fault
                    .case
                    .map_or_else(|| "-".to_owned(), |case| case.to_string());
                println_out(&format!("{case}\t{}", fault.what));
            }
        }
        anyhow::ensure!(
            faults.is_empty(),
            "{} do not follow from signed words",
            faults.len()
        );
        Ok(())
    })
}

/// Number, state, kind, reason, risk, office, packet, record, other, since, ruling, with tabs between; `-` for what there is none of.
fn line(case: &Case) -> String {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    [
        case.case.to_string(),
        case.state.clone(),
        case.kind.key().to_owned(),
        case.reason.clone(),
        case.risk.to_string(),
        or_dash(case.office.clone()),
        or_dash(case.packet.map(|packet| packet.to_string())),
        or_dash(case.record.map(|record| record.to_string())),
        or_dash(case.other.map(|other| other.to_string())),
        case.opened_at.to_rfc3339(),
        or_dash(case.ruling.clone()),
    ]
    .join("\t")
}

fn whole(said: &Said) -> String {
    let mut lines = vec![
        line(&said.case),
        format!("rulings\t{}", said.rulings.join(" ")),
    ];
    for word in &said.words {
        lines.push(format!(
            "said\t{}\t{}",
            word.ruling.key(),
            word.ground.key()
        ));
    }
    for event in &said.history {
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let (at, act) = (event.at.to_rfc3339(), &event.act);
        lines.push(format!(
            "{at}\t{act}\t{}\t{}",
            dash(&event.operator),
            dash(&event.detail)
        ));
    }
    lines.join("\n")
}
