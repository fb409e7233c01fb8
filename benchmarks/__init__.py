"""Ratios side by side, one module a question: `python -m benchmarks [NAME,NAME [ITS ARGUMENTS]]`.

A module has run(arguments: Sequence[str]) -> dict (JSON-able; printing is its own affair) and a one-line docstring.
SHORT = True: it takes less than about two minutes and runs when no name is given.
"""
