//! Keys in the order in which they were pressed, also when many of them arrive in one frame.
//!
//! egui moves the keyboard for a Tab before any text of the same frame is taken in: on a PC that is slower than its typist,
//! the end of one field would be written into the next.

use eframe::egui::{Event, Key};

/// Events that wait for the next frame.
#[derive(Debug, Default)]
pub(crate) struct TypingOrder {
    waiting: Vec<Event>,
    /// A Tab went out in the last frame: what has the keyboard now says in this one which keys belong to it.
    after_tab: bool,
}

impl TypingOrder {
    /// Takes a frame's events and leaves those that may be taken in together; true when some wait for the next frame.
    pub(crate) fn hold_back(&mut self, events: &mut Vec<Event>) -> bool {
        let mut all = std::mem::take(&mut self.waiting);
        all.append(events);
        let tab = all.iter().position(is_tab);
        let end = match tab {
            _ if self.after_tab => 0,
            None => all.len(),
            Some(0) => 1,
            Some(at) => at,
        };
        self.after_tab = end == 1 && tab == Some(0);
        self.waiting = all.split_off(end);
        *events = all;
        !self.waiting.is_empty()
    }
}

fn is_tab(event: &Event) -> bool {
    matches!(
        event,
        Event::Key {
            key: Key::Tab,
            pressed: true,
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::Modifiers;

    fn tab() -> Event {
        Event::Key {
            key: Key::Tab,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        }
    }

    fn text(text: &str) -> Event {
        Event::Text(text.to_owned())
    }

    #[test]
    fn what_was_typed_before_a_tab_is_taken_in_before_it_and_the_rest_after_it() {
        let mut order = TypingOrder::default();
        let mut events = vec![text("a"), text("b"), tab(), text("c"), tab(), text("d")];
        let mut frames = Vec::new();
        while order.hold_back(&mut events) {
            frames.push(std::mem::take(&mut events));
        }
        frames.push(events);
        assert_eq!(
            frames,
            [
                vec![text("a"), text("b")],
                vec![tab()],
                vec![],
                vec![text("c")],
                vec![tab()],
                vec![],
                vec![text("d")],
            ]
        );
    }

    #[test]
    fn a_frame_without_tab_is_left_as_it_is() {
        let mut events = vec![text("a"), text("b")];
        assert!(!TypingOrder::default().hold_back(&mut events));
        assert_eq!(events, [text("a"), text("b")]);
    }
}
