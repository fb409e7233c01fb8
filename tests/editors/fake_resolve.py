"""A fake of DaVinci Resolve's scripting API: a project with timelines and render jobs, as its README tells them.

No Resolve runs on a test machine. What is faked: ResolveScript's objects, in Python and in Lua; and how the page
Deliver runs a script, with `job`, `status`, `error` and `resolve` as globals (`error` hides Lua's own).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any


@dataclass
class FakeSubtitle:
    start: int  # frames of the timeline, which begins at an hour
    end: int
    text: str

    def GetStart(self) -> int:
        return self.start

    def GetEnd(self) -> int:
        return self.end

    def GetName(self) -> str:
        return self.text


@dataclass
class FakeTimeline:
    name: str
    rate: str = "25"
    first: int = 90000
    frames: int = 7500
    tracks: Sequence[Sequence[FakeSubtitle]] = ()
    off: Sequence[int] = ()  # tracks that are switched off

    def GetName(self) -> str:
        return self.name

    def GetSetting(self, name: str) -> str:
        return {"timelineFrameRate": self.rate}[name]

    def GetStartFrame(self) -> int:
        return self.first

    def GetEndFrame(self) -> int:
        return self.first + self.frames

    def GetTrackCount(self, kind: str) -> int:
        return len(self.tracks) if kind == "subtitle" else 1

    def GetIsTrackEnabled(self, kind: str, track: int) -> bool:
        return track not in self.off

    def GetItemListInTrack(self, kind: str, track: int) -> list[FakeSubtitle]:
        return list(self.tracks[track - 1])


@dataclass
class FakeProject:
    timelines: list[FakeTimeline]
    jobs: list[dict[str, Any]] = field(default_factory=list)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def GetTimelineCount(self) -> int:
        return len(self.timelines)

    def GetTimelineByIndex(self, number: int) -> FakeTimeline:
        return self.timelines[number - 1]

    def GetRenderJobList(self) -> list[dict[str, Any]]:
        return self.jobs

    def GetRenderJobStatus(self, job: str) -> dict[str, Any]:
        return self.told[job]


@dataclass
class FakeResolve:
    project: FakeProject

    def GetProjectManager(self) -> FakeResolve:
        return self

    def GetCurrentProject(self) -> FakeProject:
        return self.project

    def render(self, film: Path, timeline: str, mark_in: int, mark_out: int, percent: int = 100) -> str:
        """A job, rendered so far; its id. The status is in German: "Fertig", not "Complete"."""
        job = f"job-{len(self.project.jobs)}"
        self.project.jobs.append(
            {
                "JobId": job, "RenderJobName": "Job 1", "TimelineName": timeline, "TargetDir": str(film.parent),
                "OutputFilename": film.name, "MarkIn": mark_in, "MarkOut": mark_out, "RenderMode": "Single clip",
            }
        )  # fmt: skip
        self.progress(job, percent)
        return job

    def progress(self, job: str, percent: int, milliseconds: int = 4711) -> None:
        word = "Fertig" if percent == 100 else "Wird gerendert"
        told = {"JobStatus": word, "CompletionPercentage": percent, "TimeTakenToRenderInMs": milliseconds}
        self.project.told[job] = told

    def trigger(self, script: Path, job: str, engine: str = "lua51", before: str = "") -> Any:
        """Run a script of the page Deliver as Resolve does. before: Lua that is run first; gives Lua's globals."""
        status = self.project.told[job]["JobStatus"]
        if script.suffix == ".py":
            code = compile(script.read_text(encoding="utf-8"), str(script), "exec")
            exec(code, {"__name__": "__main__", "job": job, "status": status, "error": "", "resolve": self})
        else:
            return self._lua(script, job, status, engine, before)

    def _lua(self, script: Path, job: str, status: str, engine: str, before: str) -> Any:
        runtime = import_module(f"lupa.{engine}").LuaRuntime(encoding="utf-8")
        names = runtime.globals()
        names.job, names.status, names.error, names.resolve = job, status, "", _to_lua(runtime, self)
        runtime.execute(before)
        runtime.execute(script.read_text(encoding="utf-8"))
        return names


def _to_lua(runtime: Any, value: Any) -> Any:
    """Lists and dicts as tables, objects as tables whose methods are called with a colon."""
    if isinstance(value, dict):
        return runtime.table_from({key: _to_lua(runtime, one) for key, one in value.items()})
    if isinstance(value, list):
        return runtime.table_from([_to_lua(runtime, one) for one in value])
    if value is None or isinstance(value, str | int | float | bool):
        return value
    methods = {name: _method(runtime, value, name) for name in dir(value) if name.startswith("Get")}
    return runtime.table_from(methods)


def _method(runtime: Any, value: Any, name: str) -> Any:
    return lambda itself, *given: _to_lua(runtime, getattr(value, name)(*given))
