"""The plan of a film as one picture: SVG text that any browser shows. Pure; escapes all that comes from the subtitles.

Each speaker has a lane. In it: grey frames are the cues' windows, bars are the lines as played, coloured by their rate
(green as spoken, yellow a little faster, red at the cap); a mark above a bar says that something had to be conceded.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dubber.model import Placement, Plan, Take, Window

LANE = 34.0  # px
LEFT = 120.0
ROW_MS = 120_000  # so much of the film is drawn on one row
PIXELS_PER_MS = 0.012
MARKS = {"native": "n", "rate": "»", "late": "›", "early": "‹", "overrun": "…", "unfit": "!"}
MOST = 20_000  # phrases; a browser shows no more in one picture


def timeline(plan: Plan, takes: Sequence[Take], *, title: str = "") -> str:
    """The picture; films of more than MOST phrases are drawn to there, and the picture says so."""
    by_line = {take.line.index: take for take in takes}
    shown = plan.placements[:MOST]
    lanes = {name: i for i, name in enumerate(dict.fromkeys(by_line[one.line].line.speaker for one in shown))}
    end = max((max(one.end, _window(one, by_line).end) for one in shown), default=0.0)
    rows = int(end // ROW_MS) + 1
    height = rows * _row_height(lanes) + 40
    width = LEFT + ROW_MS * PIXELS_PER_MS + 20
    parts = [_head(width, height, title, len(plan.placements) - len(shown))]
    parts += [_scale(row, lanes) for row in range(rows)]
    for one in shown:
        parts += _draw(one, by_line[one.line], lanes)
    return "\n".join([*parts, "</svg>", ""])


def _text(words: str) -> str:
    """Words as XML may hold them: no control characters, nothing that is no character."""
    return escape("".join(char if char.isprintable() else "\ufffd" for char in words))


def _window(one: Placement, by_line: dict[int, Take]) -> Window:
    return by_line[one.line].line.phrases[one.phrase].window


def _row_height(lanes: dict[str, int]) -> float:
    return max(1, len(lanes)) * LANE + 26


def _place(at: float, lane: int, lanes: dict[str, int]) -> tuple[float, float]:
    row, inside = divmod(at, ROW_MS)
    return LEFT + inside * PIXELS_PER_MS, 40 + row * _row_height(lanes) + lane * LANE


def colour(rate: float) -> str:
    """Green to rate 1.05, then over yellow to red at 1.5, in the hue; slower than natural is blue."""
    if rate < 0.995:
        return "hsl(210 60% 60%)"
    hue = 130 - 130 * min(1.0, max(0.0, (rate - 1.05) / 0.45))
    return f"hsl({hue:.0f} 65% 50%)"


def _head(width: float, height: float, title: str, left_out: int) -> str:
    more = f" ({left_out} more phrases are not drawn)" if left_out else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="10">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<text x="8" y="18" font-size="14">{_text(title)}{more}</text>'
    )


def _scale(row: int, lanes: dict[str, int]) -> str:
    parts = []
    for name, lane in lanes.items():
        _, y = _place(row * ROW_MS, lane, lanes)
        parts.append(f'<text x="8" y="{y + 20:.1f}" fill="#444">{_text(name[:18]) or "–"}</text>')
    for second in range(0, ROW_MS // 1000 + 1, 10):
        x = LEFT + second * 1000 * PIXELS_PER_MS
        top, bottom = 40 + row * _row_height(lanes), 40 + (row + 1) * _row_height(lanes) - 14
        at = row * (ROW_MS // 1000) + second
        label = f"{at // 3600}:{at // 60 % 60:02}:{at % 60:02}"
        parts.append(f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 9:.1f}" fill="#999" text-anchor="middle">{label}</text>')
    return "\n".join(parts)


def _draw(one: Placement, take: Take, lanes: dict[str, int]) -> list[str]:
    phrase = take.line.phrases[one.phrase]
    lane = lanes[take.line.speaker]
    rate = one.rate * one.native
    x, y = _place(phrase.window.start, lane, lanes)
    width = max(1.0, phrase.window.length * PIXELS_PER_MS)
    frame = f'<rect x="{x:.1f}" y="{y + 6:.1f}" width="{width:.1f}" height="22" fill="#eee" stroke="#bbb"/>'
    x, y = _place(one.start, lane, lanes)
    granted = ", ".join(f"{c.kind} {c.amount:.3g}" for c in one.concessions)
    told = f"{one.line}: {phrase.text}\n×{rate:.2f}, {one.start - phrase.window.start:+.0f} ms {granted}"
    bar = (
        f'<rect x="{x:.1f}" y="{y + 10:.1f}" width="{max(1.0, one.length * PIXELS_PER_MS):.1f}" height="14" '
        f'fill="{colour(rate)}"><title>{_text(told)}</title></rect>'
    )
    marks = "".join(MARKS.get(c.kind, "?") for c in one.concessions)
    note = f'<text x="{x:.1f}" y="{y + 5:.1f}" fill="#b00">{_text(marks)}</text>' if marks else ""
    return [part for part in (frame, bar, note) if part]
