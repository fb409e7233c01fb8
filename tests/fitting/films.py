"""Films for the tests of fitting: takes without any sound, by hand and by hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from dubber.model import Line, Phrase, Span, Take, Voice, Window

VOICE = Voice("espeak", "en")


def take(
    start: int,
    end: int,
    spoken: float,
    *,
    speaker: str = "ANNA",
    index: int = 1,
    pauses: tuple[Span, ...] = (),
    native: float = 1.0,
    lead: float = 0.0,
) -> Take:
    """One cue [start, end) whose line takes spoken ms; read natively at native times its natural speed."""
    line = Line(index, speaker, VOICE, (Phrase(index, Window(start, end), "words"),), "en", native)
    return Take(line, f"k{index}", (Span(lead, lead + spoken),), (spoken * native,), pauses)


def film(*cues: tuple[int, int, float] | tuple[int, int, float, str]) -> list[Take]:
    """Cues as (start, end, spoken ms[, speaker])."""
    return [take(*cue[:3], index=i, speaker=cue[3] if len(cue) > 3 else "ANNA") for i, cue in enumerate(cues, 1)]


@st.composite
def films(draw: st.DrawFn, most: int = 25) -> list[Take]:
    """Any film: gapless runs, overlaps of the same and of different speakers, far too long lines, merged lines."""
    takes, at = [], draw(st.integers(0, 3000))
    for index in range(1, draw(st.integers(1, most)) + 1):
        phrases, spans, natural, place = [], [], [], draw(st.floats(0, 300))
        native = draw(st.sampled_from([1.0, 1.0, 1.0, 1.25]))
        for part in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
            length = draw(st.integers(0, 4000))
            spoken = draw(st.floats(20, 6000))
            phrases.append(Phrase(index * 10 + part, Window(at, at + length), "words"))
            spans.append(Span(place, place + spoken))
            natural.append(spoken * native)
            place += spoken + draw(st.sampled_from([0.0, 120.0]))
            at = max(0, at + length + draw(st.sampled_from([0, 0, 40, 600, 3000, -500, -length])))
        pauses = tuple(
            Span(span.start + span.length / 3, span.start + span.length / 2) for span in spans if draw(st.booleans())
        )
        line = Line(index, draw(st.sampled_from(["ANNA", "BEN", "CLEO"])), VOICE, tuple(phrases), "en", native)
        takes.append(Take(line, f"k{index}", tuple(spans), tuple(natural), pauses))
    return sorted(takes, key=lambda one: one.line.window.start)


@st.composite
def rules(draw: st.DrawFn) -> object:
    from dubber.fitting import Fitting

    return Fitting(
        fastest=draw(st.sampled_from([1.0, 1.2, 1.5, 2.5])),
        early=draw(st.sampled_from([0.0, 40.0])),
        late_max=draw(st.sampled_from([0.0, 200.0, 400.0])),
        gap=draw(st.sampled_from([0.0, 20.0, 200.0])),
        fill=draw(st.booleans()),
    )
