"""Newton's equations of a film, (P + AᵀDA) x = y, for one pattern and any diagonal D: exact, in numpy alone.

Unknowns of which no two touch are eliminated side by side, those with the fewest neighbours first. A film is a chain,
nearly: some fifteen rounds, with two or three neighbours each, and each round is a few operations on arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FIRM = 1e-10  # added to the diagonal
SHUFFLE, BITS = 2654435761, 32  # Knuth's multiplier: among equals the first is drawn, or a film would go line by line


@dataclass(frozen=True, slots=True)
class Entries:
    """A matrix by its entries: row ascends; what stands in one place more than once is added."""

    row: Ints
    column: Ints
    value: Floats
    rows: int
    columns: int

    def __matmul__(self, z: Floats) -> Floats:
        return _sums(self.row, self.value * z[self.column], self.rows)

    def back(self, y: Floats) -> Floats:
        """Its transpose, times y."""
        return _sums(self.column, self.value * y[self.row], self.columns)

    def some(self, rows: Ints, columns: Ints) -> Entries:
        """These rows and columns, in this order; the rows have no entries in other columns."""
        kept, row = members(self.row, self.rows, rows)
        place = np.zeros(self.columns, dtype=np.int64)
        place[columns] = np.arange(len(columns))
        return Entries(row, place[self.column[kept]], self.value[kept], len(rows), len(columns))

    def cut(self, rows: slice, columns: slice) -> Entries:
        """The same of a run of rows and columns."""
        low, high = np.searchsorted(self.row, [rows.start, rows.stop])
        row, column = self.row[low:high] - rows.start, self.column[low:high] - columns.start
        return Entries(row, column, self.value[low:high], rows.stop - rows.start, columns.stop - columns.start)


def _sums(place: Ints, value: Floats, size: int) -> Floats:
    return np.bincount(place, value, size).astype(np.float64, copy=False)  # integers when there is nothing


def members(group: Ints, groups: int, chosen: Ints) -> tuple[Ints, Ints]:
    """Where the members of the chosen ones of so many groups stand, when they stand in the order of the groups; and for
    each of them which of the chosen that is."""
    ends = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    return ranges(ends[chosen], ends[chosen + 1])


def ranges(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """All numbers in [low, high) of each pair, one pair after the other; and of which pair each is."""
    count = high - low
    which = np.repeat(np.arange(len(low)), count)
    return np.arange(len(which)) + (low - np.cumsum(count) + count)[which], which


def _couples(count: Ints) -> tuple[Ints, Ints]:
    """Groups of so many things, side by side: any two of one group, each two once, and each with itself."""
    ends = np.repeat(np.cumsum(count), count)
    two, one = ranges(np.arange(len(ends)), ends)
    return one, two


@dataclass(frozen=True, slots=True)
class _Round:
    """What is eliminated side by side: unknowns and, by number, their edges.

    Each edge goes from owner (counted among the unknowns) to an unknown that is left. Edges one and two of an owner
    change the edge target between their ends; where one is two, it is the end's own value that changes.
    """

    unknowns: Ints
    edges: Ints
    owner: Ints
    to: Ints
    one: Ints
    two: Ints
    target: Ints

    def placed(self, unknown: Ints, edge: Ints) -> _Placed:
        """The same, told by where the values stand."""
        at, cross = unknown[self.to[self.one]], self.one != self.two
        at[cross] = edge[self.target[cross]]
        first, after = int(unknown[self.unknowns[0]]), int(edge[self.edges[0]]) if len(self.edges) else 0
        nodes, edges = slice(first, first + len(self.unknowns)), slice(after, after + len(self.edges))
        return _Placed(nodes, edges, self.owner, unknown[self.to], self.one, self.two, at)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A round, told by where the values stand; at: what edges one and two of an owner change."""

    nodes: slice
    edges: slice
    owner: Ints
    to: Ints
    one: Ints
    two: Ints
    at: Ints


