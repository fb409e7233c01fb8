"""What a web UI declares, takes and gives: values, and the rules by which they are read and sent. No network.

Nothing that a server says decides which file of this computer is sent: a file is an Upload that the caller made.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dubber.errors import BackendUnavailable, InputError


class CallRefused(InputError):
    """The server does not take a value: not among its choices, out of its range."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A local file that the caller means to send."""

    path: Path


@dataclass(frozen=True, slots=True)
class Remote:
    """A file on the server, which fetch() brings. stream: a playlist of pieces, which it cannot bring."""

    path: str
    name: str
    stream: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an endpoint as the server declares it. kind is Python's name of its type ("float"), or "file",
    "files". choices: the texts that it takes, in the server's order and language; () when any text is good."""

    name: str
    label: str
    kind: str
    required: bool
    default: Any = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GradioEndpoint:
    """A function of the web UI: what it takes, and the labels of what it gives."""

    api_name: str
    parameters: tuple[Parameter, ...]
    gives: tuple[str, ...] = ()

    def find(self, *names: str) -> Parameter | None:
        """The parameter of one of these names, else of one of these labels; earlier ones first. Positions move from
        version to version, labels are translated, and unnamed parameters ("param_7") have labels only."""
        for wanted in names:
            for parameter in self.parameters:
                if wanted == parameter.name or wanted.casefold() == parameter.label.casefold():
                    return parameter
        return None


@dataclass(frozen=True, slots=True)
class GradioOutput:
    """One value of an answer. choices: the texts that an update of a list brings."""

    value: Any
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave: its values, unwrapped, in order; and the warnings that the UI would have shown."""

    outputs: tuple[GradioOutput, ...]
    warnings: tuple[str, ...] = ()

    @property
    def values(self) -> list[Any]:
        return [output.value for output in self.outputs]

    def __len__(self) -> int:
        return len(self.outputs)

    def __getitem__(self, index: int) -> Any:
        return self.outputs[index].value


def read_endpoint(name: str, info: Mapping[str, Any]) -> GradioEndpoint:
    """An endpoint as a server's /info describes it."""
    gives = tuple(str(item.get("label", "")) for item in info.get("returns", ()))
    return GradioEndpoint(name, tuple(map(_parameter, info.get("parameters", ()))), gives)


def _parameter(info: Mapping[str, Any]) -> Parameter:
    kind = str(info.get("python_type", {}).get("type", "Any"))
    if "filepath" in kind:
        kind = "files" if kind.lower().startswith("list") else "file"
    choices = info["type"].get("enum", ()) if isinstance(info.get("type"), dict) else ()
    label = str(info.get("label") or "")
    return Parameter(
        str(info.get("parameter_name") or label), label, kind, not info.get("parameter_has_default", False),
        info.get("parameter_default"), tuple(map(str, choices)),
    )  # fmt: skip


Sender = Callable[[Upload], Any]


def arguments(endpoint: GradioEndpoint, values: Mapping[str, Any], url: str, send: Sender) -> list[Any]:
    """A call's values, in the order of its parameters. send: brings an upload to the server, says how to name it."""
    unknown = set(values) - {parameter.name for parameter in endpoint.parameters}
    if unknown:
        raise CallRefused(f"{endpoint.api_name} takes no {', '.join(sorted(unknown))}", where=url)
    found = [_argument(parameter, values, endpoint, url) for parameter in endpoint.parameters]
    return [_sent(value, send) for value in found]


def _argument(parameter: Parameter, values: Mapping[str, Any], endpoint: GradioEndpoint, url: str) -> Any:
    if parameter.name in values:
        return _checked(values[parameter.name])
    if parameter.kind in ("file", "files"):
        return None
    if parameter.required:
        raise CallRefused(f"{endpoint.api_name} needs {parameter.name}", where=url, advice=parameter.label)
    if _names_a_file(parameter.default):
        raise BackendUnavailable(f"asks for a file of this computer as {parameter.name}", where=url)
    return parameter.default


def _checked(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_checked(item) for item in value]
    if isinstance(value, Path) or _names_a_file(value):
        raise CallRefused("a file is sent as an upload only")
    return value


def _sent(value: Any, send: Sender) -> Any:
    if isinstance(value, list):
        return [_sent(item, send) for item in value]
    return send(value) if isinstance(value, Upload) else value


def _names_a_file(value: Any) -> bool:
    """Would gradio take this value, or a part of it, for a file?"""
    if isinstance(value, Mapping):
        return ("path" in value and "meta" in value) or any(map(_names_a_file, value.values()))
    return isinstance(value, list | tuple) and any(map(_names_a_file, value))


def read_output(value: Any) -> GradioOutput:
    """An update's value is the value; a file's description is a Remote."""
    if isinstance(value, dict) and value.get("__type__") == "update":
        choices = tuple(
            str(pair[-1] if isinstance(pair, list | tuple) else pair) for pair in value.get("choices") or ()
        )
        return GradioOutput(_file(value.get("value")), choices)
    return GradioOutput(_file(value))


def _file(value: Any) -> Any:
    if isinstance(value, list):
        return [_file(item) for item in value]
    if not (isinstance(value, dict) and isinstance(value.get("path"), str) and "meta" in value):
        return value
    stream = bool(value.get("is_stream")) or value["path"].endswith(".m3u8")
    return Remote(value["path"], str(value.get("orig_name") or Path(value["path"]).name), stream)


# Elements that a status line is written with. Anything else in angle brackets is text: "(type: <class 'str'>)".
# https://html.spec.whatwg.org/multipage/indices.html#elements-3
_TAG = re.compile(
    r"</?(?:a|b|big|blockquote|body|br|button|center|code|details|div|em|font|h[1-6]|head|hr|html|i|img|label|li|mark|"
    r"meta|ol|p|path|pre|progress|s|script|section|small|span|strong|style|sub|summary|sup|svg|table|tbody|td|th|thead|"
    r"title|tr|u|ul)(?:\s[^<>]{0,500})?/?>|<!--.{0,500}?-->|<!doctype[^<>]{0,200}>",
    re.IGNORECASE | re.DOTALL,
)


def untagged(words: str) -> str:
    """A server's words without HTML's tags, on one line; entities are written out when there were tags."""
    plain = _TAG.sub(" ", words)
    return " ".join((html.unescape(plain) if plain != words else plain).split())


def cleaned(words: str) -> str:
    """A server's words for a person's terminal: tags and control characters gone, not endless."""
    plain = untagged(words[:4000])
    return " ".join("".join(char if char.isprintable() else " " for char in plain).split())[:300]
