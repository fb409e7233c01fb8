"""api_v2.py of GPT-SoVITS: references by their path on the server, one second of silence for a failure."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.servers import sounds
from tests.servers.rest import Asked, Handler, RestServer

CODES = ("zh", "en", "ja", "yue", "ko", "auto", "auto_yue", "all_zh", "all_ja", "all_yue", "all_ko")


class GptSovitsApi(RestServer):
    """references: path on the server to the name of the voice that speaks there."""

    references = {"refs/anna.wav": "anna", "refs/bob.wav": "bob"}

    def __init__(self, **how: Any) -> None:
        self.loaded = {"sovits": "base", "gpt": "base"}
        self.switches: list[str] = []
        super().__init__(at_once=1, **how)

    def is_synthesis(self, asked: Asked) -> bool:
        return asked.path == "/tts" and bool(asked.body)

    def answer(self, handler: Handler, asked: Asked) -> None:
        if asked.path == "/tts":
            return self._tts(handler, asked.body or {})
        kind = asked.path.removeprefix("/set_").removesuffix("_weights")
        if kind not in self.loaded:
            return handler.say({"detail": "Not Found"}, 404)
        path = asked.query["weights_path"]
        if not path.startswith("weights/"):
            return handler.say({"message": f"change {kind} weight failed", "Exception": "No such file"}, 400)
        self.loaded[kind] = path
        self.switches.append(path)
        handler.say({"message": "success"})

    def _tts(self, handler: Handler, body: dict[str, Any]) -> None:
        for needed in ("ref_audio_path", "text", "text_lang", "prompt_lang"):
            if not body.get(needed):
                return handler.say({"message": f"{needed} is required"}, 400)
        if body["text_lang"] not in CODES:
            return handler.say({"message": f"text_lang: {body['text_lang']} is not supported"}, 400)
        if body["ref_audio_path"] not in self.references or "FAULT" in body["text"]:
            silence = np.zeros(16_000, np.float32)
            return handler.reply(sounds.encoded(silence, 16_000, "wav"), "audio/wav")
        voice = f"{self.loaded['sovits']}+{self.loaded['gpt']}+{self.references[body['ref_audio_path']]}"
        text = body["text"].replace("LANGUAGE", body["text_lang"]).replace("SEED", str(body.get("seed", -1)))
        handler.speak(voice, text, speed=body.get("speed_factor", 1.0), rate=32_000)
