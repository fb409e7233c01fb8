"""What stands behind a bar: how far its stage is, and how long it takes still."""

from __future__ import annotations

from rich.progress import ProgressColumn, Task
from rich.text import Text


class Left(ProgressColumn):
    """How far a stage is: "120/745  0:42" while it runs, "0:10" for the seconds that a stage took which nobody could
    count, nothing before it begins. The time left is a guess: it never says 0:00 while something is left to do."""

    def render(self, task: Task) -> Text:
        if task.start_time is None:
            return Text("")
        counted = f"{task.completed:.0f}/{task.total:.0f}" if task.total and task.total > 1 else ""
        if task.finished or task.time_remaining is None:
            told = _clock(task.finished_time if task.finished_time is not None else task.elapsed or 0.0)
        else:
            told = f"{_clock(max(1.0, task.time_remaining))} left"
        return Text("  ".join(filter(None, (counted, told))), style="progress.remaining")


def _clock(seconds: float) -> str:
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{left:02}" if minutes >= 60 else f"{minutes}:{left:02}"
