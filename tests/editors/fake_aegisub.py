"""A fake of Aegisub: what a macro sees (src/auto4_lua.cpp of Aegisub): the script's lines, paths, the log.

No Aegisub runs on a test machine. `lfs` is Aegisub's own and is faked too; files and programs are real.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

HEAD = ["Title: A script", "ScriptType: v4.00+"]
STYLE = "Style: Default,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1"


@dataclass
class FakeAegisub:
    """user: the folder ?user. script: the open file, None while it was never saved. events: what is on the screen."""

    user: Path
    script: Path | None
    events: list[str]
    video: str = ""
    audio: str = ""
    logged: list[str] = field(default_factory=list)
    engine: str = "luajit21"

    def save(self) -> None:
        assert self.script
        text = "\r\n".join(["[Script Info]", *HEAD, "", "[V4+ Styles]", STYLE, "", "[Events]", *self.events, ""])
        self.script.write_bytes(b"\xef\xbb\xbf" + text.encode())

    def run(self, macro: Path, name: str, *, before: str = "") -> Any:
        """Load a script of automation/autoload and choose its macro; gives Lua's globals. before: Lua run first."""
        runtime = import_module(f"lupa.{self.engine}").LuaRuntime(encoding="utf-8")
        macros: dict[str, Any] = {}
        table = {
            "register_macro": lambda title, about, call: macros.__setitem__(title, call),
            "project_properties": lambda: runtime.table_from({"video_file": self.video, "audio_file": self.audio}),
            "decode_path": self._decoded,
            "file_name": lambda: self.script.name if self.script else None,
            "log": lambda level, text: self.logged.append(text),
        }
        runtime.globals().aegisub = runtime.table_from(table)
        runtime.globals().package.loaded["lfs"] = runtime.table_from({"mkdir": _mkdir})
        runtime.execute(before)
        runtime.execute(macro.read_text(encoding="utf-8"))
        macros[name](runtime.table_from([runtime.table_from(line) for line in self._lines()]))
        return runtime.globals()

    def _decoded(self, path: str) -> str:
        folders = {"?user": self.user, "?script": self.script.parent if self.script else None}
        for token, folder in folders.items():
            if path.startswith(token) and folder:
                return str(folder) + path.removeprefix(token)
        return path

    def _lines(self) -> list[dict[str, str]]:
        lines = [{"class": "info", "section": "[Script Info]", "raw": raw} for raw in HEAD]
        lines.append({"class": "style", "section": "[V4+ Styles]", "raw": STYLE})
        return lines + [{"class": "dialogue", "section": "[Events]", "raw": raw} for raw in self.events]


def _mkdir(path: str) -> bool | None:
    try:
        Path(path).mkdir()
    except FileExistsError:
        return None
    return True
