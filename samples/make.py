"""Makes the sample film and its subtitles: `python samples/make.py` (needs ffmpeg with libx264).

A harbour at dusk, 31 s. Everything in it can be checked by eye: each figure's lantern burns while its cue is on
screen, and the strip at the bottom shows all cues with a playhead. The sound is sea and a slow chord, no speech.
"""

from __future__ import annotations

import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SECONDS, FPS, WIDTH, HEIGHT, RATE = 31, 25, 640, 360, 48_000

NARRATOR, MARTA, JONAS = "NARRATOR", "MARTA", "JONAS"
# start ms, end ms, [(speaker, English, French)]
DIALOGUE: list[tuple[int, int, list[tuple[str, str, str]]]] = [
    (1000, 3400, [(NARRATOR, "Every evening, the harbour waits for one light.", "Chaque soir, le port attend une lumière.")]),
    (4000, 5600, [(MARTA, "Jonas! Is the lamp ready?", "Jonas ! La lampe est prête ?")]),
    (5640, 8200, [(JONAS, "Almost. The glass was <i>salt</i> from top to bottom.", "Presque. Le verre était couvert de <i>sel</i>.")]),
    (9000, 10800, [(MARTA, "The ferry is due at nine.", "Le ferry arrive à neuf heures.")]),
    (10840, 12600, [(JONAS, "Then we have eleven minutes", "Alors il nous reste onze minutes")]),
    (12640, 14600, [(JONAS, "and one very stubborn screw.", "et une vis très têtue.")]),
    (15600, 17600, [(MARTA, "Left or right?", "À gauche ou à droite ?"), (JONAS, "Left, always left.", "À gauche, toujours.")]),
    (20400, 23200, [(NARRATOR, "And then, over the water, it turned.", "Et puis, au-dessus de l'eau, elle tourna.")]),
    (24000, 25400, [(MARTA, "They have seen us!", "Ils nous ont vus !")]),
    (25440, 28800, [(JONAS, "They always do & they always will.", "Ils nous voient toujours, et ils nous verront toujours.")]),
]  # fmt: skip
SOUND = (18400, 19800, "[metal creaks]", "[le métal grince]")
LYRICS = (29200, 30600, "♪ home is where the lantern burns ♪", "♪ la maison est où brûle la lanterne ♪")
COLOURS = {NARRATOR: (240, 205, 120), MARTA: (235, 110, 100), JONAS: (110, 190, 235)}


def stamp(milliseconds: int, separator: str, digits: int = 3) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    fraction = str(rest).zfill(3)[:digits]
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{separator}{fraction}"


def timeline(language: int) -> list[tuple[int, int, list[tuple[str, str]]]]:
    """All cues in order: dialogue, the sound description and the song; language 0 English, 1 French."""
    cues = [(start, end, [(who, texts[language]) for who, *texts in said]) for start, end, said in DIALOGUE]
    cues += [(start, end, [("", texts[language])]) for start, end, *texts in (SOUND, LYRICS)]
    return sorted(cues)


def srt(language: int) -> str:
    blocks = []
    for number, (start, end, said) in enumerate(timeline(language), 1):
        dash = "- " if len(said) > 1 else ""
        lines = [f"{dash}{who}: {text}" if who else text for who, text in said]
        blocks.append("\n".join([str(number), f"{stamp(start, ',')} --> {stamp(end, ',')}", *lines]))
    return "\n\n".join(blocks) + "\n"


def vtt() -> str:
    blocks = [
        "WEBVTT - The harbour\nLanguage: en",
        "STYLE\n::cue(v[voice=MARTA]) { color: salmon }",
        "NOTE lantern scene",
    ]
    for start, end, said in timeline(0):
        lines = [f"<v {who}>{text.replace('&', '&amp;')}</v>" if who else text for who, text in said]
        blocks.append("\n".join([f"{stamp(start, '.')} --> {stamp(end, '.')} line:85%", *lines]))
    return "\n\n".join(blocks) + "\n"


def ass() -> str:
    events = ["Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,translated by the harbour master"]
    for start, end, said in timeline(0):
        window = f"{stamp(start, '.', 2)[1:]},{stamp(end, '.', 2)[1:]}"
        for who, text in said:
            spoken = text.replace("<i>", r"{\i1}").replace("</i>", r"{\i0}")
            events.append(f"Dialogue: 0,{window},Default,{who},0,0,0,,{spoken}")
    events.append(r"Dialogue: 1,0:00:20.00,0:00:23.00,Sign,,0,0,0,,{\pos(560,60)\p1}m 0 0 l 40 0 40 40 0 40{\p0}")
    events.append(r"Dialogue: 1,0:00:20.00,0:00:23.00,Sign,,0,0,0,,{\pos(560,80)}LIGHTHOUSE")
    return ASS_HEAD + "\n".join(events) + "\n"


