"""How little any plan could need: a bound that holds for each plan which keeps the laws, proved by HiGHS (scipy)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dubber.fitting import Fitting
from dubber.fitting.constraints import SAMPLE, bounds, edges, phrases
from dubber.model import Take

FAST = 1.2001
SECONDS = 60.0  # what is proved until then still holds


def least(takes: Sequence[Take], end: int) -> float:
    """The least share of lines above rate 1.2: the laws of dubber/fitting, and one unknown of 0 or 1 for each line.

    Laws: order, no overlap, the cap of the rate, no later than the caps. All inner silence that may go is gone.
    """
    from scipy.optimize import LinearConstraint, milp
    from scipy.sparse import csr_array

    rules = Fitting()
    rows = phrases(takes)
    spare = [sum(max(0.0, p.length - rules.pause_kept) for p in takes[k].pauses) for k in rows.take]
    rows = rows.shortened(np.array(spare, dtype=np.float64))
    links, n = edges(rows), len(rows)
    limits = bounds(rows, links, rules, end)
    slow = rows.natural / FAST
    laws: list[tuple[dict[int, float], float]] = []  # unknowns: n starts, n lengths (ms), n times "is fast"
    for i, j in zip(links.first, links.second, strict=True):
        laws.append(({i: 1.0, n + i: 1.0, j: -1.0}, -rules.gap - 2 * SAMPLE))
    laws += [({i: 1.0, i + 1: -1.0}, 0.0) for i in links.before]
    laws += [({i: 1.0, n + i: 1.0}, high) for i, high in enumerate(limits.end_high) if np.isfinite(high)]
    laws += [({n + i: -1.0, 2 * n + i: limits.shortest[i] - slow[i]}, -slow[i]) for i in range(n)]
    entries = [(k, place, value) for k, (law, _) in enumerate(laws) for place, value in law.items()]
    row, column, value = zip(*entries, strict=True)
    result = milp(
        np.repeat([0.0, 0.0, 1 / n], n),
        integrality=np.repeat([0, 0, 1], n),
        bounds=(
            np.concatenate([limits.low, limits.shortest, np.zeros(n)]),
            np.concatenate([limits.high, limits.longest, np.ones(n)]),
        ),
        constraints=LinearConstraint(csr_array((value, (row, column)), (len(laws), 3 * n)), ub=[b for _, b in laws]),
        options={"time_limit": SECONDS},
    )
    return float(result.mip_dual_bound or 0.0)
