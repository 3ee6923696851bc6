"""TOML files as tables, and as validated settings: errors name file, key and value."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from recourse_bandits.errors import DescriptionError, SettingsError

Parameters = dict[str, Any]
_QUOTED = re.compile(r"""(["'])(.+?)\1(?=\.|$)""")
Valid = TypeVar("Valid")


class Frozen(BaseModel):
    """Settings that do not change and know all their keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(BaseModel):
    """Something known by name, with its parameters.

    Parameters
    ----------
    name
        Name in the registry.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str

    @property
    def parameters(self) -> Parameters:
        """All keys but the name."""
        return dict(self.model_extra or {})


def read_toml(path: Path) -> Parameters:
    """Return the content of a TOML file.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    SettingsError
        If it cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Windows editors mark it
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error


def override(values: Parameters, text: str) -> None:
    """Set a key to another value.

    Parameters
    ----------
    values
        The table; changed in place.
    text
        ``key=value``; the key is dotted, a part of it may stand in quotes, and the value is as in
        TOML or a plain text.

    Raises
    ------
    SettingsError
        If the text is of another form.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise SettingsError(f"--set {text!r} must be key=value, e.g. environment.noise=18")
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value.strip()  # a text without quotes
    set_value(values, key.strip(), parsed, f"--set {text!r}")


def set_value(values: Parameters, key: str, value: Any, where: str) -> None:
    """Set a key to a value.

    Parameters
    ----------
    values
        The table; changed in place.
    key
        The key, dotted.
    value
        The value.
    where
        What asks for it, for the error.

    Raises
    ------
    SettingsError
        If the key leads through something that is not a table.
    """
    *path, last = _parts(key, values)
    table = values
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise SettingsError(f"{where}: {part!r} is not a table")
    table[last] = value


def _parts(key: str, values: Mapping[str, Any]) -> list[str]:
    """Split a dotted key; a label of a policy may hold dots and blanks itself, quoted or not."""
    parts: list[str] = []
    rest, table = key, values
    while rest:
        known = [k for k in table if rest == k or rest.startswith(f"{k}.")]
        quoted = _QUOTED.match(rest)
        if quoted and not known:
            part, length = quoted[2], quoted.end()
        else:
            part = max(known, key=len) if known else rest.split(".", 1)[0]
            length = len(part)
        parts.append(part)
        rest = rest[length + 1 :]
        inner = table.get(part)
        table = inner if isinstance(inner, dict) else {}
    return parts


def validated(adapter: TypeAdapter[Valid], values: Parameters, where: str) -> Valid:
    """Return settings from a table.

    Parameters
    ----------
    adapter
        What they should be.
    values
        The table.
    where
        The file, for errors.

    Raises
    ------
    SettingsError
        If a key or value is wrong; all that are wrong are named.
    """
    try:
        return adapter.validate_python(values)
    except ValidationError as error:
        raise SettingsError(
            "\n".join(_explained(problem, where) for problem in _told(error.errors()))
        ) from error
    except DescriptionError as error:
        raise SettingsError(f"{where}: {error}") from error


def _told(problems: Sequence[Any]) -> list[Any]:
    """Leave out that a table is no text, where a text could stand, if it is told what is wrong."""
    told = []
    for problem in problems:
        *before, last = problem["loc"] or ("",)
        beside = [other["loc"][: len(before)] for other in problems if other is not problem]
        if last == "str" and isinstance(problem.get("input"), dict) and tuple(before) in beside:
            continue
        told.append(problem)
    return told


def _explained(problem: Any, where: str) -> str:
    parts = [str(part) for part in problem["loc"]]
    # a class that is one of several possible ones stands there under the name of its check
    key = ".".join(part for part in parts if not part.startswith("function-")) or "the whole"
    given = problem.get("input")
    shown = "" if isinstance(given, dict | list | tuple) else f", got {given!r}"
    rules = {
        "extra_forbidden": "is not a known key",
        "unexpected_keyword_argument": "is not a known key",
        "missing": "is required",
        "missing_argument": "is required",
    }
    rule = rules.get(problem["type"])
    if rule is not None:
        return f"{where}: {key} {rule}"
    return f"{where}: {key}: {problem['msg'].removeprefix('Value error, ')}{shown}"
