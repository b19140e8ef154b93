//! The application core without a window: commands in, events and state out; sign-in, sessions, tasks on threads.
