"""A page of the documentation as steps that run from top to bottom.

- ```` ```python ```` is executed; the blocks of a page share their names.
- A block with ``title="FILE"`` (of Python too) is a file in the folder where the page runs.
- An indented line ``recourse ...`` is a command; ``# exit code N`` says that it ends with N.
- A ```` ```text ```` block right after one of these is what it prints. ``…`` stands for anything;
  runs of blanks count as one. With a title, the block is an example and is not compared.
"""

import contextlib
import doctest
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from recourse_bandits.cli import app

FENCE = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?$")
COMMAND = re.compile(r"^    recourse (.*?)(?:\s+# exit code (\d+)|\s+#.*)?$")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Step:
    """Something on a page that runs, or a file that it needs."""

    kind: str
    line: int
    content: str
    title: str | None = None
    exit_code: int = 0
    printed: str | None = None


def steps(text: str) -> list[Step]:
    """Return the steps of a page in their order."""
    found: list[Step] = []
    open_to_output = False
    lines = enumerate(text.splitlines(), start=1)
    for number, line in lines:
        if fence := FENCE.match(line):
            content = "\n".join(_until_closed(lines)) + "\n"
            language, title = fence.groups()
            if language == "text" and title is None and open_to_output:
                found[-1] = replace(found[-1], printed=content)
            open_to_output = language == "python" and title is None
            if open_to_output:
                found.append(Step("python", number, content))
            elif title is not None and language != "text":
                found.append(Step("file", number, content, title))
        elif command := COMMAND.match(line):
            words, code = command.groups()
            found.append(Step("command", number, words, exit_code=int(code or 0)))
            open_to_output = True
        elif line.strip():
            open_to_output = False
    return found


def _until_closed(lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    for _, line in lines:
        if line == "```":
            return
        yield line
    raise AssertionError("a block of code is not closed")


def run(page: Path, folder: Path) -> list[tuple[Step, str]]:
    """Run a page in a folder, which must be the working directory; return what each step printed.

    Parameters
    ----------
    page
        The page.
    folder
        An empty folder.
    """
    names: dict[str, Any] = {"__name__": "docs_page"}
    results = []
    for step in steps(page.read_text(encoding="utf-8")):
        where = f"{page.name}, line {step.line}"
        printed = ""
        if step.kind == "file":
            (folder / str(step.title)).write_text(step.content, encoding="utf-8")
        elif step.kind == "python":
            output = io.StringIO()
            # line numbers of a traceback are the page's
            code = compile("\n" * step.line + step.content, page.name, "exec")
            with contextlib.redirect_stdout(output):
                exec(code, names)
            printed = output.getvalue()
        else:
            result = CliRunner(env={"COLUMNS": "100"}).invoke(app, shlex.split(step.content))
            assert result.exit_code == step.exit_code, f"{where}: {result.output}"
            printed = result.output
        results.append((step, printed))
    return results


def as_printed(expected: str, printed: str) -> bool:
    """Whether a step printed what the page says."""
    want, got = expected.replace("…", "..."), printed.replace("…", "...")
    return doctest.OutputChecker().check_output(want, got, FLAGS)
