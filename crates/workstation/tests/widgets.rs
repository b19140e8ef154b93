//! Each widget through real events, read back through the accessibility tree.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use eframe::egui::accesskit::{Role, TextDirection, Toggled};
use eframe::egui::{self, Event, ImeEvent, Key, Modifiers, Ui};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use workstation::theme::{Appearance, Tone};
use workstation::widgets::{Button, Cell, Field, Label, Language, Select, Widgets};

/// A page with one of everything.
struct Page {
    w: Widgets,
    name: String,
    latin: String,
    cnic: String,
    secret: String,
    kind: Option<usize>,
    agreed: bool,
    who: u8,
    clicks: Vec<&'static str>,
    refused: bool,
    submitted: bool,
    show: fn(&mut Page, &mut Ui),
}

fn page(language: Language, show: fn(&mut Page, &mut Ui)) -> Harness<'static, Page> {
    let state = Page {
        w: Widgets::new(Appearance::Light, language).unwrap(),
        name: String::new(),
        latin: String::new(),
        cnic: String::new(),
        secret: String::new(),
        kind: None,
        agreed: false,
        who: 0,
        clicks: Vec::new(),
        refused: false,
        submitted: false,
        show,
    };
    Harness::builder()
        .with_size(egui::vec2(900.0, 700.0))
        .build_ui_state(
            |ui, page: &mut Page| {
                page.w.begin_frame(ui.ctx());
                (page.show)(page, ui);
            },
            state,
        )
}

fn fields(page: &mut Page, ui: &mut Ui) {
    let r = page.w.field(
        ui,
        Field::urdu("name", "Name (Urdu)", &mut page.name).max_chars(20),
    );
    page.refused |= r.refusal.is_some();
    page.submitted |= r.submitted;
    page.w
        .field(ui, Field::latin("latin", "Name (English)", &mut page.latin));
    page.w.field(
        ui,
        Field::number("cnic", "CNIC", &mut page.cnic)
            .max_chars(15)
            .error(Some("Not a CNIC")),
    );
    page.w
        .field(ui, Field::secret("pass", "Passphrase", &mut page.secret));
    if page
        .w
        .button(ui, Button::primary("Approve").key("A"))
        .clicked()
    {
        page.clicks.push("approve");
    }
}

fn focus(harness: &mut Harness<'_, Page>, label: &str) {
    harness.get_by_label(label).focus();
    harness.run();
}

fn type_in(harness: &mut Harness<'_, Page>, text: &str) {
    for c in text.chars() {
        harness.event(Event::Text(c.to_string()));
    }
    harness.run();
}

#[test]
fn urdu_typed_into_a_field_is_its_value_and_is_read_out() {
    let mut harness = page(Language::English, fields);
    focus(&mut harness, "Name (Urdu)");
    type_in(&mut harness, "محمد علی");
    assert_eq!(harness.state().name, "محمد علی");
    let node = harness.get_by_label("Name (Urdu)");
    assert_eq!(node.value().as_deref(), Some("محمد علی"));
    assert_eq!(node.accesskit_node().role(), Role::TextInput);
    assert_eq!(
        node.accesskit_node().data().text_direction(),
        Some(TextDirection::RightToLeft)
    );
    let selection = node
        .accesskit_node()
        .data()
        .text_selection()
        .copied()
        .expect("a caret");
    assert_eq!(
        (
            selection.anchor.character_index,
            selection.focus.character_index
        ),
        (8, 8)
    );
}

#[test]
fn arrows_move_as_the_eye_sees_and_shift_selects() {
    let mut harness = page(Language::English, fields);
    focus(&mut harness, "Name (Urdu)");
    type_in(&mut harness, "ابپ");
    // The caret is at the left end; to the right is back towards the first letter.
    harness.key_press(Key::ArrowRight);
    harness.run();
    harness.key_press(Key::Backspace);
    harness.run();
    assert_eq!(harness.state().name, "اپ");
    harness.key_press(Key::Home);
    harness.run();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowLeft);
    harness.run();
    let node = harness.get_by_label("Name (Urdu)");
    let selection = node
        .accesskit_node()
        .data()
        .text_selection()
        .copied()
        .unwrap();
    assert_eq!(
        (
            selection.anchor.character_index,
            selection.focus.character_index
        ),
        (0, 1)
    );
    type_in(&mut harness, "ج");
    assert_eq!(harness.state().name, "جپ");
}

