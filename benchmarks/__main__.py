"""Finds the benchmark modules and runs those that are named, else the short ones; writes NAME.json for each."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
from pathlib import Path

import benchmarks


def main() -> None:
    known = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name[0] != "_")
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--into", type=Path, default=Path("benchmarks/results"), help="folder for the JSON")
    parser.add_argument("names", nargs="?", default="", help="one or more, with commas, of: " + ", ".join(known))
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="the benchmark's own arguments")
    arguments = parser.parse_args()
    modules = {name: importlib.import_module(f"benchmarks.{name}") for name in known}
    named = [name for name in arguments.names.split(",") if name]
    chosen = named or [name for name in known if getattr(modules[name], "SHORT", False)]
    if unknown := set(chosen) - set(known):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    arguments.into.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        print(f"\n== {name}: {(modules[name].__doc__ or '').strip().splitlines()[0]}")
        result = modules[name].run(arguments.rest)
        (arguments.into / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
