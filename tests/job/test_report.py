"""The report beside a film, for programs and for people with grep."""

from __future__ import annotations

import json
from typing import Any

from dubber.job import report


def test_the_report_is_json_with_a_line_for_each_cue() -> None:
    rows = [{"cue": number, "window": [0, 1500], "concessions": {"late": 3.5}, "text": 'Ça, "é"'} for number in (1, 2)]
    told: dict[str, Any] = {
        "dub": "1",
        "film": None,
        "versions": [{"lines": rows, "failed": [], "histogram": [("<1", 2)]}],
        "x": {},
    }
    text = report.laid_out(told)
    assert json.loads(text) == json.loads(json.dumps(told))
    lines = text.split("\n")
    assert [json.loads(line.strip().rstrip(",")) for line in lines if '"cue"' in line] == rows
    assert max(map(len, lines)) < 120
