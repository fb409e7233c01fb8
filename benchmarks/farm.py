"""A farm's films per day: simulated for any size, from inputs that are measured here; and the model against real runs.

    python -m benchmarks farm                  # the table of docs/scale.md, from the inputs that stand below
    python -m benchmarks farm --measure        # a store's takes a second, mixing's CPU time, bytes: on this machine
    python -m benchmarks farm --validate       # 8 short films on 1 and 2 workers, against what the model says
"""  # fmt: skip

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._farm_simulation import Farm, Film, bounds, simulate
from benchmarks._films import synthetic
from benchmarks._measure import dub, load, measured
from dubber.config.profile import load as load_profile
from dubber.files.store import Store
from dubber.job.job import Job
from dubber.model import Audio, Event
from dubber.unattended.batch import Batch, BatchPlan
from dubber.unattended.results import Entry, Result

HOUR = Film(lines=900, line=1.5, save=0.006, begin=3.0, cpu=130.0, read=1.2e9, written=0.7e9)  # see docs/scale.md
DISK = 300e6  # bytes a second of the shared disk
SIZES = (0.5, 1.0, 0.7, 1.3, 1.5)  # hours of the films, in turn: mean 1
TABLE = ((1, 1), (1, 2), (4, 2), (4, 4), (16, 4), (16, 8), (64, 8), (64, 16), (160, 16), (160, 32), (320, 32))


def run(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="farm")
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--films", type=int, default=8, help="of the real runs")
    parser.add_argument("--own", type=float, default=1.0, help="seconds that the real runs' server takes for a line")
    parser.add_argument("--lines", type=int, default=HOUR.lines)
    parser.add_argument("--line", type=float, default=HOUR.line, help="seconds of a server for a line")
    parser.add_argument("--save", type=float, default=HOUR.save, help="seconds of the store for a take")
    parser.add_argument("--cpu", type=float, default=HOUR.cpu, help="seconds of mixing and encoding a film")
    parser.add_argument("--disk", type=float, default=DISK, help="bytes a second")
    chosen = parser.parse_args(arguments)
    if chosen.measure:
        return measure()
    if chosen.validate:
        return validate(chosen.films, chosen.own)
    film = Film(chosen.lines, chosen.line, chosen.save, HOUR.begin, chosen.cpu, HOUR.read, HOUR.written)
    return {"film": asdict(film), "rows": [row(film, *size, chosen.disk) for size in TABLE]}


def row(film: Film, servers: int, workers: int, disk: float) -> dict[str, Any]:
    farm = Farm(servers, workers, cores=2, disk=disk)
    found, most = simulate(film, farm, max(40, 4 * workers), SIZES), bounds(film, farm)
    scarce = min(most, key=lambda name: most[name])
    limits = ", ".join(f"{name} {bound:,.0f}" for name, bound in most.items())
    print(f"{servers:4} servers {workers:4} workers: {found.per_day / 24:6.1f} films an hour, {found.per_day:7,.0f} "
          f"a day; at most {most[scarce]:,.0f} ({scarce}); lines wait up to {found.wait:.0f} s | {limits}")  # fmt: skip
    return {"servers": servers, "workers": workers, "per_day": found.per_day, "bounds": most, "wait": found.wait}


# the inputs, measured


def measure() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        takes = {count: saved_a_second(Path(folder), count) for count in (1, 4, 8)}
        mixed = mixing(Path(folder))
    found = {"takes_a_second": takes, **mixed, "load": load()}
    print(f"store: {', '.join(f'{rate:.0f} takes a second from {count} processes' for count, rate in takes.items())}; "
          f"mixing: {mixed['cpu']:.1f} CPU s for {mixed['minutes']:.0f} minutes; {mixed['written']:.1f} MB written for "
          f"a film of {mixed['size']:.1f} MB; a take {mixed['take']:.0f} kB; {load()}")  # fmt: skip
    return found


def saved_a_second(folder: Path, processes: int, each: int = 60) -> float:
    context = multiprocessing.get_context("forkserver")
    start = context.Barrier(processes + 1)
    jobs = [context.Process(target=_save, args=(folder / "takes", number, each, start)) for number in range(processes)]
    for job in jobs:
        job.start()
    start.wait()
    began = time.perf_counter()
    for job in jobs:
        job.join()
    return processes * each / (time.perf_counter() - began)


def _save(root: Path, number: int, each: int, start: Any) -> None:
    store, sound = Store(root), Audio((np.sin(np.arange(60_000)) / 3).astype(np.float32), 24_000)
    start.wait()
    for place in range(each):
        store.save(f"{(number * 7919 + place * 104729) % 65536:04x}{number:04x}{place:08x}", sound, {"spans": []})


