# written by dub hooks
"""Hands every file that Unmanic has finished to dub, which looks itself whether there are subtitles."""

import subprocess

HOOK = "@HOOK@"


def on_postprocessor_task_results(data):
    """Unmanic's runner; data: task_processing_success, file_move_processes_success, destination_files, ..."""
    if data.get("task_processing_success") and data.get("file_move_processes_success"):
        for path in data.get("destination_files") or []:
            hand_over(path)


def hand_over(path):
    """Start dub, which goes on by itself; no shell reads the name."""
    quiet = subprocess.DEVNULL
    subprocess.call([*HOOK, "--media", path], stdin=quiet, stdout=quiet, stderr=quiet)
