"""Recordings in, a voice out: the steps of the training page in their order, each once, each looked at afterwards.

The page says "finished" whatever happened. So a step is done when what it should have made is there: files, where the
server's disk can be seen from here; weights, which the server lists; else only its word is known, and that is said.
What was done stands in a record, so that a run goes on where another one stopped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from dubber.errors import BackendError, InputError
from dubber.files import input_files, written
from dubber.net.gradio import Answer
from dubber.training import labels as label_lists
from dubber.training.capabilities import engine_for
from dubber.training.gptsovits import Training
from dubber.training.recordings import fingerprint, placed, share
from dubber.training.settings import STEPS, TrainingSettings
from dubber.training.shared_folder import SharedFolder
from dubber.training.state import TrainingState, short
from dubber.training.steps import Step

LIST = 50_000_000  # bytes of a list of the server's that are read
WEIGHTS = {"sovits": r"{}_e(\d+)_s\d+(?:_l\d+)?\.pth", "gpt": r"{}-e(\d+)\.ckpt"}

Results = Mapping[str, Mapping[str, Any]]


class Review(Exception):
    """The table of labels waits for a person. path: the table."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


@dataclass
class Workflow:
    """One voice's training. again: the step from which on everything is done anew."""

    errand: Step
    name: str
    wishes: TrainingSettings
    recordings: Sequence[str]
    version: str
    record: TrainingState
    reach: SharedFolder
    again: str = ""
    review: bool = False
    unseen: list[str] = field(default_factory=list)  # steps of which only the server's word is known

    @property
    def page(self) -> Training:
        return self.errand.page

    def run(self) -> dict[str, dict[str, Any]]:
        """Do what is not done; gives each step's result. Raises Review when the labels wait to be corrected."""
        results: dict[str, dict[str, Any]] = {}
        for step in STEPS:
            if step in self.wishes.steps:
                results[step] = self._once(step, results)
            else:
                results[step] = self._earlier_result(step, results)
        return results

    def _earlier_result(self, step: str, results: Results) -> dict[str, Any]:
        """What a step that is not asked for has given before; slices that were to stay as they are are not denoised."""
        if step != "denoise":
            return self.record.result(step) or {}
        whole = {"slice", "asr"} <= set(self.wishes.steps)
        return (None if whole else self.record.done(step, self._denoise_options(results))) or {}

    def _once(self, step: str, results: Results) -> dict[str, Any]:
        options: dict[str, Any] = getattr(self, f"_{step}_options")(results)
        anew = bool(self.again) and STEPS.index(step) >= STEPS.index(self.again)
        known = None if anew else self.record.done(step, options)
        if known is not None and self._there(known):
            self.errand.tell(step, "was done before")
            return known
        resumed = not anew and self.record.begun(step, options)
        self.errand.event("stage", step)
        self.record.begin(step, options)
        result: dict[str, Any] = getattr(self, f"_{step}")(options, results, resumed)
        self.record.finish(step, result)
        return result

    # --- recordings ---------------------------------------------------------------------------------------------------

    def _slice_options(self, _: Results) -> dict[str, Any]:
        wishes = self.wishes
        return {"recordings": fingerprint(self.recordings), "threshold": wishes.threshold,
                "min_length": wishes.min_length, "min_interval": wishes.min_interval}  # fmt: skip

    def _slice(self, options: Mapping[str, Any], _: Results, resumed: bool) -> dict[str, Any]:
        folder = self._folder("slices", options)
        wanted = {
            "opt_root": folder, "threshold": f"{self.wishes.threshold:g}", "min_length": str(self.wishes.min_length),
            "min_interval": str(self.wishes.min_interval), "n_parts": self.wishes.processes,
        }  # fmt: skip
        for recording in placed(self.recordings, self.reach, self._parts()):
            self.errand.run("slice", "/open_slice", {"inp": recording, **wanted}, lambda: (self._count(folder), 0))
        return {"folder": folder, "files": self._made("slice", folder)}

    def _denoise_options(self, results: Results) -> dict[str, Any]:
        return {"folder": self._sliced(results)}

    def _denoise(self, options: Mapping[str, Any], results: Results, resumed: bool) -> dict[str, Any]:
        folder, total = self._folder("denoised", options), results["slice"].get("files") or 0
        wanted = {"denoise_inp_dir": options["folder"], "denoise_opt_dir": folder}
        self.errand.run("denoise", "/open_denoise", wanted, lambda: (self._count(folder), total))
        made = self._made("denoise", folder)
        if made and made < total:
            self.errand.warn("denoise", f"{total - made} of {total} slices are not there any more")
        return {"folder": folder, "files": made}

    def _asr_options(self, results: Results) -> dict[str, Any]:
        wishes = self.wishes
        return {"folder": results["denoise"].get("folder") or self._sliced(results), "language": wishes.language,
                "model": wishes.asr_model, "size": wishes.asr_size, "precision": wishes.asr_precision}  # fmt: skip

    def _asr(self, options: Mapping[str, Any], _: Results, resumed: bool) -> dict[str, Any]:
        engine = engine_for(self.page, self.wishes)
        wanted = {
            "asr_inp_dir": options["folder"], "asr_opt_dir": self._folder("labels", options),
            "asr_model": engine.model, "asr_model_size": engine.size, "asr_lang": engine.language,
            "asr_precision": engine.precision,
        }  # fmt: skip
        answer = self.errand.run("asr", "/open_asr", wanted)
        path = next((value for value in answer.values[1:3] if isinstance(value, str) and value), "")
        if not path:
            raise self._lie("asr", answer, "does not tell where its list is")
        here = self.reach.here(path)
        if here is None:
            self._only_word("asr")
        elif not any(label.text for label in self.labels(here)):
            raise self._lie("asr", answer, f"the list {path} is not there, or empty")
        return {"list": path, "folder": options["folder"]}

    # --- labels -------------------------------------------------------------------------------------------------------

    @property
    def table(self) -> Path:
        """The labels for a person to correct."""
        return self.record.path.with_suffix(".labels.tsv")

    def _label_options(self, results: Results) -> dict[str, Any]:
        if "list" not in results["asr"]:
            raise InputError("there is no list of labels yet", where=self.name, advice="do the step asr first")
        if self.review:
            self._offer(results["asr"]["list"])
        written = short(self.table.read_text(encoding="utf-8-sig")) if self.table.exists() else ""
        return {"list": results["asr"]["list"], "table": written}

    def _offer(self, path: str) -> None:
        """The table for a person; goes on only when it has been corrected."""
        here = self.reach.here(path)
        if here is None or not here.exists():
            raise InputError(f"the server's list {path} cannot be seen from here", advice="--server-dir LOCAL=REMOTE")
        if not self.table.exists():
            seen = [self._seen(label) for label in self.labels(here)]
            text = label_lists.as_table(seen)
            written.write(self.table, text.encode("utf-8-sig"))
            self.record.keep(table=short(text))
        if self.record.get("table") == short(self.table.read_text(encoding="utf-8-sig")):
            raise Review(self.table)

    def _seen(self, label: label_lists.Label) -> label_lists.Label:
        """With the recording's name on this computer, where a person can listen to it."""
        here = self.reach.here(label.audio)
        audio = str(here) if here else label.audio
        return label_lists.Label(audio, label.speaker, label.language, label.text)

    def _label(self, options: Mapping[str, Any], results: Results, resumed: bool) -> dict[str, Any]:
        path = options["list"]
        here = self.reach.here(path)
        if here is None or not options["table"]:
            return {"list": path, "folder": results["asr"]["folder"]}
        table = self.table.read_text(encoding="utf-8-sig")
        good = label_lists.corrected(table, self.labels(here), str(self.table))
        new = here.with_name(f"{self.name}-{options['table']}.list")
        assert self.reach.local is not None
        share(new, label_lists.as_list(good).encode(), self.reach.local)
        there = self.reach.there(new)
        self.errand.tell("label", f"{len(good)} recordings, as corrected in {self.table}")
        return {"list": there, "folder": results["asr"]["folder"]}

    @staticmethod
    def labels(path: Path) -> tuple[label_lists.Label, ...]:
        try:
            return label_lists.listed(input_files.read_bytes(path, LIST).decode())
        except (InputError, UnicodeDecodeError):
            return ()

    # --- features -----------------------------------------------------------------------------------------------------

    def _features_options(self, results: Results) -> dict[str, Any]:
        source = results["label"] or results["asr"]
        if "list" not in source:
            raise InputError("there is no list of labels yet", where=self.name, advice="do the step asr first")
        here = self.reach.here(source["list"])
        words = short([[label.file, label.text] for label in self.labels(here)]) if here else ""
        return {"list": source["list"], "folder": source["folder"], "words": words, "version": self.version}

    def _features(self, options: Mapping[str, Any], _: Results, resumed: bool) -> dict[str, Any]:
        name = self._experiment(options, resumed)
        generator = self._switch()[0]
        same = {"inp_text": options["list"], "exp_name": name}
        more = {"inp_wav_dir": options["folder"], "version": self.version}
        cards = {"gpu_numbers": self.wishes.gpu} if self.wishes.gpu else {}
        if self.wishes.features == "one-click":
            three = {f"gpu_numbers{part}": self.wishes.gpu for part in ("1a", "1Ba", "1c") if self.wishes.gpu}
            self.errand.run("features", "/open1abc", {**same, **more, **three, "pretrained_s2G_path": generator})
        else:
            first = {**same, **cards, "inp_wav_dir": options["folder"]}
            self.errand.run("features", "/open1a", first)
            self.errand.run("features", "/open1b", {**same, **more, **cards})
            self.errand.run("features", "/open1c", {**same, **more, **cards, "pretrained_s2G_path": generator})
        home = self.reach.here(f"logs/{name}")
        if home is None:
            self._only_word("features")
        elif not all(
            _lines(home / file) >= least for file, least in (("2-name2text.txt", 1), ("6-name2semantic.tsv", 2))
        ):
            raise BackendError(f"says that it has finished, but there are no features in {home}", where="features",
                               advice="the server's console tells why")  # fmt: skip
        return {"experiment": name}

    def _experiment(self, options: Mapping[str, Any], resumed: bool) -> str:
        """The model's name on the server: a new one for new material, since the server keeps what it finds."""
        kept = self.record.get("experiments") or []
        if kept and resumed:
            return str(kept[-1])
        there = {name for names in self.page.weights().values() for name in map(_file, names)}
        number, name = 1, self.name
        while name in kept or any(_epochs(kind, name, there) for kind in WEIGHTS):
            number += 1
            name = f"{self.name}-{number}"
        self.record.keep(experiments=[*kept, name])
        return name

    def _switch(self) -> list[Any]:
        """Make the server work with our version, which is one for all its users; gives what it then uses."""
        answer = self.page.ask("/switch_version", {"version_": self.version})
        for warning in answer.warnings:
            self.errand.warn(f"version {self.version}", warning)
        if len(answer) < 8 or not all(isinstance(value, str) for value in answer.values[:3]):
            raise BackendError("does not tell the pretrained weights of its version", where=self.page.server.url)
        return answer.values

    # --- training -----------------------------------------------------------------------------------------------------

    def _sovits_options(self, results: Results) -> dict[str, Any]:
        return self._train_options(results) | {"epochs": self.wishes.sovits_epochs, "lora": self.wishes.lora_rank}

    def _gpt_options(self, results: Results) -> dict[str, Any]:
        return self._train_options(results) | {"epochs": self.wishes.gpt_epochs, "dpo": self.wishes.dpo}

    def _train_options(self, results: Results) -> dict[str, Any]:
        if "experiment" not in results["features"]:
            raise InputError("there are no features yet", where=self.name, advice="do the step features first")
        experiment = results["features"]["experiment"]
        return {"experiment": experiment, "version": self.version, "batch": self.wishes.batch_size}

    def _sovits(self, options: Mapping[str, Any], _: Results, resumed: bool) -> dict[str, Any]:
        generator, discriminator, *usual = self._switch()
        epochs, save = _rounds(options["epochs"], usual[4], usual[5], 8)
        wanted: dict[str, Any] = {
            "pretrained_s2G": generator, "pretrained_s2D": discriminator, "version": self.version,
            "batch_size": options["batch"] or _count(usual[3]),
        }  # fmt: skip
        if options["lora"]:
            wanted["lora_rank"] = options["lora"]
        if self.wishes.gpu:
            wanted["gpu_numbers1Ba"] = self.wishes.gpu
        return self._train("sovits", "/open1Ba", options, wanted, (epochs, save))

    def _gpt(self, options: Mapping[str, Any], _: Results, resumed: bool) -> dict[str, Any]:
        usual = self._switch()
        endpoint = self.page.offered()["/open1Bb"]
        usually = _default(endpoint, "total_epoch"), _default(endpoint, "save_every_epoch")
        epochs, save = _rounds(options["epochs"], *usually, 15)
        wanted = {
            "pretrained_s1": usual[2],
            "if_dpo": options["dpo"],
            "batch_size": options["batch"] or _count(usual[5]),
        }
        if self.wishes.gpu:
            wanted["gpu_numbers"] = self.wishes.gpu
        return self._train("gpt", "/open1Bb", options, wanted, (epochs, save))

    def _train(
        self, kind: str, call: str, options: Mapping[str, Any], wanted: Mapping[str, Any], rounds: tuple[int, int]
    ) -> dict[str, Any]:
        """Train, and find the weights of the last round among those that the server lists then."""
        name, (epochs, save) = options["experiment"], rounds
        values = {key: value for key, value in wanted.items() if value is not None} | {
            "exp_name": name, "total_epoch": epochs, "save_every_epoch": save, "if_save_every_weights": True,
        }  # fmt: skip
        answer = self.errand.run(
            kind, call, values, lambda: (max(self._saved(kind, name, aside=True), default=0), epochs)
        )
        saved = self._saved(kind, name)
        if epochs not in saved:
            newest = f"; the newest are of round {max(saved)}" if saved else ""
            raise self._lie(kind, answer, f"there are no weights of round {epochs}{newest}")
        self.errand.tell(kind, f"weights {saved[epochs]}")
        return {"weights": saved[epochs], "all": [saved[epoch] for epoch in sorted(saved)]}

    def _saved(self, kind: str, name: str, *, aside: bool = False) -> dict[int, str]:
        """Round → weights of this training. aside: asked beside a step that runs."""
        return _epochs(kind, name, self.page.weights(self.errand.side if aside else None)[kind])

    # --- what is there ------------------------------------------------------------------------------------------------

    def _parts(self) -> list[str]:
        return ["dub", self.name]

    def _folder(self, kind: str, options: Mapping[str, Any]) -> str:
        """A folder of the server for what these options make: nothing of another run lies in it."""
        name = f"{kind}-{short(options)}"
        return self.reach.join(*self._parts(), name) if self.reach.local else "/".join(("output", *self._parts(), name))

    def _sliced(self, results: Results) -> str:
        if "folder" in results["slice"]:
            return str(results["slice"]["folder"])
        sources = placed(self.recordings, self.reach, self._parts())
        if len(sources) != 1:
            raise InputError("one folder of recordings is needed", where=self.name, advice="or do the step slice")
        return sources[0]

    def _count(self, folder: str) -> int:
        here = self.reach.here(folder)
        return sum(1 for _ in here.glob("*")) if here and here.is_dir() else 0

    def _made(self, step: str, folder: str) -> int | None:
        """How many files a step has made; None when that cannot be seen from here."""
        if self.reach.here(folder) is None:
            self._only_word(step)
            return None
        made = self._count(folder)
        if not made:
            advice = "its console tells why" if self.wishes.server_dir else (
                "its console tells why; if it does not work on this computer's disk, say --server-dir LOCAL=REMOTE"
            )  # fmt: skip
            raise BackendError(f"says that it has finished, but {folder} is empty", where=step, advice=advice)
        self.errand.tell(step, f"{made} files")
        return made

    def _there(self, result: Mapping[str, Any]) -> bool:
        """Is what a step made still where it was, as far as can be seen?"""
        seen = [self.reach.here(str(result[key])) for key in ("folder", "list") if key in result]
        return all(path is None or path.exists() for path in seen)

    def _only_word(self, step: str) -> None:
        self.unseen.append(step)
        self.errand.warn(step, "the server says that it has finished; its files cannot be seen from here")

    def _lie(self, step: str, answer: Answer, truth: str) -> BackendError:
        said = next((value for value in answer.values if isinstance(value, str)), "")
        where = f"{step}: {self.page.server.url}"
        return BackendError(f"says {said!r}, but {truth}", where=where, advice="its console tells why")


def _default(endpoint: Any, name: str) -> Any:
    parameter = endpoint.find(name)
    return parameter.default if parameter else None


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 1 else None


def _rounds(wanted: int | None, usual: Any, save: Any, otherwise: int) -> tuple[int, int]:
    """Rounds, and after how many weights are saved: the last round must be one of those."""
    epochs = wanted or _count(usual) or otherwise
    every = _count(save) or epochs
    return epochs, every if epochs % every == 0 else epochs


def _file(weights: str) -> str:
    return PurePosixPath(weights.replace("\\", "/")).name


def _epochs(kind: str, name: str, weights: Any) -> dict[int, str]:
    """Round → weights of the model of this name; of several of a round, the one listed last."""
    pattern = re.compile(WEIGHTS[kind].format(re.escape(name)))
    found = ((pattern.fullmatch(_file(path)), path) for path in weights)
    return {int(match[1]): path for match, path in found if match}


def _lines(path: Path) -> int:
    try:
        return sum(1 for line in input_files.read_bytes(path, LIST).decode().splitlines() if line.strip())
    except (InputError, UnicodeDecodeError):
        return 0
