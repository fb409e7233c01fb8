"""The plan of a film as one picture: SVG text that any browser shows. Pure; escapes all that comes from the subtitles.

Each speaker has a lane. In it: grey frames are the cues' windows, bars are the lines as played, coloured by their rate
(green as spoken, yellow a little faster, red at the cap); a mark above a bar says that something had to be conceded. A
legend says so in the picture. The axis is as long as the film, up to ROW_MS, where the next row begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from dubber.languages import called
from dubber.model import Placement, Plan, Take, Window

LANE = 34.0  # px
LEFT, WIDTH, RIGHT = 120.0, 1440.0, 30.0  # px: speakers' names; the axis; half of its last label
TOP = 66.0  # px: title and legend
ROW_MS = 120_000  # so much of the film is drawn on one row, at most
AXES = ((10_000, 1000), (20_000, 2000), (30_000, 5000), (60_000, 5000), (ROW_MS, 10_000))  # ms of a row, of a tick
MARKS = {
    "native": ("n", "read faster by the voice"), "rate": ("»", "played faster"), "late": ("›", "starts late"),
    "early": ("‹", "starts early"), "overrun": ("…", "ends after its cue"), "unfit": ("!", "too long for its place"),
}  # fmt: skip
RATES = ((0.9, "slower than read"), (1.0, "as read"), (1.2, "×1.2"), (1.35, "×1.35"), (1.5, "×1.5 and faster"))
MOST = 20_000  # phrases; a browser shows no more in one picture


@dataclass(frozen=True, slots=True)
class _Axis:
    """Where a time and a lane are in the picture. row: ms of the film on one row; tick: ms between two labels."""

    row: int
    tick: int
    end: float
    lanes: dict[str, int]

    @property
    def rows(self) -> int:
        return max(1, int(-(-self.end // self.row)))

    @property
    def row_height(self) -> float:
        return max(1, len(self.lanes)) * LANE + 26

    def x(self, inside: float) -> float:
        return LEFT + inside * WIDTH / self.row

    def pieces(self, start: float, length: float, speaker: str) -> Iterator[tuple[float, float, float]]:
        """A stretch of film in a speaker's lane, as (x, y, width) for each row that it lies on."""
        end = start + length
        while True:
            row, inside = divmod(start, self.row)
            last = min(end, (row + 1) * self.row)
            y = TOP + row * self.row_height + self.lanes[speaker] * LANE
            yield self.x(inside), y, max(1.0, (last - start) * WIDTH / self.row)
            if last >= end:
                return
            start = last


def timeline(plan: Plan, takes: Sequence[Take], *, title: str = "") -> str:
    """The picture; films of more than MOST phrases are drawn to there, and the picture says so."""
    by_line = {take.line.index: take for take in takes}
    shown = plan.placements[:MOST]
    axis = _axis(shown, by_line)
    language = next((take.line.language for take in takes), "")
    spoken = f"{title} · {called(language)}" if language else title
    left_out = len(plan.placements) - len(shown)
    more = f" ({left_out} more phrases are not drawn)" if left_out else ""
    parts = [_head(axis, spoken + more), *_legend()]
    parts += [_scale(row, axis) for row in range(axis.rows)]
    for one in shown:
        parts += _draw(one, by_line[one.line], axis)
    return "\n".join([*parts, "</svg>", ""])


def _axis(shown: Sequence[Placement], by_line: dict[int, Take]) -> _Axis:
    lanes = {name: i for i, name in enumerate(dict.fromkeys(by_line[one.line].line.speaker for one in shown))}
    end = max((max(one.end, _window(one, by_line).end) for one in shown), default=0.0)
    row, tick = next(((row, tick) for row, tick in AXES if end <= row), AXES[-1])
    return _Axis(row, tick, end, lanes)


def _text(words: str) -> str:
    """Words as XML may hold them: no control characters, nothing that is no character."""
    return escape("".join(char if char.isprintable() else "\ufffd" for char in words))


def _window(one: Placement, by_line: dict[int, Take]) -> Window:
    return by_line[one.line].line.phrases[one.phrase].window


def colour(rate: float) -> str:
    """Green to rate 1.05, then over yellow to red at 1.5, in the hue; slower than natural is blue."""
    if rate < 0.995:
        return "hsl(210 60% 60%)"
    hue = 130 - 130 * min(1.0, max(0.0, (rate - 1.05) / 0.45))
    return f"hsl({hue:.0f} 65% 50%)"


def _head(axis: _Axis, title: str) -> str:
    width, height = LEFT + WIDTH + RIGHT, TOP + axis.rows * axis.row_height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="10">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<text x="8" y="18" font-size="14">{_text(title)}</text>'
    )


def _legend() -> Iterator[str]:
    """What frames, colours and marks mean, below the title."""
    yield '<g id="legend" fill="#444">'
    yield '<rect x="8" y="28" width="22" height="12" fill="#eee" stroke="#bbb"/>'
    yield '<text x="36" y="38">the cue\'s time</text>'
    for place, (rate, words) in enumerate(RATES):
        x = LEFT + place * 150
        yield f'<rect x="{x:.0f}" y="28" width="22" height="12" fill="{colour(rate)}"/>'
        yield f'<text x="{x + 28:.0f}" y="38">{words}</text>'
    for place, (mark, words) in enumerate(MARKS.values()):
        x = LEFT + place * 150
        yield f'<text x="{x:.0f}" y="54"><tspan fill="#b00">{mark}</tspan> {words}</text>'
    yield "</g>"


def _scale(row: int, axis: _Axis) -> str:
    """A row's lanes and the times below it; the last one ends with the film."""
    parts = []
    top, bottom = TOP + row * axis.row_height, TOP + (row + 1) * axis.row_height - 14
    for name, lane in axis.lanes.items():
        parts.append(f'<text x="8" y="{top + lane * LANE + 20:.1f}" fill="#444">{_text(name[:18]) or "–"}</text>')
    inside = min(axis.row, max(0.0, axis.end - row * axis.row))
    for at in range(0, int(inside) + axis.tick, axis.tick):
        if at > axis.row:
            break
        x, second = axis.x(at), (row * axis.row + at) // 1000
        label = f"{second // 3600}:{second // 60 % 60:02}:{second % 60:02}"
        parts.append(f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 9:.1f}" fill="#777" text-anchor="middle">{label}</text>')
    return "\n".join(parts)


def _draw(one: Placement, take: Take, axis: _Axis) -> Iterator[str]:
    phrase, speaker, rate = take.line.phrases[one.phrase], take.line.speaker, one.rate * one.native
    for x, y, width in axis.pieces(phrase.window.start, phrase.window.length, speaker):
        yield f'<rect x="{x:.1f}" y="{y + 6:.1f}" width="{width:.1f}" height="22" fill="#eee" stroke="#bbb"/>'
    granted = ", ".join(f"{c.kind} {c.amount:.3g}" for c in one.concessions)
    told = f"{phrase.cue}: {phrase.text}\n×{rate:.2f}, {one.start - phrase.window.start:+.0f} ms {granted}"
    bars = list(axis.pieces(one.start, one.length, speaker))
    for x, y, width in bars:
        bar = f'<rect x="{x:.1f}" y="{y + 10:.1f}" width="{width:.1f}" height="14" fill="{colour(rate)}">'
        yield f"{bar}<title>{_text(told)}</title></rect>"
    if marks := "".join(MARKS[c.kind][0] for c in one.concessions):
        yield f'<text x="{bars[0][0]:.1f}" y="{bars[0][1] + 5:.1f}" fill="#b00">{_text(marks)}</text>'
