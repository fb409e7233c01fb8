"""`/v1/audio/speech` as Kokoro-FastAPI, OpenAI and their like speak it."""

from __future__ import annotations

from typing import Any

from tests.servers.rest import Asked, Handler, RestServer

VOICES = ("af_heart", "am_adam", "bf_emma", "bm_george", "zf_xiaobei")
FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")


class OpenAiServer(RestServer):
    """offers_voices: whether it lists them (Kokoro does, OpenAI does not). formats: what it can make."""

    def __init__(
        self, *, voices: tuple[str, ...] = VOICES, offers_voices: bool = True, formats: Any = FORMATS, **how: Any
    ) -> None:
        self.voices, self.offers_voices, self.formats = voices, offers_voices, formats
        super().__init__(**how)

    def is_synthesis(self, asked: Asked) -> bool:
        return asked.path.endswith("/audio/speech")

    def answer(self, handler: Handler, asked: Asked) -> None:
        if self.key and asked.headers.get("Authorization") != f"Bearer {self.key}":
            message = f"Incorrect API key provided: {asked.headers.get('Authorization', '')[7:]}."
            return handler.say({"error": {"message": message, "type": "invalid_request_error"}}, 401)
        match asked.method, asked.path:
            case "POST", "/v1/audio/speech":
                self._speech(handler, asked.body)
            case "GET", "/v1/audio/voices" if self.offers_voices:
                handler.say({"voices": list(self.voices)})
            case "GET", "/v1/models":
                handler.say({"object": "list", "data": [{"id": "kokoro", "object": "model"}, {"id": "tts-1"}]})
            case _:
                handler.say({"detail": "Not Found"}, 404)

    def _speech(self, handler: Handler, body: dict[str, Any]) -> None:
        voice = body["voice"]["id"] if isinstance(body.get("voice"), dict) else body.get("voice")
        form = body.get("response_format", "mp3")
        if not body.get("model") or not body.get("input"):
            return handler.say({"detail": [{"loc": ["body"], "msg": "Field required", "type": "missing"}]}, 422)
        if len(body["input"]) > 4096:
            return handler.say({"error": {"message": "String should have at most 4096 characters"}}, 400)
        if voice not in self.voices:
            message = f"Voice '{voice}' not found. Available voices: {', '.join(self.voices)}"
            return handler.say({"detail": {"error": "validation_error", "message": message}}, 400)
        if form not in self.formats or not 0.25 <= body.get("speed", 1.0) <= 4.0:
            return handler.say({"error": {"message": f"Unsupported format: {form}"}}, 400)
        handler.speak(voice, body["input"], speed=body.get("speed", 1.0), form=form)
