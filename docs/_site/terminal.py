"""`python -m docs._site.terminal FILE.svg COMMAND...`: runs a command and draws what a terminal shows of it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

COLUMNS = 92
# rich names a font on somebody's server; whoever looks at the picture is to ask nobody
LOCAL = re.sub(r"@font-face\s*\{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def drawing(command: str, output: str) -> str:
    """The terminal after a command, as SVG."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
    for line in output.splitlines():
        console.print(Text(line, style="bold" if line.startswith("wrote") else ""), soft_wrap=False)
    return console.export_svg(title="dub", code_format=LOCAL)


if __name__ == "__main__":
    told = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True).stdout
    Path(sys.argv[1]).write_text(drawing(shlex.join(sys.argv[2:]), told), encoding="utf-8")
