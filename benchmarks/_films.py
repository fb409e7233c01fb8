"""Synthetic films with subtitles: any length, lines, density; natural sentences, an original in stereo. Made once."""

from __future__ import annotations

import random
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dubber.media import ffmpeg

FOLDER = Path(tempfile.gettempdir()) / "dub-benchmarks"
PART = 600  # s that are really encoded; longer films are that part again and again
PER_HOUR = 900  # lines: 1,800 in two hours
WHO = "the captain|my sister|nobody here|the old man|her brother|that doctor|the boy|our neighbour|someone|the pilot"
DOES = (
    "never saw|has forgotten|would not sell|is looking for|always wanted|lost|could have opened|will bring|gave away|"
    "found|broke|remembers|was afraid of|hid|wrote about|cannot pay for"
)
WHAT = (
    "the letter|a red boat|this house|the last train|every word|my father's watch|the key|those pictures"
    "|a better answer|the harbour|your coat|all the money|the other door|the map|a quiet place|the radio"
)
WHERE = (
    "|in the rain|before midnight|on the bridge|, I think|after the war|, can you believe it|near the station|, please"
    "|again|, as I told you|without a sound|under the stairs|by the river|for three weeks|, and then we left"
)


@dataclass(frozen=True)
class Synthetic:
    """A film and its subtitles. edited: the same subtitles, one line in the middle changed."""

    film: Path
    subtitles: Path
    edited: Path
    seconds: float
    lines: int


def synthetic(
    seconds: float, lines: int = 0, *, density: float = 0.6, seed: int = 1, light: bool = False, suffix: str = ".mp4"
) -> Synthetic:
    """density: the share of the film in which a cue is shown. About 0.5 GB an hour, as a film of a shop is; light: as
    many pictures and packets of sound, a tenth of the bytes, for what does not look into them."""
    count = lines or max(1, round(seconds * PER_HOUR / 3600))
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{'light' if light else 'film'}-{seconds:g}{suffix}"
    if not path.exists():
        _film(path, seconds, light)
    name = f"film-{seconds:g}-{count}-{density:g}-{seed}"
    cues = _cues(seconds, count, density, seed)
    usual, edited = FOLDER / f"{name}.srt", FOLDER / f"{name}-edited.srt"
    usual.write_text(_srt(cues))
    start, end, _ = cues[count // 2]
    cues[count // 2] = (start, end, "We changed only this line.")
    edited.write_text(_srt(cues))
    return Synthetic(path, usual, edited, seconds, count)


def _film(path: Path, seconds: float, light: bool) -> None:
    part = FOLDER / f"{'light-' if light else ''}part-{min(PART, seconds):g}.mp4"
    if not part.exists():
        _make(part, *(_still if light else _picture)(min(PART, seconds)))
    loops = ["-stream_loop", str(int(seconds // PART))] if seconds > PART else []
    _make(path, *loops, "-i", str(part), "-t", f"{seconds:g}", "-c", "copy")


def _still(seconds: float) -> list[str]:
    """One colour at 25 pictures a second, and silence."""
    inputs = ["-f", "lavfi", "-i", f"color=gray:s=64x36:r=25:d={seconds:g}"]
    inputs += ["-f", "lavfi", "-i", f"anullsrc=r=48000:cl=stereo:d={seconds:g}"]
    return [*inputs, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-aac_coder", "fast", "-b:a", "64k"]


def _picture(seconds: float) -> list[str]:
    """Noise on a test picture, for a real film's data rate; chords and two noises, for a lively original."""
    noises = "".join(f"anoisesrc=c=pink:a=0.05:r=48000:seed={seed}:d={seconds:g}[n{seed}];" for seed in (1, 2))
    chord = "+".join(f"0.06*sin({turn}*t)*(1+sin({slow}*t))" for turn, slow in ((1382, 0.5), (1741, 0.3), (2073, 0.7)))
    graph = (
        f"testsrc2=s=320x180:r=25:d={seconds:g},noise=alls=12:allf=t,format=yuv420p[v];{noises}"
        f"aevalsrc='{chord}|{chord}':s=48000:d={seconds:g}[c];[n1][n2]join=inputs=2:channel_layout=stereo[n];"
        "[n][c]amix=inputs=2:normalize=0[a]"
    )
    picture = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "1000k", "-maxrate", "1200k", "-bufsize", "2M"]
    sound = ["-c:a", "aac", "-aac_coder", "fast", "-b:a", "128k"]
    return ["-filter_complex", graph, "-map", "[v]", "-map", "[a]", *picture, *sound]


def _make(path: Path, *arguments: str) -> None:
    made = path.with_name("making-" + path.name)
    command = [str(ffmpeg.tools().ffmpeg), "-nostdin", "-y", "-loglevel", "error", *arguments, str(made)]
    subprocess.run(command, check=True)
    made.rename(path)


def _cues(seconds: float, count: int, density: float, seed: int) -> list[tuple[float, float, str]]:
    """Cues at even steps, jittered; each shown for its share of the step; 8 to 16 characters a second."""
    chance, step, seen = random.Random(seed), seconds / count, set[str]()
    cues = []
    for number in range(count):
        length = min(7.0, step * density * chance.uniform(0.7, 1.3))
        start = number * step + chance.uniform(0, max(0.0, step - length - 0.05))
        cues.append((start, start + length, _sentence(chance, length * chance.uniform(8, 16), seen)))
    return cues


def _sentence(chance: random.Random, characters: float, seen: set[str]) -> str:
    """About so long, and never the same twice: equal lines are spoken once."""
    while True:
        text = ""
        while len(text) < characters:
            parts = [chance.choice(each.split("|")) for each in (WHO, DOES, WHAT, WHERE)]
            clause = " ".join(parts[:3]) + ("" if parts[3].startswith(",") else " ") + parts[3]
            text = f"{text} and {clause.strip()}" if text else clause.strip()
        text = text[0].upper() + text[1:] + "."
        if text not in seen:
            seen.add(text)
            return text


def _srt(cues: list[tuple[float, float, str]]) -> str:
    return "\n".join(f"{n}\n{_clock(a)} --> {_clock(b)}\n{text}\n" for n, (a, b, text) in enumerate(cues, 1))


def _clock(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"
