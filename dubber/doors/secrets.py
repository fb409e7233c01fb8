"""Keys of voice services: from the environment, else from the system's keyring. Never from a profile or an option."""

from __future__ import annotations

import os
import re

_OWN_NAMES = {"openai": ("OPENAI_API_KEY",), "302ai": ("API_302_KEY",)}


def key(name: str) -> str | None:
    """The key of a service ("openai"), or of one of its servers ("openai@tts.example.org"); None when there is none."""
    for variable in (variable_of(name), *_OWN_NAMES.get(name, ())):
        if value := os.environ.get(variable, "").strip():
            return value
    return _from_keyring(name)


def variable_of(name: str) -> str:
    """The environment variable that holds a key: "openai" -> DUB_OPENAI_KEY."""
    return f"DUB_{re.sub('[^A-Za-z0-9]+', '_', name).upper()}_KEY"


def _from_keyring(name: str) -> str | None:
    try:
        import keyring

        return keyring.get_password("dub", name) or None
    except Exception:  # a machine without a keyring raises many kinds; it simply holds no key
        return None
