"""Cues and a cast to lines: who says what, in which voice, in which words."""