def mixing(folder: Path, seconds: float = 180.0) -> dict[str, float]:
    """The second run of a film, output gone and takes stored: what is left is reading, planning, mixing, writing."""
    film, out, environ = synthetic(seconds), folder / "out.mp4", {"DUB_STORE": str(folder / "store")}
    words = dub(str(film.film), str(film.subtitles), "-o", str(out), "--quiet", "--overwrite")
    measured(words, environ=environ)
    usage = Store(folder / "store").usage()
    for path in (folder / "store" / "blobs").glob("*/*"):
        path.unlink()
    cost = measured(words, environ=environ)
    sizes = out.stat().st_size, usage.blob_bytes
    return {
        "minutes": seconds / 60, "cpu": cost.cpu, "wall": cost.wall, "written": sum(sizes) / 1e6,
        "size": sizes[0] / 1e6, "take": usage.take_bytes / usage.takes / 1e3,
    }  # fmt: skip


# the model against real runs


def validate(films: int, own: float) -> dict[str, Any]:
    """Short films on one and on two workers. What a worker does before and after the lines is measured in each run, as
    the machine's load changes it; what the model has to find is how workers and the server wait for each other."""
    from tests.servers.openai import OpenAiServer

    found, added = [], 0.0
    with tempfile.TemporaryDirectory() as folder, OpenAiServer(seconds=own, at_once=1) as server:
        jobs = season(Path(folder), films + 2, server.url)
        for workers in (1, 2):
            with cluster(workers) as address:
                dubbed(jobs[films:], address)  # libraries are loaded, pages are looked at
                before = len(server.syntheses)
                real, begin, speaking, after = dubbed(jobs[:films], address)
            lines = (len(server.syntheses) - before) // films
            added = max(0.0, speaking / lines - own) if workers == 1 else added  # alone, nobody waits for the server
            film = Film(lines, own, added, begin, after)
            told = simulate(film, Farm(1, workers, in_flight=1, savers=workers), films).seconds
            found.append({"workers": workers, "measured": real, "predicted": told, **asdict(film)})
            print(f"{films} films of {film.lines} lines, {workers} workers: {real:.1f} s measured, {told:.1f} s "
                  f"predicted ({100 * (told / real - 1):+.0f} %); {begin:.1f} s before and {after:.1f} s after the "
                  f"lines, {added:.2f} s added to each; {load()}")  # fmt: skip
            for path in [*Path(folder).glob("show/*.dub.*"), *Path(folder).glob("store/takes/*/*")]:
                path.unlink()
    return {"runs": found, "load": load()}


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as made:
        yield made.scheduler_address


def season(folder: Path, count: int, server: str) -> list[Job]:
    """Short films that share no line."""
    model, show = synthetic(30, 8), folder / "show"
    show.mkdir()
    profile = folder / "voices.toml"
    profile.write_text(f"""
[backends.openai]
servers = ["{server}/v1"]
in_flight = 1
[voices.emma]
backend = "openai"
voice = "bf_emma"
[casting]
narrator = "emma"
[mixing]
bed = "none"
loudness = "off"
[output]
container = "wav"
""")
    jobs = []
    for number in range(count):
        film, words = show / f"E{number:02}.mp4", synthetic(30, 8, seed=100 + number).subtitles
        shutil.copy(model.film, film)
        jobs.append(Job(film, load_profile(str(profile)), (words,), languages=("en",), store=folder / "store"))
    return jobs


def dubbed(jobs: Sequence[Job], address: str) -> tuple[float, float, float, float]:
    """Seconds until all are dubbed; those that a film took before its first line, for its lines, and after its last
    one, on average."""
    times: dict[Path, dict[str, float]] = {job.film: {} for job in jobs}
    began = time.perf_counter()

    def tell(film: Path | None, event: Event) -> None:
        if film:
            times[film].setdefault(f"first {event.stage}", time.perf_counter())
            times[film][f"last {event.stage or event.kind}"] = time.perf_counter()

    results: list[Result] = list(Batch(BatchPlan(farm=address), tell).run([Entry(job.film, job) for job in jobs]))
    wall = time.perf_counter() - began
    if failed := [result.reason for result in results if result.status != "dubbed"]:
        raise SystemExit(failed[0])
    spoken = [time["last synthesis"] - time["first synthesis"] for time in times.values()]
    after = [time["last done"] - time["last synthesis"] for time in times.values()]
    begin = [
        one.seconds - (times[one.film]["last done"] - times[one.film]["first synthesis"]) for one in results
    ]  # fmt: skip
    return wall, _mean(begin), _mean(spoken), _mean(after)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
