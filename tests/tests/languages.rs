//! English and Urdu are whole together: whoever adds a sentence adds it twice.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement,
};
use fluent_syntax::parser;

#[test]
fn english_and_urdu_have_the_same_messages_with_the_same_variables() {
    let english = messages("en");
    let urdu = messages("ur");
    let mut faults = Vec::new();
    for (name, variables) in &english {
        match urdu.get(name) {
            None => faults.push(format!("Urdu lacks {name}")),
            Some(others) if others != variables => faults.push(format!(
                "{name}: English uses {variables:?}, Urdu {others:?}"
            )),
            Some(_) => {}
        }
    }
    faults.extend(
        urdu.keys()
            .filter(|name| !english.contains_key(*name))
            .map(|name| format!("English lacks {name}")),
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Message (and `message.attribute`) of every file of a language to the variables that it uses.
fn messages(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages = BTreeMap::new();
    for file in files(language) {
        let resource = match parser::parse(std::fs::read_to_string(&file).unwrap()) {
            Ok(resource) => resource,
            Err((_, errors)) => panic!("{}: {errors:?}", file.display()),
        };
        for (name, variables) in resource.body.iter().flat_map(message) {
            let before = messages.insert(name.clone(), variables);
            assert!(before.is_none(), "{language} has {name} twice");
        }
    }
    messages
}

fn message(entry: &Entry<String>) -> Vec<(String, BTreeSet<String>)> {
    let (name, value, attributes) = match entry {
        Entry::Message(message) => (
            message.id.name.clone(),
            message.value.as_ref(),
            &message.attributes,
        ),
        Entry::Term(term) => (
            format!("-{}", term.id.name),
            Some(&term.value),
            &term.attributes,
        ),
        _ => return Vec::new(),
    };
    let mut found: Vec<_> = attributes
        .iter()
        .map(|attribute| {
            (
                format!("{name}.{}", attribute.id.name),
                variables(Some(&attribute.value)),
            )
        })
        .collect();
    found.push((name, variables(value)));
    found
}

fn variables(pattern: Option<&Pattern<String>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Some(pattern) = pattern {
        in_pattern(pattern, &mut found);
    }
    found
}

fn in_pattern(pattern: &Pattern<String>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            in_expression(expression, found);
        }
    }
}

fn in_expression(expression: &Expression<String>, found: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => in_inline(inline, found),
        Expression::Select { selector, variants } => {
            in_inline(selector, found);
            for variant in variants {
                in_pattern(&variant.value, found);
            }
        }
    }
}

fn in_inline(inline: &InlineExpression<String>, found: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            found.insert(id.name.clone());
        }
        InlineExpression::FunctionReference { arguments, .. }
        | InlineExpression::TermReference {
            arguments: Some(arguments),
            ..
        } => in_arguments(arguments, found),
        InlineExpression::Placeable { expression } => in_expression(expression, found),
        _ => {}
    }
}

fn in_arguments(arguments: &CallArguments<String>, found: &mut BTreeSet<String>) {
    let named = arguments.named.iter().map(|argument| &argument.value);
    for value in arguments.positional.iter().chain(named) {
        in_inline(value, found);
    }
}

/// The files of a language, in the order of their names.
fn files(language: &str) -> Vec<PathBuf> {
    let folder = format!(
        "{}/../assets/locales/{language}",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "ftl"))
        .collect();
    files.sort();
    files
}
