"""Worker processes that do not run the caller's script again.

multiprocessing imports the main script into each new process, for what may be pickled from there. A script that calls
dub without `if __name__ == "__main__"` would begin to dub in each worker. What we submit lies in our own modules.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

OURS = "dub-"  # how the names of our processes begin
MAIN = ("init_main_from_name", "init_main_from_path")  # of multiprocessing.spawn.get_preparation_data


@cache
def context(usual: BaseContext) -> BaseContext:
    """The context (forkserver or spawn) with processes that leave the main script alone."""
    _prepare_without_main()
    ours: Any = type(usual)()

    def process(*given: Any, **named: Any) -> Any:
        made = usual.Process(*given, **named)  # type: ignore[attr-defined]
        made.name = f"{OURS}{made.name}"
        return made

    ours.Process = process
    return ours  # type: ignore[no-any-return]


@cache
def _prepare_without_main() -> None:
    """What a new process is told goes without the main script, if it is one of ours. No hook of multiprocessing's does
    this; all its ways to start a process ask this one function."""
    from multiprocessing import spawn

    usual = spawn.get_preparation_data

    def get_preparation_data(name: str) -> dict[str, Any]:
        told: dict[str, Any] = usual(name)
        return {key: value for key, value in told.items() if not (name.startswith(OURS) and key in MAIN)}

    spawn.get_preparation_data = get_preparation_data
