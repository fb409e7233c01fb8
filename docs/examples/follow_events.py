"""Follows dub, as in `python follow_events.py film.mp4 film.srt [OPTIONS...]`.

Runs `dub ... --json`, says once for each stage how far it is, names every line that a person should look at, and at
the end where the report lies. Its exit status is dub's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

LOOK = ("warning", "left_out", "failed", "unfit")  # kinds of events that a person should look at


def events(words: list[str]) -> Iterator[dict[str, Any]]:
    """The events of `dub WORDS --json`, as they come."""
    command = [sys.executable, "-m", "dubber", *words, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as run:
        assert run.stdout
        for line in run.stdout:
            yield json.loads(line)


def main(words: list[str]) -> int:
    """Show how far a dub is, and end with its status."""
    told = -1
    for event in events(words):
        if event["kind"] == "stage":
            print(f"{event['stage']} {event['message']}".rstrip())
            told = -1
        elif event["kind"] == "step" and event["total"]:
            tenth = 10 * event["done"] // event["total"]
            if tenth > told:
                print(f"  {10 * tenth} %")
                told = tenth
        elif event["kind"] in LOOK:
            print(f"{event['kind']}: {event['message']}")
        elif event["kind"] == "result" and not event["film"]:
            detail = event["detail"]
            print(f"{detail['verdict']}: {event['message'] or detail['output']}")
            if detail["report"]:
                print(f"report: {detail['report']}")
            return int(detail["status"])
    return 1  # dub was ended before it could say how


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