#[test]
fn the_clipboard_gets_what_is_selected_and_a_pasted_override_does_not_enter() {
    let mut harness = page(Language::English, fields);
    focus(&mut harness, "Name (Urdu)");
    harness.event(Event::Paste("علی\u{202E}\nخان".into()));
    harness.run();
    assert_eq!(harness.state().name, "علی خان");
    assert!(harness.state().refused);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(Event::Cut);
    harness.step();
    let copied = harness
        .output()
        .platform_output
        .commands
        .iter()
        .any(|c| matches!(c, egui::OutputCommand::CopyText(t) if t == "علی خان"));
    assert!(copied);
    assert_eq!(harness.state().name, "");
}

#[test]
fn what_an_input_method_composes_enters_on_commit() {
    let mut harness = page(Language::English, fields);
    focus(&mut harness, "Name (Urdu)");
    let preedit = |t: &str| {
        Event::Ime(ImeEvent::Preedit {
            text: t.into(),
            active_range_chars: None,
        })
    };
    harness.event(preedit("عل"));
    harness.run();
    assert_eq!(harness.state().name, "");
    assert_eq!(
        harness.get_by_label("Name (Urdu)").value().as_deref(),
        Some("عل")
    );
    harness.event(preedit(""));
    harness.event(Event::Ime(ImeEvent::Commit("علی".into())));
    harness.run();
    assert_eq!(harness.state().name, "علی");
}

#[test]
fn a_field_takes_no_more_than_it_may_hold() {
    let mut harness = page(Language::English, fields);
    focus(&mut harness, "Name (Urdu)");
    harness.event(Event::Paste("ب".repeat(10_000)));
    harness.run();
    assert_eq!(harness.state().name.chars().count(), 20);
    assert!(harness.state().refused);
}

#[test]
fn urdu_digits_in_a_card_number_become_figures_and_its_error_is_read_out() {
    let mut harness = page(Language::Urdu, fields);
    focus(&mut harness, "CNIC");
    type_in(&mut harness, "۳۵۲۰۲-۰۰۰۱۲۳۴-۱");
    assert_eq!(harness.state().cnic, "35202-0001234-1");
    let node = harness.get_by_label("CNIC");
    assert_eq!(
        node.accesskit_node().data().description(),
        Some("Not a CNIC")
    );
    assert!(node.accesskit_node().data().invalid().is_some());
}

#[test]
fn a_passphrase_is_never_read_out_or_copied() {
    let mut harness = page(Language::English, fields);
    focus(&mut harness, "Passphrase");
    type_in(&mut harness, "secret words");
    assert_eq!(harness.state().secret, "secret words");
    let node = harness.get_by_label("Passphrase");
    assert_eq!(node.accesskit_node().role(), Role::PasswordInput);
    assert_eq!(node.value().unwrap(), "•".repeat(12));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(Event::Copy);
    harness.step();
    assert!(harness.output().platform_output.commands.is_empty());
}

#[test]
fn an_assistive_technology_can_set_the_value() {
    let mut harness = page(Language::English, fields);
    harness
        .get_by_label("Name (English)")
        .set_text_value_accesskit("Zainab");
    harness.run();
    assert_eq!(harness.state().latin, "Zainab");
}

