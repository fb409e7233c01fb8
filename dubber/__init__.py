"""dub: a film and its subtitles in, a dubbed film out.

    import dubber
    outcome = dubber.dub("film.mp4", "film.srt", profile="cast")

These names are the library, and what semantic versioning holds for; all other modules may change with any version.
docs/python.md shows how they are used. Each is imported when it is first asked for.
"""

TYPE_CHECKING = False  # `typing` itself costs milliseconds; type checkers know the name
if TYPE_CHECKING:
    from dubber.api import check, dub
    from dubber.backends.base import Backend
    from dubber.config.profile import Profile
    from dubber.errors import (
        BackendError,
        BackendUnavailable,
        Cancelled,
        DubError,
        InputError,
        InputErrors,
        ToolError,
    )
    from dubber.job.job import Job, Outcome
    from dubber.job.report import Report
    from dubber.model import Event

__version__ = "0.1.0"
__all__ = [
    "Backend", "BackendError", "BackendUnavailable", "Cancelled", "DubError", "Event", "InputError", "InputErrors",
    "Job", "Outcome", "Profile", "Report", "ToolError", "__version__", "check", "dub",
]  # fmt: skip
_HOMES = {
    "dubber.api": ("check", "dub"),
    "dubber.backends.base": ("Backend",),
    "dubber.config.profile": ("Profile",),
    "dubber.errors": (
        "BackendError", "BackendUnavailable", "Cancelled", "DubError", "InputError", "InputErrors", "ToolError",
    ),
    "dubber.job.job": ("Job", "Outcome"),
    "dubber.job.report": ("Report",),
    "dubber.model": ("Event",),
}  # fmt: skip

if not TYPE_CHECKING:

    def __getattr__(name):
        """One of the names above, at its first use (PEP 562). Raises AttributeError for any other."""
        from importlib import import_module

        home = next((home for home, names in _HOMES.items() if name in names), None)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value = getattr(import_module(home), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
