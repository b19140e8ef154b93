//! Who is an operator, as the documents prove it: introduced by the policy root or by two adjudicators, enrolled with the key of a code
//! that no centre has, and not revoked.

use crate::CentreError;
use deadpool_postgres::GenericClient;
use domain::{OperatorId, OperatorRole};
use envelope::{
    Document, OperatorEnrolment, OperatorIntroduction, OperatorRevocation, PublicKey, Signed,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// An operator whose documents hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// What they may do.
    pub role: OperatorRole,
    /// Verifies what they sign.
    pub key: PublicKey,
    /// Who introduced them; nobody where the policy root did.
    pub introduced_by: Vec<OperatorId>,
    /// Where they are revoked: what they signed up to this place counts.
    pub last: Option<u64>,
}

/// All operators.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    members: BTreeMap<OperatorId, Member>,
}

/// Every document that makes or ends an operator.
#[derive(Default)]
struct Documents {
    introductions: Vec<(Signed<OperatorIntroduction>, OperatorIntroduction)>,
    enrolments: Vec<(Signed<OperatorEnrolment>, OperatorEnrolment)>,
    revocations: Vec<(Signed<OperatorRevocation>, OperatorRevocation)>,
}

impl Roster {
    /// Reads and proves them under a policy root.
    pub(crate) async fn read(
        client: &impl GenericClient,
        root: &PublicKey,
    ) -> Result<Self, CentreError> {
        let rows = client
            .query(
                "select kind, document from operator_document where kind in ('introduction', 'enrolment', 'revocation') order by number",
                &[],
            )
            .await?;
        let mut documents = Documents::default();
        for row in &rows {
            let bytes: Vec<u8> = row.get(1);
            match row.get::<_, &str>(0) {
                "introduction" => documents.introductions.extend(parsed(bytes)),
                "enrolment" => documents.enrolments.extend(parsed(bytes)),
                _ => documents.revocations.extend(parsed(bytes)),
            }
        }
        Ok(Self::prove(&documents, root))
    }

    fn prove(documents: &Documents, root: &PublicKey) -> Self {
        // Once to know whose word a revocation is, and again with what was revoked.
        let all = Self::introduced(documents, root, &BTreeMap::new());
        let mut ends: BTreeMap<OperatorId, u64> = BTreeMap::new();
        for (signed, said) in &documents.revocations {
            if said.by != said.operator && all.verify(signed, &said.by, said.counter).is_some() {
                let end = ends.entry(said.operator.clone()).or_insert(said.last);
                *end = (*end).min(said.last);
            }
        }
        Self::introduced(documents, root, &ends)
    }

    fn introduced(
        documents: &Documents,
        root: &PublicKey,
        ends: &BTreeMap<OperatorId, u64>,
    ) -> Self {
        let mut proved = Self::default();
        loop {
            let newcomers: Vec<(OperatorId, Member)> = documents
                .enrolments
                .iter()
                .filter(|(_, said)| !proved.members.contains_key(&said.operator))
                .filter_map(|(signed, said)| {
                    let (role, introduced_by) = proved.code_of(documents, root, signed, said)?;
                    let member = Member {
                        role,
                        key: said.key,
                        introduced_by,
                        last: ends.get(&said.operator).copied(),
                    };
                    Some((said.operator.clone(), member))
                })
                .collect();
            if newcomers.is_empty() {
                return proved;
            }
            for (name, member) in newcomers {
                // The first that enrolled under a name keeps it.
                proved.members.entry(name).or_insert(member);
            }
        }
    }

    /// The role of the introduction whose code signed this enrolment, and who introduced.
    fn code_of(
        &self,
        documents: &Documents,
        root: &PublicKey,
        enrolment: &Signed<OperatorEnrolment>,
        said: &OperatorEnrolment,
    ) -> Option<(OperatorRole, Vec<OperatorId>)> {
        let of_it = documents.introductions.iter().filter(|(_, introduction)| {
            introduction.operator == said.operator && enrolment.verify(&introduction.key).is_ok()
        });
        let mut by: Vec<(&OperatorIntroduction, &OperatorId)> = Vec::new();
        for (signed, introduction) in of_it {
            match &introduction.by {
                None if signed.verify(root).is_ok() => {
                    return Some((introduction.role, Vec::new()));
                }
                None => {}
                Some(operator) => {
                    let member = self.verify(signed, operator, introduction.counter);
                    if member.is_some_and(|member| member.role == OperatorRole::Adjudicator) {
                        by.push((introduction, operator));
                    }
                }
            }
        }
        let (first, second) = by.iter().enumerate().find_map(|(at, one)| {
            let later = by.get(at + 1..)?;
            let agreed = later
                .iter()
                .find(|two| one.1 != two.1 && one.0.agrees(two.0))?;
            Some((one, agreed))
        })?;
        Some((first.0.role, vec![first.1.clone(), second.1.clone()]))
    }

    /// The operator of that name.
    pub fn member(&self, operator: &OperatorId) -> Option<&Member> {
        self.members.get(operator)
    }

    /// All of them, by name.
    pub fn members(&self) -> impl Iterator<Item = (&OperatorId, &Member)> {
        self.members.iter()
    }

    /// The operator who signed this at that place, where it counts.
    pub(crate) fn verify<T: Document>(
        &self,
        signed: &Signed<T>,
        operator: &OperatorId,
        counter: u64,
    ) -> Option<&Member> {
        let member = self.member(operator)?;
        let in_time = counter > 0 && member.last.is_none_or(|last| counter <= last);
        (in_time && signed.verify(&member.key).is_ok()).then_some(member)
    }
}

fn parsed<T: Document>(bytes: Vec<u8>) -> Option<(Signed<T>, T)> {
    let signed = Signed::from_bytes(bytes).ok()?;
    let said = signed.peek().ok()?;
    Some((signed, said))
}
