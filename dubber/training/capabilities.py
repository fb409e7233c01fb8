"""Whether the server can do what is wished: asked of the server, before anything starts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dubber.errors import InputError, InputErrors
from dubber.training.gptsovits import Training
from dubber.training.settings import TrainingSettings


@dataclass(frozen=True, slots=True)
class Engine:
    """The speech recognition that is used, in the server's own words."""

    model: str
    size: str
    language: str
    precision: str


def checked(page: Training, wishes: TrainingSettings) -> tuple[str, Engine | None]:
    """The version, and the speech recognition if it is wanted. Raises InputErrors with all that the server lacks."""
    faults: list[InputError] = []
    versions = page.choices("/switch_version", "version_")
    version = wishes.version or _usual(page, versions)
    if versions and version not in versions:
        faults.append(_lacks("version", version, versions))
    ranks = page.choices("/open1Ba", "lora_rank")
    if wishes.lora_rank and wishes.lora_rank not in (ranks or (wishes.lora_rank,)):
        faults.append(_lacks("lora-rank", wishes.lora_rank, ranks))
    if wishes.gpu and not re.fullmatch(r"\d+(-\d+)*", wishes.gpu):
        faults.append(InputError(f"{wishes.gpu!r} names no graphics cards", where="--gpu", advice="as in 0 or 0-1"))
    engine = None
    if "asr" in wishes.steps:
        try:
            engine = engine_for(page, wishes)
        except InputError as error:
            faults += getattr(error, "faults", [error])
    if faults:
        raise InputErrors(faults)
    return version, engine


def engine_for(page: Training, wishes: TrainingSettings) -> Engine:
    """The speech recognition that knows the language; the session has then been told its choices."""
    models = page.choices("/open_asr", "asr_model") or page.choices("/change_lang_choices", "key")
    if wishes.asr_model and wishes.asr_model not in models:
        near = [model for model in models if wishes.asr_model.casefold() in model.casefold()]
        if len(near) != 1:
            raise _lacks("asr-model", wishes.asr_model, models)
        models = tuple(near)
    elif wishes.asr_model:
        models = (wishes.asr_model,)
    known: dict[str, tuple[str, ...]] = {}
    for model in models:
        known[model] = _offer(page, "/change_lang_choices", model)[0]
        if wishes.language in known[model]:
            return _engine(page, wishes, model)
    told = "; ".join(f"{model}: {', '.join(languages)}" for model, languages in known.items())
    raise InputError(
        f"no speech recognition of the server knows {wishes.language}", where="--language", advice=told or "it has none"
    )


def _engine(page: Training, wishes: TrainingSettings, model: str) -> Engine:
    found: dict[str, str] = {}
    faults = []
    for key, call, wanted in (
        ("asr-size", "/change_size_choices", wishes.asr_size),
        ("asr-precision", "/change_precision_choices", wishes.asr_precision),
    ):
        choices, usual = _offer(page, call, model)
        found[key] = wanted or usual or next(reversed(choices), "")
        if choices and found[key] not in choices:
            faults.append(_lacks(key, found[key], choices))
    if faults:
        raise InputErrors(faults)
    return Engine(model, found["asr-size"], wishes.language, found["asr-precision"])


def _offer(page: Training, call: str, model: str) -> tuple[tuple[str, ...], str]:
    """What an engine offers, and which of it the page would take."""
    answer = page.ask(call, {"key": model})
    output = answer.outputs[0]
    return output.choices, output.value if isinstance(output.value, str) else ""


def _usual(page: Training, versions: tuple[str, ...]) -> str:
    endpoint = page.offered().get("/switch_version")
    default = endpoint.parameters[0].default if endpoint and endpoint.parameters else None
    return default if isinstance(default, str) and default in versions else "v2"


def _lacks(option: str, value: str, there: tuple[str, ...]) -> InputError:
    return InputError(f"the server has no {value!r}", where=f"--{option}", advice="it has " + ", ".join(there))
