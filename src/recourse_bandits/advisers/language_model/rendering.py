"""Templates of prompts: those that are shipped, and a user's own."""

import hashlib
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recourse_bandits.errors import DescriptionError

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

SHARED = "case.txt"
"""What the shipped templates of a person include; a user's own may include it too."""


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as hexadecimal digits.

    Parameters
    ----------
    text
        The text.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def shipped(name: str) -> str:
    """Return the source of a template that is shipped.

    Parameters
    ----------
    name
        Its file name.
    """
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def source_of(path: str | Path) -> str:
    """Return the source of a user's template.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    DescriptionError
        If it cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DescriptionError(f"template {str(path)!r} cannot be read: {error}") from error


@cache
def _environment() -> "SandboxedEnvironment":
    from jinja2 import DictLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        loader=DictLoader({SHARED: shipped(SHARED)}),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )


@lru_cache(maxsize=16)
def _compiled(source: str) -> "Template":
    return _environment().from_string(source)


def version_of(source: str) -> str:
    """Return the version of a template: the digest of its source and of what it may include.

    Parameters
    ----------
    source
        The template.
    """
    return digest_of(f"{source}\0{shipped(SHARED)}")


def rendered(source: str, fields: dict[str, Any], name: str) -> str:
    """Return a template with its fields filled in.

    Parameters
    ----------
    source
        The template.
    fields
        Its fields.
    name
        Name of the template, for errors.

    Raises
    ------
    DescriptionError
        If the template has a syntax error, uses an unknown field, or fails.
    """
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        return _compiled(source).render(fields).strip() + "\n"
    except TemplateSyntaxError as error:
        raise DescriptionError(
            f"template {name!r}, line {error.lineno}: {error.message}"
        ) from error
    except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError) as error:
        raise DescriptionError(
            f"template {name!r} cannot be filled in: {error}; {_known(fields)}"
        ) from error


def check_fields(source: str, fields: dict[str, Any], name: str) -> None:
    """Raise DescriptionError if a template names an unknown field, in whichever branch.

    Parameters
    ----------
    source
        The template.
    fields
        Fields of an example.
    name
        Name of the template, for errors.
    """
    from jinja2 import TemplateSyntaxError, meta

    try:
        used = meta.find_undeclared_variables(_environment().parse(source))
    except TemplateSyntaxError:
        used = set()  # rendering says where
    unknown = sorted(used - set(fields) - set(_environment().globals))
    if unknown:
        raise DescriptionError(
            f"template {name!r} uses the unknown field {unknown[0]!r}; {_known(fields)}"
        )
    rendered(source, fields, name)


def _known(fields: dict[str, Any]) -> str:
    """Return the names of fields, with those of their parts."""
    parts = []
    for field, value in fields.items():
        inner = value[0] if isinstance(value, list) and value else value
        within = f" (with {', '.join(inner)})" if isinstance(inner, dict) else ""
        parts.append(f"{field}{within}")
    return f"the fields are {', '.join(parts)}"
