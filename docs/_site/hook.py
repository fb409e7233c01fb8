"""Fills the pages in while the site is built: a line `<!-- keys: mixing -->` becomes a table of that table's keys."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from docs._site import api, commands, keys

MARK = re.compile(r"^<!-- (keys|commands|api)(?:: (\S+))? -->$", re.MULTILINE)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """MkDocs calls this for each page. Raises KeyError for a mark that names nothing."""
    return filled(markdown)


def filled(markdown: str) -> str:
    """A page with what its marks stand for."""
    return MARK.sub(lambda mark: _generated(mark[1], mark[2] or ""), markdown)


def _generated(kind: str, name: str) -> str:
    if kind == "keys":
        return keys.table(name)
    return commands.page() if kind == "commands" else api.page()
