//! Whatever a person is told by this crate has its words in both languages.
#![allow(clippy::unwrap_used)]

use face::Instruction;
use face::liveness::{Action, Prompt};

#[test]
fn every_instruction_prompt_and_demand_has_its_words_in_both_languages() {
    let prompts = [Prompt::LookAhead, Prompt::Over]
        .into_iter()
        .chain(Action::ALL.map(Prompt::Act))
        .map(Prompt::key);
    let policy = domain::Policy::default();
    let demands = policy
        .quality
        .keys()
        .map(|name| format!("component-{name}"));
    let keys: Vec<String> = Instruction::ALL
        .map(Instruction::key)
        .into_iter()
        .chain(prompts)
        .map(str::to_owned)
        .chain(demands)
        .collect();
    for language in ["en", "ur"] {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/locales/");
        let mut words = String::new();
        for file in ["desk.ftl", "screens.ftl"] {
            words += &std::fs::read_to_string(format!("{folder}{language}/{file}")).unwrap();
        }
        for key in &keys {
            let message = format!("{key} = ");
            assert!(
                words.lines().any(|line| line.starts_with(&message)),
                "{language} lacks {key}"
            );
        }
    }
}
