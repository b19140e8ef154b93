//! Keys that arrive faster than frames are drawn take effect in the order in which they were pressed.
//!
//! egui looks at Tab before any widget looks at the letters of the same frame: on a slow PC the last letters before a Tab would go to the
//! next field, or nowhere, and Enter would act on what had been typed a frame ago. So a key that moves on waits for the next frame when
//! letters came before it.

use egui::{Event, Key};

/// Events that wait for the next frame.
#[derive(Debug, Default)]
pub(crate) struct KeysInOrder {
    waiting: Vec<Event>,
}

impl KeysInOrder {
    /// Leaves in `events` what this frame may see; `true` when something waits for the next one.
    pub(crate) fn take_turns(&mut self, events: &mut Vec<Event>) -> bool {
        if !self.waiting.is_empty() {
            let newer = std::mem::replace(events, std::mem::take(&mut self.waiting));
            events.extend(newer);
        }
        let cut = events
            .iter()
            .enumerate()
            .find(|(at, event)| moves_on(event) && events.iter().take(*at).any(acts))
            .map(|(at, _)| at);
        if let Some(at) = cut {
            self.waiting = events.split_off(at);
        }
        cut.is_some()
    }
}

/// Text, or a key that does something.
fn acts(event: &Event) -> bool {
    matches!(
        event,
        Event::Text(_)
            | Event::Paste(_)
            | Event::Ime(_)
            | Event::Cut
            | Event::Key { pressed: true, .. }
    )
}

/// A key after which something else has the keyboard, or acts on what was typed.
fn moves_on(event: &Event) -> bool {
    let Event::Key {
        key, pressed: true, ..
    } = event
    else {
        return false;
    };
    matches!(
        key,
        Key::Tab
            | Key::Enter
            | Key::Escape
            | Key::PageUp
            | Key::PageDown
            | Key::F1
            | Key::F2
            | Key::F3
            | Key::F4
            | Key::F5
            | Key::F6
            | Key::F7
            | Key::F8
            | Key::F9
            | Key::F11
            | Key::F12
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::Modifiers;

    fn key(key: Key) -> Event {
        Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        }
    }

    fn text(letters: &str) -> Event {
        Event::Text(letters.to_owned())
    }

    #[test]
    fn letters_before_a_tab_and_after_it_meet_different_frames() {
        let mut keys = KeysInOrder::default();
        let mut first = vec![text("1"), key(Key::Tab), text("m"), key(Key::Enter)];
        assert!(keys.take_turns(&mut first));
        assert_eq!(first, [text("1")]);
        // What is newer waits behind what is older.
        let mut second = vec![text("z")];
        assert!(keys.take_turns(&mut second));
        assert_eq!(second, [key(Key::Tab), text("m")]);
        let mut third = Vec::new();
        assert!(!keys.take_turns(&mut third));
        assert_eq!(third, [key(Key::Enter), text("z")]);
    }

    #[test]
    fn plain_typing_waits_for_nothing() {
        let mut keys = KeysInOrder::default();
        let mut events = vec![key(Key::A), text("a"), key(Key::B), text("b")];
        let all = events.clone();
        assert!(!keys.take_turns(&mut events));
        assert_eq!(events, all);
    }
}
