"""`python -m docs._site.links site`: asks for each page of somebody else's that the built site links to.

MkDocs itself checks the links inside the site, anchors too, whenever it is built.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import httpx

LINK = re.compile(r'<a[^>]*\bhref="(https?://[^"#]+)')
HERE = re.compile(r"https?://(127\.0\.0\.1|localhost)\b")


def external(site: Path) -> list[str]:
    """The addresses that the site's own text links to, each once."""
    found = {link for page in site.rglob("*.html") for link in LINK.findall(page.read_text(encoding="utf-8"))}
    return sorted(link for link in found if not HERE.match(link))


def complaint(link: str) -> str:
    """Why nobody who follows this link would arrive; "" when they do."""
    try:
        status = httpx.get(link, follow_redirects=True, timeout=20).status_code
    except httpx.HTTPError as error:
        return f"{link}: {error}"
    return f"{link}: {status}" if status in (404, 410) else ""


def main(site: Path) -> None:
    """Exits with the list of links that lead nowhere."""
    sys.exit("\n".join(filter(None, map(complaint, external(site)))) or None)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
