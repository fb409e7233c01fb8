"""How far estimated durations are from spoken ones, by the number of takes of the voice.

    python -m benchmarks pace [FILE.srt[:LANGUAGE] ...] [--lines 300]

Each text is read by espeak-ng in several voices; a new voice is estimated before its first take and after 10, 25 and
50. Without files: sentences made of the fragments below. Error: |estimate - speech| / speech, outer silence trimmed.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from dubber.backends.espeak import Espeak
from dubber.files.store import Store
from dubber.media.speech import speech_span
from dubber.model import Line, Phrase, Voice, Window
from dubber.subtitles import Reading, parse
from dubber.synthesis.duration import Pace

SHORT = True
TAKES = (0, 10, 25, 50)
VOICES = ({}, {"rate": 260}, {"rate": 120, "variant": "f3", "gap": 50})
FRAGMENTS = {
    "en": "I never said that|you could have told me|the harbour waits|what are we doing here?|in 1984|no!|"
    "it is late|somebody has to go down there|and then she smiled|everything I own|"
    "wait a minute, please|because of the weather",
    "de": "das habe ich nie gesagt|du hättest es mir sagen können|der Hafen wartet|was machen wir hier?|"
    "nein!|es ist spät|jemand muss hinunter gehen|und dann lächelte sie|alles, was ich besitze|"
    "einen Augenblick, bitte|wegen des Wetters",
    "fr": "je n'ai jamais dit cela|tu aurais pu me le dire|le port attend|qu'est-ce qu'on fait ici ?|"
    "non !|il est tard|quelqu'un doit descendre|et puis elle a souri|tout ce que je possède|"
    "un instant, s'il vous plaît|à cause du temps",
    "es": "yo nunca dije eso|podrías habérmelo dicho|el puerto espera|¿qué hacemos aquí?|¡no!|es tarde|"
    "todo lo que tengo|alguien tiene que bajar|y entonces ella sonrió|un momento, por favor|"
    "por culpa del tiempo",
    "ru": "я никогда этого не говорил|ты мог бы мне сказать|гавань ждёт|что мы здесь делаем?|нет!|"
    "уже поздно|кто-то должен спуститься|и тогда она улыбнулась|всё, что у меня есть|"
    "подождите, пожалуйста|из-за погоды",
    "zh": "我从来没有说过|你应该早点告诉我|港口在等待|我们在这里做什么？|不！|已经很晚了|总得有人下去|"
    "然后她笑了|我所有的东西|请等一下|因为天气不好",
    "ko": "나는 그런 말을 한 적이 없어|나한테 말할 수도 있었잖아|항구가 기다린다|"
    "우리 여기서 뭐 하는 거야?|안 돼!|너무 늦었어|누군가는 내려가야 해|그리고 그녀는 웃었다|"
    "내가 가진 모든 것|잠깐만 기다려 주세요|날씨 때문에",
}


def run(arguments: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks pace")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--lines", type=int, default=200)
    asked = parser.parse_args(arguments)
    texts = dict(map(_file, asked.files)) or {language: _made(language, asked.lines) for language in FRAGMENTS}
    print(
        f"{'language':10}{'voice':44}" + "".join(f"{f'{count} takes':>12}" for count in TAKES) + "   median error (p90)"
    )
    return {language: [_voice(language, lines[: asked.lines], dict(voice)) for voice in VOICES]
            for language, lines in texts.items()}  # fmt: skip


def _voice(language: str, texts: list[str], settings: dict[str, Any]) -> dict[str, Any]:
    voice, espeak = Voice("espeak", "v", tuple(sorted(settings.items()))), Espeak()
    lines = [Line(1, "A", voice, (Phrase(1, Window(0, 1), text),), language) for text in texts]
    found = [(line, span.length) for line in lines if (span := speech_span(espeak.synthesize(line)))]
    later = found[max(TAKES) :]
    errors = {}
    with tempfile.TemporaryDirectory() as folder:
        pace = Pace(Store(Path(folder)))
        for number, (line, length) in enumerate(found[: max(TAKES) + 1]):
            if number in TAKES:
                off = [abs(pace.estimate(other) - spoken) / spoken for other, spoken in later]
                errors[number] = (float(np.median(off)), float(np.percentile(off, 90)))
            pace.learn(line, length)
    figures = "".join(f"{f'{100 * middle:.1f} ({100 * high:.0f})':>12}" for middle, high in errors.values())
    print(f"{language:10}{str(settings or 'default'):44}{figures}")
    return {"voice": settings, "lines": len(later), "median and 90th percentile by takes": errors}


def _made(language: str, count: int) -> list[str]:
    chance, fragments = random.Random(language), FRAGMENTS[language].split("|")
    glue = "，" if language == "zh" else " "
    made = {glue.join(chance.sample(fragments, chance.choice((1, 1, 2, 2, 3)))) for _ in range(count * 3)}
    return sorted(made, key=lambda text: chance.random())[:count]


def _file(name: str) -> tuple[str, list[str]]:
    path, _, language = name.rpartition(":") if ":" in name else (name, "", "en")
    script = parse(Path(path).read_bytes(), Path(path).suffix, Reading(), language=language)
    texts = list(dict.fromkeys(cue.text for cue in script.cues))
    random.Random(1).shuffle(texts)
    return language, texts
