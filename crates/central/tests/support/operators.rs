//! Operators with keys of their own, and what they say.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use super::TestCentre;
use central::cases::{self, Case, Filter, Standing};
use central::{CentreError, operators};
use domain::{CaseKind, OperatorId, OperatorRole, Ruling, RulingGround};
use envelope::{CaseRuling, CaseWord, Notice, OperatorCode, Signed, SigningKey, WorkFactor};
use std::path::Path;

/// An operator and their key, which no centre has.
pub struct Operator {
    pub name: OperatorId,
    pub key: SigningKey,
}

pub fn name(text: &str) -> OperatorId {
    OperatorId::parse(text).unwrap()
}

/// The policy root of a folder in which it lies.
pub fn root_in(folder: &Path) -> SigningKey {
    let seed = std::fs::read_to_string(folder.join("policy-root.seed")).unwrap();
    SigningKey::from_seed(&hex::decode(seed.trim()).unwrap()).unwrap()
}

/// What somebody does on their own machine, and the centre's part of it.
pub fn enrolled(centre: &TestCentre, who: &OperatorId, code: &OperatorCode) -> Operator {
    let passphrase = "an orchard behind the river".into();
    let world = (super::packet::now(), WorkFactor::TEST);
    let made = operators::enrol(who, code, &passphrase, world).unwrap();
    let key = made.key_file.open(&passphrase).unwrap().signing;
    centre.act(async move |store| operators::take_enrolment(&store, &made.enrolment).await);
    Operator {
        name: who.clone(),
        key,
    }
}

/// Somebody whom the policy root introduces.
pub fn introduced(
    centre: &TestCentre,
    root: &SigningKey,
    who: &str,
    role: OperatorRole,
) -> Operator {
    let (who, code) = (name(who), OperatorCode::generate().unwrap());
    let now = super::packet::now();
    let signed = operators::introduce_by_root(root, &who, role, &code, now).unwrap();
    centre.act(async move |store| operators::take_introduction(&store, &signed, "test").await);
    enrolled(centre, &who, &code)
}

/// Two adjudicators of a centre for development.
pub fn two(centre: &TestCentre) -> [Operator; 2] {
    let root = root_in(&centre.folder.path().join("keys"));
    ["ayesha", "bilal"].map(|who| introduced(centre, &root, who, OperatorRole::Adjudicator))
}

pub fn notice() -> Notice {
    Notice {
        number: "MUL/2026/17".to_owned(),
        at: super::packet::now(),
        language: "ur".to_owned(),
        heard: true,
        appeal_until: super::packet::now().plus_days(30),
    }
}

/// The open cases of a kind.
pub fn open(centre: &TestCentre, kind: CaseKind) -> Vec<Case> {
    let filter = Filter {
        kind: Some(kind),
        ..Filter::default()
    };
    centre.act(async move |store| cases::list(&store, &filter).await)
}

/// The one open case of a kind.
pub fn only(centre: &TestCentre, kind: CaseKind) -> i64 {
    let found = open(centre, kind);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].case
}

/// What both are to say.
pub fn ruling(centre: &TestCentre, case: i64, ruling: Ruling) -> CaseRuling {
    let said = centre.act(async move |store| cases::show(&store, case).await);
    CaseRuling {
        case: case.unsigned_abs(),
        kind: said.case.kind,
        subject: said.subject,
        ruling,
        ground: RulingGround::Compared,
        notice: ruling.is_adverse(said.case.kind).then(notice),
    }
}

/// An operator's word in its right place.
pub fn word(centre: &TestCentre, who: &Operator, ruling: &CaseRuling) -> Signed<CaseWord> {
    let name = who.name.clone();
    let next = centre.act(async move |store| operators::next_counter(&store, &name).await);
    cases::sign(
        ruling.clone(),
        (&who.name, &who.key),
        next,
        super::packet::now(),
    )
    .unwrap()
}

/// Says a word.
pub fn say(centre: &TestCentre, word: &Signed<CaseWord>) -> Result<Standing, CentreError> {
    let word = word.clone();
    centre.act(async move |store| Ok(cases::decide(&store, &word).await))
}

/// Both say the same: the decision.
pub fn both(centre: &TestCentre, two: &[Operator; 2], case: i64, what: Ruling) {
    let agreed = ruling(centre, case, what);
    let first = say(centre, &word(centre, &two[0], &agreed)).unwrap();
    assert_eq!(first, Standing::Waits);
    let second = say(centre, &word(centre, &two[1], &agreed)).unwrap();
    assert_eq!(second, Standing::Decided);
}

/// What does not follow from signed words.
pub fn unfounded(centre: &TestCentre) -> Vec<cases::Fault> {
    centre.act(async |store| {
        let root = store.keys().root();
        cases::verify(&store, &root).await
    })
}
