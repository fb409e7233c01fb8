#!/usr/bin/env python3
"""kdenlive-dub PROJECT FILM: renders a Kdenlive project without its window, then dubs the film.

The subtitles are the project's, else those beside the film. The variable KDENLIVE names the program if it is not found.
This file was written by dub hooks: dub hooks uninstall kdenlive removes it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HOOK = "@hook@"
PLACES = (
    Path("/Applications/kdenlive.app/Contents/MacOS/kdenlive"),
    Path(os.environ.get("PROGRAMFILES", "")) / "kdenlive" / "bin" / "kdenlive.exe",
)
SUBTITLES = (".ass", ".srt")  # PROJECT.kdenlive.ass; .srt before Kdenlive 24.08


def main(project, film):
    kdenlive = os.environ.get("KDENLIVE") or shutil.which("kdenlive") or next(filter(Path.is_file, PLACES), None)
    if not kdenlive:
        sys.exit("kdenlive-dub: Kdenlive was not found: set KDENLIVE to its program")
    if subprocess.run([kdenlive, "--render", project, film]).returncode or not film.is_file():
        sys.exit(f"kdenlive-dub: Kdenlive did not render {project} (it must know --render: 24.12 does, 22.12 does not)")
    own = [path for suffix in SUBTITLES if (path := Path(f"{project}{suffix}")).is_file()]
    more = ["--subs", own[0]] if own else []
    subprocess.run([*HOOK, "--media", film, *more], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.stderr.write("usage: kdenlive-dub PROJECT FILM\n")
        sys.exit(2)
    main(*(Path(word).absolute() for word in sys.argv[1:]))