#[test]
fn the_phonetic_keyboard_writes_urdu_in_urdu_fields_only() {
    let mut harness = page(Language::English, |page, ui| {
        page.w.keyboard_switch(ui, "Phonetic keyboard");
        fields(page, ui);
        page.w.keyboard(ui);
    });
    harness.key_press(Key::F11);
    harness.run();
    focus(&mut harness, "Name (Urdu)");
    type_in(&mut harness, "eli");
    assert_eq!(harness.state().name, "علی");
    harness.get_by_label("ک").click_accesskit();
    harness.run();
    assert_eq!(harness.state().name, "علیک");
    focus(&mut harness, "Name (English)");
    type_in(&mut harness, "Ali");
    assert_eq!(harness.state().latin, "Ali");
    harness.get_by_label("ش");
}

#[test]
fn a_button_works_by_pointer_enter_and_its_key_but_not_while_typing() {
    let mut harness = page(Language::English, fields);
    harness.get_by_label("Approve").click();
    harness.run();
    assert_eq!(harness.state().clicks.len(), 1);
    harness.key_press(Key::A);
    harness.run();
    assert_eq!(harness.state().clicks.len(), 2);
    focus(&mut harness, "Approve");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().clicks.len(), 3);
    focus(&mut harness, "Name (English)");
    harness.key_press(Key::A);
    type_in(&mut harness, "a");
    assert_eq!(
        (harness.state().clicks.len(), harness.state().latin.as_str()),
        (3, "a")
    );
    let node = harness.get_by_label("Approve");
    assert_eq!(node.accesskit_node().role(), Role::Button);
    assert_eq!(node.accesskit_node().data().keyboard_shortcut(), Some("A"));
}

#[test]
fn enter_in_a_field_submits() {
    let mut harness = page(Language::English, fields);
    focus(&mut harness, "Name (Urdu)");
    harness.key_press(Key::Enter);
    harness.run();
    assert!(harness.state().submitted);
}

fn select(page: &mut Page, ui: &mut Ui) {
    page.w.select(
        ui,
        Select::new(
            "kind",
            "Kind",
            &mut page.kind,
            &["New card", "Renewal", "Child"],
        ),
    );
    if page
        .w
        .button(ui, Button::primary("Next").key("Enter"))
        .clicked()
    {
        page.clicks.push("next");
    }
}

#[test]
fn a_drop_down_opens_moves_and_chooses_by_keyboard() {
    let mut harness = page(Language::Urdu, select);
    focus(&mut harness, "Kind");
    harness.key_press(Key::Enter);
    harness.run();
    assert!(
        harness.query_by_label("Child").is_some(),
        "the list is open"
    );
    harness.key_press(Key::ArrowDown);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().kind, Some(1));
    assert!(
        harness.state().clicks.is_empty(),
        "Enter belonged to the list"
    );
    let node = harness.get_by_label("Kind");
    assert_eq!(
        (node.accesskit_node().role(), node.value().as_deref()),
        (Role::ComboBox, Some("Renewal"))
    );
    harness.key_press(Key::End);
    harness.run();
    assert_eq!(
        harness.state().kind,
        Some(2),
        "a closed one changes with the arrows"
    );
}

#[test]
fn a_drop_down_chooses_by_pointer() {
    let mut harness = page(Language::English, select);
    harness.get_by_label("Kind").click();
    harness.run();
    harness.get_by_label("Child").click();
    harness.run();
    assert_eq!(harness.state().kind, Some(2));
    assert!(
        harness.query_by_label("New card").is_none(),
        "the list is closed"
    );
}

#[test]
fn boxes_and_radios_say_whether_they_are_on() {
    let mut harness = page(Language::Urdu, |page, ui| {
        page.w.checkbox(ui, &mut page.agreed, "رضامند");
        page.w.radio(ui, &mut page.who, 0, "خود");
        page.w.radio(ui, &mut page.who, 1, "سرپرست");
    });
    harness.get_by_label("رضامند").click();
    harness.run();
    focus(&mut harness, "سرپرست");
    harness.key_press(Key::Space);
    harness.run();
    assert!(harness.state().agreed);
    assert_eq!(harness.state().who, 1);
    assert_eq!(
        harness
            .get_by_label("رضامند")
            .accesskit_node()
            .data()
            .toggled(),
        Some(Toggled::True)
    );
    assert_eq!(
        harness
            .get_by_label("خود")
            .accesskit_node()
            .data()
            .toggled(),
        Some(Toggled::False)
    );
}

