"""What the answers of 302.AI's task services say, in either dialect.

task_id, state, SUCCESS, audio_url: its self-deployed models. taskId or id, status, completed, result: its unified ones.
"""

from __future__ import annotations

import json
from typing import Any

from dubber.errors import BackendError
from dubber.net.responses import sentence

_DONE = {"SUCCESS", "SUCCEEDED", "COMPLETED"}
_FAILED = {"FAILURE", "FAILED", "ERROR", "REVOKED"}


def status_of(answer: Any) -> str:
    """DONE, FAILED or "" (still under way), from either dialect."""
    inner = answer.get("data") if isinstance(answer, dict) else None
    for place in (answer, inner):
        if isinstance(place, dict) and (word := place.get("state") or place.get("status")):
            word = str(word).upper()
            return "DONE" if word in _DONE else "FAILED" if word in _FAILED else ""
    return ""


def link_of(answer: Any) -> str:
    """Where the sound lies: audio_url, url or result; a text, or an object or list around it."""
    if isinstance(answer, str):
        return answer if answer.startswith(("http://", "https://")) else ""
    if isinstance(answer, list):
        return next(filter(None, map(link_of, answer)), "")
    if isinstance(answer, dict):
        places = (answer.get(key) for key in ("audio_url", "audio", "url", "result", "output", "data"))
        return next(filter(None, map(link_of, places)), "")
    return ""


def task_id_of(answer: Any) -> str:
    for place in (answer, answer.get("data") if isinstance(answer, dict) else None):
        if isinstance(place, dict):
            for key in ("task_id", "taskId", "id"):
                if isinstance(place.get(key), str | int) and place[key]:
                    return str(place[key])
    raise BackendError(f"names no task: {reason_of(answer)}", advice="it may have been paid for: look at your account")


def reason_of(answer: Any) -> str:
    return sentence(json.dumps(answer).encode(), "application/json") or "no reason given"
