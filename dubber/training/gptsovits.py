"""The training web UI of GPT-SoVITS as a server: its calls with typed values, and what it means by its answers.

It says "finished" whatever its child process did, tells errors in a status sentence of a good answer, and puts what it
is given into command lines of a shell. So: a sentence that tells of a failure is an error here, a value that a shell
would act on is never sent, and the workflow looks for the files and the weights that a step should have made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from dubber.backends._webui import Page
from dubber.errors import BackendError, BackendUnavailable, InputError
from dubber.net.gradio import Answer, GradioEndpoint, GradioOutput, GradioServer
from dubber.schema import Setting, fields_of
from dubber.training import calls

UNSAFE = re.compile(r"[\"'`$;&|<>\x00-\x1f\x7f\u0085\u2028\u2029]")
# What its sentences mean, in Chinese and in English; the words of several versions.
OCCUPIED = re.compile(
    r"占用中|需先终止|已有正在进行|occup|already (?:running|in progress)|(?:stop|terminat)\w* .*before", re.I
)
FAILED = re.compile(
    r"失败|报错|错误|异常|不存在|不可用|不是文件|未找到"
    r"|\b(?:fail\w*|error|exception|traceback|no such|not (?:found|exist\w*))\b",
    re.I,
)
FINISHED = re.compile(r"完成|结束|成功|\b(?:finish\w*|complete\w*|done|succe\w+)\b", re.I)
OLDER = {"version", "inp_wav_dir", "lora_rank", "if_grad_ckpt"}  # parameters that not every version of the server has


class Training(Page):
    """Trains voices with GPT-SoVITS: its training web UI."""

    name = "webui"
    kind = "the training web UI of GPT-SoVITS"
    documented = calls.DOCUMENTED

    def __init__(
        self,
        *,
        servers: Annotated[tuple[str, ...], Setting("address of the web UI")] = ("http://127.0.0.1:9874",),
        timeout: Annotated[float, Setting("the longest that one step may take", unit="s", low=1)] = 7 * 86400.0,
        connect: Annotated[float, Setting("how long to wait for a connection", unit="s", low=0.1, high=300)] = 10.0,
    ) -> None:
        self._open(servers, timeout, connect)

    def _speaks(self, offered: Mapping[str, GradioEndpoint]) -> bool:
        return "/open1Ba" in offered and "/open_asr" in offered

    def ask(self, api_name: str, values: Mapping[str, Any], on_status: Callable[[str], None] | None = None) -> Answer:
        """Call a function of the server; whole numbers are sent as such, whatever the page declares."""
        refuse_unsafe(values)
        endpoint = self.offered().get(api_name)
        sent = {**_whole(endpoint, values), **values} if endpoint else values
        return self.server.call(api_name, sent, timeout=self._timeout, on_status=on_status)

    def work(self, api_name: str, wanted: Mapping[str, Any], on_status: Callable[[str], None] | None = None) -> Answer:
        """A step that runs on the server until it ends. What this version of the server has no place for is left out.

        Raises BackendError with the server's words when it says that the step failed, or that another runs.
        """
        endpoint = self.offered().get(api_name)
        there = {parameter.name for parameter in endpoint.parameters} if endpoint else set(wanted)
        if strange := set(wanted) - there - OLDER:
            raise BackendUnavailable(
                f"{api_name} has no {', '.join(sorted(strange))}",
                where=self.server.url,
                advice="is it a newer version?",
            )
        answer = self.ask(api_name, {key: value for key, value in wanted.items() if key in there}, on_status)
        understood(answer, self.server.url, close=api_name.replace("/open", "close"))
        return answer

    def call(self, endpoint: str, values: Mapping[str, Any]) -> Any:
        """A documented call, as JSON can say its answer; a failure that it tells in a sentence is an error."""
        answer = self.called(endpoint, values)
        name = endpoint.lstrip("/")
        if name.startswith("open"):
            understood(answer, self.server.url, close=name.replace("open", "close"))
        elif name.startswith(("close", "change_label", "change_uvr5", "change_tts")) and len(answer):
            told(answer, self.server.url)
        return self._json_answer(answer)

    def end(self, close: str) -> str:
        """Stop what runs, in a session of its own, since ours waits; gives what the server says. Never raises."""
        other = GradioServer(self.server.url, connect=3.0, silence=15.0)
        try:
            return str(other.call(close, {}, timeout=20.0)[0])
        except (BackendError, InputError) as error:
            return str(error)
        finally:
            other.close()

    def choices(self, api_name: str, parameter: str) -> tuple[str, ...]:
        """What a list of the page offers; () when it takes anything."""
        endpoint = self.offered().get(api_name)
        found = endpoint.find(parameter) if endpoint else None
        return found.choices if found else ()

    def weights(self, server: GradioServer | None = None) -> dict[str, tuple[str, ...]]:
        """The weights in the server's folders."""
        answer = (server or self.server).call("/change_choices", {}, timeout=60.0)
        if len(answer) < 2:
            raise BackendError("does not tell its weights", where=self.server.url)
        return {"sovits": answer.outputs[0].choices, "gpt": answer.outputs[1].choices}

    def _json_answer(self, answer: Answer) -> Any:
        plain = list(map(_json_value, answer.outputs))
        if answer.warnings:
            return {"values": plain, "warnings": list(answer.warnings)}
        return plain[0] if len(plain) == 1 else plain


