"""Imported by the process that workers are forked from, and by nobody else: a worker that cannot start, because Ctrl-C
has ended its parent in this moment, prints no traceback. That it is not there is told by the executor."""

import sys


def _nothing(*_: object) -> None:
    pass


sys.excepthook = _nothing
