"""Bytes to cues; one format a file."""
