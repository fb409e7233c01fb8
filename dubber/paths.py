"""Folders of the user and of the package: settings, takes, shipped profiles."""

from __future__ import annotations

import os
from pathlib import Path

USUAL_PROFILE = "narrator"  # the one that is taken where none is named


def config_folder() -> Path:
    """The user's own folder: profiles/ in it."""
    from platformdirs import user_config_path

    return Path(os.environ.get("DUB_CONFIG", "")) if os.environ.get("DUB_CONFIG") else user_config_path("dub")


def shipped_folder() -> Path:
    """The profiles that come with dub: inside the wheel, or beside the code in a checkout."""
    inside = Path(__file__).parent / "shipped" / "profiles"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "profiles"


def default_root() -> Path:
    """DUB_STORE, else the user's cache folder."""
    if os.environ.get("DUB_STORE"):
        return Path(os.environ["DUB_STORE"]).expanduser()
    return cache_folder()


def cache_folder() -> Path:
    """Where the user's system keeps what programs can make again, whichever store a job has."""
    from platformdirs import user_cache_path

    return user_cache_path("dub", appauthor=False)