#[test]
fn labels_states_and_rows_are_read_out_without_direction_marks() {
    let mut harness = page(Language::Urdu, |page, ui| {
        page.w.heading(ui, "جائزہ");
        page.w.label(ui, "کارڈ \u{2066}35202-0001234-1\u{2069}");
        page.w.chip(ui, Tone::Attention, "روشنی کم");
        page.w.text(ui, Label::new("Muhammad Ali").ltr());
        if page
            .w
            .table_row(
                ui,
                "row",
                false,
                &[Cell::new("تجدید", 1.0), Cell::figure("12", 1.0)],
            )
            .clicked()
        {
            page.clicks.push("row");
        }
    });
    assert_eq!(
        harness.get_by_label("جائزہ").accesskit_node().role(),
        Role::Heading
    );
    harness.get_by_label("کارڈ 35202-0001234-1");
    harness.get_by_label("روشنی کم");
    harness.get_by_label("Muhammad Ali");
    harness.get_by_label("تجدید, 12").click();
    harness.run();
    assert_eq!(harness.state().clicks, ["row"]);
}

fn form(page: &mut Page, ui: &mut Ui) {
    page.w.columns(ui, &[1.0, 1.0], |w, ui, column| {
        if column == 0 {
            w.field(ui, Field::urdu("first", "First", &mut page.name));
        } else {
            w.field(ui, Field::latin("second", "Second", &mut page.latin));
        }
    });
    page.w.row(ui, |w, ui| {
        w.button(ui, Button::secondary("Third"));
        w.button(ui, Button::primary("Fourth"));
    });
}

#[test]
fn tab_follows_reading_order_in_both_directions() {
    for language in [Language::English, Language::Urdu] {
        let mut harness = page(language, form);
        let mut seen = Vec::new();
        for _ in 0..4 {
            harness.key_press(Key::Tab);
            harness.run();
            for name in ["First", "Second", "Third", "Fourth"] {
                if harness.get_by_label(name).is_focused() {
                    let node = harness.get_by_label(name);
                    seen.push((name, node.rect().center()));
                }
            }
        }
        let names: Vec<&str> = seen.iter().map(|(n, _)| *n).collect();
        assert_eq!(names, ["First", "Second", "Third", "Fourth"]);
        let second_is_left = seen[1].1.x < seen[0].1.x;
        let fourth_is_left = seen[3].1.x < seen[2].1.x;
        assert_eq!(
            (second_is_left, fourth_is_left),
            (language == Language::Urdu, language == Language::Urdu)
        );
    }
}

#[test]
fn every_focusable_control_of_a_page_has_a_name() {
    let harness = page(Language::Urdu, |page, ui| {
        fields(page, ui);
        select(page, ui);
        form(page, ui);
    });
    for node in harness.root().children_recursive() {
        let node = node.accesskit_node();
        if node
            .data()
            .supports_action(eframe::egui::accesskit::Action::Focus)
        {
            assert!(
                node.label().is_some_and(|l| !l.is_empty()),
                "{:?} has no name",
                node.role()
            );
        }
    }
}

#[test]
fn a_screen_in_another_language_keeps_what_was_typed() {
    let mut harness = page(Language::English, fields);
    focus(&mut harness, "Name (Urdu)");
    type_in(&mut harness, "علی");
    harness.state_mut().w.set_language(Language::Urdu);
    harness.run();
    type_in(&mut harness, " خان");
    assert_eq!(harness.state().name, "علی خان");
}

#[test]
fn what_was_shown_can_be_forgotten() {
    let mut harness = page(Language::English, fields);
    assert!(harness.state().w.kept_layouts() > 0);
    harness.state_mut().w.forget_texts();
    assert_eq!(harness.state().w.kept_layouts(), 0);
}
