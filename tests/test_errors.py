"""Errors: one line for a person, the same line wherever it was raised."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from dubber import errors
from dubber.errors import BackendError, BackendUnavailable, Cancelled, DubError, InputError, InputErrors, ToolError

PLACE: dict[str, Any] = {"where": "film.srt, cue 12", "advice": "start the server"}
RAISED = [
    DubError("something went wrong", **PLACE),
    InputError("no such key", **PLACE),
    InputErrors(
        [InputError("no such key", where="mixing.deph"), InputError("is required", where="voices.anna.backend")]
    ),
    BackendError("the server is busy", retry_after=2.5, **PLACE),
    BackendUnavailable("nobody answers", **PLACE),
    ToolError("ffmpeg failed", status=69, tail="No space left on device", **PLACE),
    Cancelled("stopped"),
]


def fail_with(error: DubError) -> None:
    raise error


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        yield executor


def seen(error: DubError) -> tuple[object, ...]:
    """All that a catcher can read of an error; faults inside it are read in the same way."""
    fields = {**vars(error), "faults": [seen(fault) for fault in getattr(error, "faults", ())]}
    fields.pop("__notes__", None)
    return type(error), str(error), error.args, error.exit_code, fields


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_an_error_of_a_worker_process_reads_the_same_here(error: DubError, pool: ProcessPoolExecutor) -> None:
    with pytest.raises(DubError) as caught:
        pool.submit(fail_with, error).result(timeout=30)
    assert seen(caught.value) == seen(error)


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_an_error_survives_several_journeys(error: DubError) -> None:
    travelled: DubError = error
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        travelled = pickle.loads(pickle.dumps(travelled, protocol))
    assert seen(travelled) == seen(error)


def test_every_kind_of_error_is_among_those_that_were_sent() -> None:
    kinds = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, DubError)}
    assert kinds == {type(error) for error in RAISED}


def test_a_field_added_on_the_way_up_travels_too() -> None:
    error = BackendError("busy")
    error.where = "line 40"
    assert str(pickle.loads(pickle.dumps(error))) == "line 40: busy"


def test_the_line_for_a_person_says_where_what_and_what_to_do() -> None:
    assert str(InputError("no such key", where="mixing.deph", advice="did you mean depth?")) == (
        "mixing.deph: no such key (did you mean depth?)"
    )
    assert str(InputError("no such key")) == "no such key"


def test_several_faults_are_told_a_line_each() -> None:
    told = str(InputErrors([InputError("is required", where="a"), InputError("no such key", where="b")]))
    assert told.splitlines() == ["a: is required", "b: no such key"]


def test_the_exit_status_tells_a_script_what_happened() -> None:
    assert {type(error).__name__: error.exit_code for error in RAISED} == {
        "DubError": 1,
        "InputError": 2,
        "InputErrors": 2,
        "BackendError": 1,
        "BackendUnavailable": 1,
        "ToolError": 1,
        "Cancelled": 130,
    }


def test_whoever_catches_a_failed_line_also_catches_a_dead_server_but_not_the_other_way_round() -> None:
    assert issubclass(BackendUnavailable, BackendError)
    assert not issubclass(BackendError, BackendUnavailable)
    assert not issubclass(InputError, BackendError)


def test_an_error_that_travels_alone_takes_no_request_and_no_key_along() -> None:
    pytest.importorskip("distributed.utils")  # from here on exceptions are pickled with all that they came from
    try:
        try:
            raise OSError("Authorization: Bearer sk-secret")
        except OSError:
            raise BackendError("broke off") from None
    except BackendError as error:
        assert b"sk-secret" in pickle.dumps(error)
        assert b"sk-secret" not in pickle.dumps(errors.alone(error)) and error.message == "broke off"