ASS_HEAD = """[Script Info]
Title: The harbour
ScriptType: v4.00+
PlayResX: 640
PlayResY: 360

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1
Style: Sign,Arial,14,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,1,0,7,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def speaking(milliseconds: float) -> set[str]:
    """Who has a cue on screen at this time; of two who share a cue, each has half."""
    found = set()
    for start, end, said in DIALOGUE:
        if start <= milliseconds < end:
            found.add(said[min(int((milliseconds - start) * len(said) / (end - start)), len(said) - 1)][0])
    return found


def frame(number: int) -> np.ndarray:
    """One picture, uint8 (HEIGHT, WIDTH, 3)."""
    seconds = number / FPS
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    sky = np.stack([20 + y * 0.32, 24 + y * 0.16, 60 + y * 0.12], -1)
    sea = np.stack([14 + 0 * y, 30 + 0 * y, 52 + 0 * y], -1)
    ripple = 7 * np.sin(x / 17 + seconds * 1.4 + y / 5) * np.sin(y / 3 - seconds * 2.1)
    picture = np.where((y > 190)[..., None], sea + ripple[..., None], sky)
    if seconds >= 20.4:  # the lamp is lit: the beam turns
        angle = (seconds - 20.4) * 1.3
        beam = np.exp(-((np.angle(np.exp(1j * (np.arctan2(y - 78, x - 540) - angle))) / 0.09) ** 2))
        picture += (beam * 95 * np.exp(-np.hypot(x - 540, y - 78) / 420))[..., None] * np.array([1, 0.93, 0.7])
    tower = (np.abs(x - 540) < 9 + (y - 90) / 18) & (y > 90) & (y < 205)
    picture[tower] = np.where((y[tower] // 22 % 2 == 0)[:, None], (205, 205, 200), (170, 60, 55))
    picture[(np.abs(x - 540) < 12) & (y > 68) & (y <= 90)] = (250, 235, 150) if seconds >= 20.4 else (70, 66, 60)
    picture[(y > 262 - 6 * np.sin(x / 60)) & (x < 420)] = (26, 22, 28)  # the quay
    for place, who in enumerate((NARRATOR, MARTA, JONAS)):
        _figure(picture, x, y, 90 + 120 * place, who, who in speaking(seconds * 1000))
    _strip(picture, seconds)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _figure(picture: np.ndarray, x: np.ndarray, y: np.ndarray, at: int, who: str, lit: bool) -> None:
    body = (np.abs(x - at) < 13 + (y - 200) / 9) & (y > 206) & (y < 268)
    head = np.hypot(x - at, y - 194) < 13
    picture[body | head] = (12, 11, 16)
    lantern = np.hypot(x - at - 26, y - 232) < 7
    if lit:
        glow = 170 * np.exp(-np.hypot(x - at - 26, y - 232) / 26)
        picture += glow[..., None] * np.array(COLOURS[who]) / 255
    picture[lantern] = COLOURS[who] if lit else (52, 50, 54)


def _strip(picture: np.ndarray, seconds: float) -> None:
    """All cues as blocks on a bar, and the playhead."""
    picture[318:352, 10:630] = (18, 18, 24)
    for start, end, said in DIALOGUE:
        left, right = (10 + int(ms / 1000 / SECONDS * 620) for ms in (start, end))
        for part, (who, *_) in enumerate(said):
            row = 321 + 10 * (NARRATOR, MARTA, JONAS).index(who)
            width = (right - left) // len(said)
            picture[row : row + 8, left + part * width : left + (part + 1) * width] = COLOURS[who]
    head = 10 + int(seconds / SECONDS * 620)
    picture[316:354, head : head + 2] = (255, 255, 255)


def bed() -> np.ndarray:
    """Sea and a slow chord, int16 (frames, 2)."""
    random = np.random.default_rng(7)
    count = SECONDS * RATE
    seconds = np.arange(count) / RATE
    noise = np.cumsum(random.standard_normal((count, 2)), axis=0)
    noise -= np.stack([np.convolve(noise[:, side], np.ones(960) / 960, "same") for side in (0, 1)], -1)
    sea = noise / np.abs(noise).max() * (0.20 + 0.12 * np.sin(2 * np.pi * seconds / 6.5))[:, None]
    chord = np.zeros((count, 2))
    for bar, notes in enumerate(
        [(110, 165, 220, 262), (87, 131, 220, 262), (98, 147, 196, 247), (110, 165, 220, 330)] * 2
    ):
        place = np.clip((seconds - bar * 4) / 4, 0, 1)
        swell = np.sin(np.pi * place) ** 2
        for voice, pitch in enumerate(notes):
            tone = np.sin(2 * np.pi * pitch * seconds) * swell * 0.05
            chord += tone[:, None] * ((1.2, 0.8) if voice % 2 else (0.8, 1.2))
    fade = np.clip(np.minimum(seconds, SECONDS - seconds) / 1.0, 0, 1)
    return ((sea + chord) * fade[:, None] * 26000).clip(-32767, 32767).astype(np.int16)


def film(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "bed.wav"
        with wave.open(str(sound), "wb") as writer:
            writer.setnchannels(2)
            writer.setsampwidth(2)
            writer.setframerate(RATE)
            writer.writeframes(bed().tobytes())
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-"]
        coders = [
            "-c:v",
            "libx264",
            "-preset",
            "slow",
            "-crf",
            "27",
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "aac",
            "-b:a",
            "112k",
        ]
        tags = [
            "-metadata",
            "title=The harbour",
            "-metadata:s:a:0",
            "language=und",
            "-movflags",
            "+faststart",
            "-t",
            str(SECONDS),
        ]
        command = ["ffmpeg", "-v", "error", "-y", *raw, "-i", str(sound), *coders, *tags, str(target)]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert process.stdin
            for number in range(SECONDS * FPS):
                process.stdin.write(frame(number).tobytes())
            process.stdin.close()
        assert process.returncode == 0


if __name__ == "__main__":
    (HERE / "harbour.srt").write_text(srt(0))
    (HERE / "harbour.fr.srt").write_text(srt(1))
    (HERE / "harbour.vtt").write_text(vtt())
    (HERE / "harbour.ass").write_text(ass())
    film(HERE / "harbour.mp4")
