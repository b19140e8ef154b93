//! The window: screens are functions of the desk's state that return commands.

pub mod theme;

pub mod widgets;
