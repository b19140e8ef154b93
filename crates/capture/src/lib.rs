//! Frames from cameras, replayed pictures and clips; hot-plug, device identity, pacing: the newest frame wins.
