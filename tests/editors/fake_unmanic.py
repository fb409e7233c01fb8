"""A fake of Unmanic: reads a plugin's info.json and runs its post-processor's runner as its PluginExecutor does.

The data are those of unmanic 0.4.1, libs/unplugins/plugin_types/postprocessor/task_result.py.
"""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

VERSION = 2  # of plugins, PluginsHandler.version


def process(plugin: Path, films: list[Path], *, processed: bool = True, moved: bool = True) -> None:
    """Finish a task whose results went to films."""
    info = json.loads((plugin / "info.json").read_text(encoding="utf-8"))
    assert info["id"] == plugin.name and VERSION in info["compatibility"]
    data = {
        "library_id": 1, "task_id": 4321, "task_type": "local", "final_cache_path": "/tmp/unmanic/film-1.mkv",
        "task_processing_success": processed, "file_move_processes_success": moved,
        "destination_files": [str(film) for film in films], "start_time": 1.0, "finish_time": 2.0,
        "source_data": {"abspath": "/library/film.avi", "basename": "film.avi"},
    }  # fmt: skip
    _module(plugin / "plugin.py").on_postprocessor_task_results(data)


def _module(path: Path) -> Any:
    spec = spec_from_file_location("dub_hook.plugin", path)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