class Elimination:
    """Factored as L·d·Lᵀ. Values stand in the order in which they are eliminated: n unknowns, then the edges."""

    def __init__(self, P: Entries, A: Entries) -> None:
        n = A.columns
        one, two = _couples(np.bincount(A.row, minlength=A.rows))
        half = np.flatnonzero(P.row <= P.column)
        self.row, self.product = A.row[one], A.value[one] * A.value[two]
        i = np.concatenate([A.column[one], P.row[half]])
        j = np.concatenate([A.column[two], P.column[half]])
        apart = np.flatnonzero(i != j)
        key, which = np.unique(_key(i[apart], j[apart], n), return_inverse=True)
        rounds = list(_rounds(key, n))
        self.order = np.concatenate([each.unknowns for each in rounds])
        edges = np.concatenate([each.edges for each in rounds])
        place, edge = np.empty(n, dtype=np.int64), np.empty(len(edges), dtype=np.int64)
        place[self.order], edge[edges] = np.arange(n), np.arange(n, n + len(edges))
        self.rounds = [each.placed(place, edge) for each in rounds]
        at = place[i]
        at[apart] = edge[which]
        self.at, self.size = at[: len(one)], n + len(edges)
        self.fixed = _sums(at[len(one) :], P.value[half], self.size)
        self.fixed[:n] += FIRM

    def factor(self, D: Floats) -> None:
        value = _sums(self.at, self.product * D[self.row], self.size) + self.fixed
        lower = np.empty(self.size)
        for each in self.rounds:
            edge = value[each.edges]
            down = lower[each.edges] = edge / value[each.nodes][each.owner]
            np.subtract.at(value, each.at, down[each.one] * edge[each.two])
        self.lower, self.diagonal = lower, value[: len(self.order)]

    def solve(self, y: Floats) -> Floats:
        """x, by the factor of the D that was given last."""
        x: Floats = y[self.order]
        for each in self.rounds:
            np.subtract.at(x, each.to, self.lower[each.edges] * x[each.nodes][each.owner])
        x /= self.diagonal
        for each in reversed(self.rounds):
            here = x[each.nodes]
            here -= _sums(each.owner, self.lower[each.edges] * x[each.to], len(here))
        found = np.empty_like(x)
        found[self.order] = x
        return found


def _key(i: Ints, j: Ints, n: int) -> Ints:
    return np.minimum(i, j) * n + np.maximum(i, j)


def _rounds(key: Ints, n: int) -> Iterator[_Round]:
    """Edges by number, those of key (_key of each, ascending) first. Who goes joins all that it touched: new edges."""
    number, count, left = np.arange(len(key)), len(key), np.ones(n, dtype=np.bool_)
    drawn = (np.arange(n) * SHUFFLE) % (1 << BITS)
    while left.any():
        low, high = np.divmod(key, n)
        rank = ((np.bincount(low, minlength=n) + np.bincount(high, minlength=n)) << BITS) + drawn
        going = left.copy()
        going[np.where(rank[low] > rank[high], low, high)] = False
        left &= ~going
        unknowns, mine = np.flatnonzero(going), going[low] | going[high]
        one_goes = going[low[mine]]
        owner, to = np.where(one_goes, low[mine], high[mine]), np.where(one_goes, high[mine], low[mine])
        by = np.argsort(owner, kind="stable")
        owner, to, edges = np.searchsorted(unknowns, owner[by]), to[by], number[mine][by]
        one, two = _couples(np.bincount(owner, minlength=len(unknowns)))
        joined = one != two
        rest = np.concatenate([key[~mine], _key(to[one[joined]], to[two[joined]], n)])
        known = number[~mine]
        key, which = np.unique(rest, return_inverse=True)
        number = np.full(len(key), -1)
        number[which[: len(known)]] = known
        new = number < 0
        number[new] = np.arange(count, count + np.count_nonzero(new))
        count += int(np.count_nonzero(new))
        target = np.full(len(one), -1)
        target[joined] = number[which[len(known) :]]
        yield _Round(unknowns, edges, owner, to, one, two, target)
