"""Lines to takes: servers, scheduler, durations, and the proof that a take says its line."""
