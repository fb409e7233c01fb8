"""Newton's equations of a film: against numpy's dense solver, and with no more than numpy."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dubber.fitting.ldl import Elimination, Entries, members


def matrix(chance: np.random.Generator, rows: int, columns: int, width: int) -> Entries:
    """Rows of one to three entries near each other."""
    entries = []
    for row in range(rows):
        first, most = int(chance.integers(columns)), min(3, width)
        for column in sorted({min(columns - 1, first + int(chance.integers(width))) for _ in range(most)}):
            entries.append((row, column, float(chance.normal())))
    places = np.array([(row, column) for row, column, _ in entries])
    return Entries(places[:, 0], places[:, 1], np.array([value for _, _, value in entries]), rows, columns)


def dense(entries: Entries) -> np.ndarray:
    full = np.zeros((entries.rows, entries.columns))
    np.add.at(full, (entries.row, entries.column), entries.value)
    return full


@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([1, 3, 9]))
@settings(max_examples=40, deadline=None)
def test_it_solves_what_numpy_solves(seed: int, unknowns: int, width: int) -> None:
    chance = np.random.default_rng(seed)
    A = matrix(chance, 3 * unknowns, unknowns, width)
    jumps = dense(matrix(chance, unknowns, unknowns, width))
    row, column = np.nonzero(jumps.T @ jumps)
    P = Entries(row, column, (jumps.T @ jumps)[row, column], unknowns, unknowns)
    elimination = Elimination(P, A)
    for _ in range(2):  # one pattern, several D
        D, y = chance.uniform(0.01, 100, A.rows), chance.normal(size=unknowns)
        elimination.factor(D)
        whole = dense(P) + dense(A).T @ np.diag(D) @ dense(A) + 1e-10 * np.eye(unknowns)
        assert whole @ elimination.solve(y) == pytest.approx(y, abs=1e-4)


def test_a_long_chain_takes_few_rounds() -> None:
    n = 4000
    row = np.repeat(np.arange(n - 1), 2)
    column = np.column_stack([np.arange(n - 1), np.arange(1, n)]).ravel()
    A = Entries(row, column, np.ones(len(row)), n - 1, n)
    nothing = np.zeros(0, dtype=np.int64)
    assert len(Elimination(Entries(nothing, nothing, np.zeros(0), n, n), A).rounds) < 30


def test_a_group_may_have_no_members_the_last_one_too() -> None:
    place, which = members(np.array([0, 0, 2]), 4, np.array([3, 2, 1, 0]))
    assert place.tolist() == [2, 0, 1] and which.tolist() == [1, 3, 3]


def test_planning_imports_numpy_and_no_scipy() -> None:
    """Its import took each job and each `dub check` 0.4 s of processor and 35 MB."""
    asked = "import sys, dubber.fitting.placing; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
