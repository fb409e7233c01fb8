"""GPT-SoVITS api_v2.py: the reference and the weights decide the voice; a fault inside is a second of silence."""

from __future__ import annotations

from typing import Any

from tests.servers import sounds
from tests.servers.rest import Asked, Handler, RestServer

LANGUAGES = {"zh", "en", "ja", "yue", "ko", "auto", "auto_yue", "all_zh", "all_ja", "all_yue", "all_ko"}


class SovitsServer(RestServer):
    """files: the paths that exist on the server's disk. The voice in the sound is "GPT|SOVITS|REFERENCE"."""

    def __init__(self, *, files: tuple[str, ...] = ("ref/anna.wav", "ref/bob.wav"), **how: Any) -> None:
        self.files, self.gpt, self.sovits = files, "", ""
        super().__init__(at_once=1, **how)

    def is_synthesis(self, asked: Asked) -> bool:
        return asked.path == "/tts"

    def answer(self, handler: Handler, asked: Asked) -> None:
        match asked.path:
            case "/tts":
                self._tts(handler, asked.body or asked.query)
            case "/set_gpt_weights":
                self.gpt = asked.query["weights_path"]
                handler.say({"message": "success"})
            case "/set_sovits_weights":
                self.sovits = asked.query["weights_path"]
                handler.say({"message": "success"})
            case _:
                handler.say({"detail": "Not Found"}, 404)

    def _tts(self, handler: Handler, body: dict[str, Any]) -> None:
        for name in ("text", "text_lang", "ref_audio_path", "prompt_lang"):
            if not body.get(name):
                return handler.say({"message": f"{name} is required"}, 400)
        if not {body["text_lang"], body["prompt_lang"]} <= LANGUAGES:
            return handler.say({"message": f"text_lang: {body['text_lang']} is not supported in version v2"}, 400)
        if body["ref_audio_path"] not in self.files or not body["text"].strip():
            silence = sounds.BROKEN["one-second-of-silence"](sounds.np.zeros(1, sounds.np.float32), 16_000)
            return handler.reply(silence, "audio/wav")
        voice = f"{self.gpt}|{self.sovits}|{body['ref_audio_path']}"
        speed = float(body.get("speed_factor", 1.0))
        handler.speak(voice, body["text"], speed=speed, form=body.get("media_type", "wav"), rate=32_000)
