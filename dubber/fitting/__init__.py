"""Durations and windows in, plan out: where and how fast every line is played, as one convex problem over the film.

rules.py     what may be done and what it costs
phrases.py   takes → columns, precedences, bounds
problem.py   columns → laws and wishes
solve.py     the exact solver, and elimination.py its linear equations
fit.py       takes → plan
figures.py   what the plan did to each line, in numbers; the verdict of `dub check`
"""

from dubber.fitting.fit import fit, nearest, wanted_speeds
from dubber.fitting.settings import Fitting

__all__ = ["Fitting", "fit", "nearest", "wanted_speeds"]