def refuse_unsafe(values: Mapping[str, Any]) -> None:
    """Texts go into command lines of the server's shell: raises InputError for what a shell would act on."""
    for key, value in values.items():
        if isinstance(value, str) and (UNSAFE.search(value) or value.endswith("\\")):
            raise InputError(
                f"{value!r} is never sent: the server puts it into a command line", where=key,
                advice="no quotes, ` $ ; & | < >, line breaks, nor a \\ at the end",
            )  # fmt: skip
        if isinstance(value, str) and value.startswith("-") and not re.fullmatch(r"-[0-9.]+", value):
            raise InputError(f"{value!r} is never sent: the server would take it for an option", where=key)


def understood(answer: Answer, url: str, *, close: str) -> str:
    """The status sentence of a step that ended well; raises BackendError with the server's words otherwise."""
    said = next((value for value in answer.values if isinstance(value, str)), "")
    words = told(answer, url)
    if OCCUPIED.search(said):
        raise BackendError(
            f"is busy with this step already: it says {words!r}", where=url,
            advice=f"wait for it, or stop it for everybody: dub server webui {close}",
        )  # fmt: skip
    if not FINISHED.search(said):
        raise BackendError(
            f"did not finish: the last that it says is {words!r}", where=url, advice="its console tells why"
        )
    return said


def told(answer: Answer, url: str) -> str:
    """What the server says, its warnings too; raises BackendError when its sentence tells of a failure."""
    said = next((value for value in answer.values if isinstance(value, str)), "")
    words = "; ".join(filter(None, [said, *answer.warnings]))
    if FAILED.search(said):
        raise BackendError(f"could not do it: it says {words!r}", where=url, advice="its console tells why")
    return words


def _whole(endpoint: GradioEndpoint, values: Mapping[str, Any]) -> dict[str, int]:
    """The server's defaults of counts: its page declares them as float, its code wants int."""
    call = next((one for one in calls.DOCUMENTED if one.__name__ == endpoint.api_name.lstrip("/")), None)
    counts = {key for key, field in fields_of(call).items() if field.kind is int} if call else set()
    return {
        parameter.name: int(parameter.default)
        for parameter in endpoint.parameters
        if parameter.name in counts and parameter.name not in values and isinstance(parameter.default, float)
    }


def _json_value(output: GradioOutput) -> Any:
    """An update as JSON can say it: its value, its choices, or both."""
    if not output.choices:
        return output.value
    listed = list(output.choices)
    return listed if output.value is None else {"value": output.value, "choices": listed}
