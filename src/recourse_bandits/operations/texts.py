"""Texts of people and models on a terminal: shown, never obeyed."""

from collections.abc import Collection, Sequence

from rich.markup import escape

from recourse_bandits.errors import SettingsError
from recourse_bandits.problem import Problem
from recourse_bandits.study.plain_text import visible


def shown(text: object, *, lines: bool = False) -> str:
    """Return a text for `rich`, without markup and with nothing unseen in it.

    Parameters
    ----------
    text
        Anything that can be printed.
    lines
        Whether line feeds are kept.
    """
    return escape(visible(text, lines=lines))


def person_in(texts: Sequence[str], problem: Problem) -> dict[str, float | str | None]:
    """Read the options ``--person name=value`` of a command.

    Parameters
    ----------
    texts
        The texts.
    problem
        Tells which features have categories.

    Raises
    ------
    SettingsError
        If a text is of another form, or a name comes twice.
    """
    categorical = {feature.name for feature in problem.features if feature.categories}
    return named_values("--person", texts, categorical)


def named_values(
    option: str, texts: Sequence[str], categorical: Collection[str] = ()
) -> dict[str, float | str | None]:
    """Read texts ``name=value``, numbers where they are some; nothing after the sign is None.

    Parameters
    ----------
    option
        What gives them, for errors.
    texts
        The texts.
    categorical
        Names whose values are texts.

    Raises
    ------
    SettingsError
        If a text is of another form, or a name comes twice.
    """
    found = named_texts(option, texts)
    return {name: value_of(value, text=name in categorical) for name, value in found.items()}


def named_texts(option: str, texts: Sequence[str]) -> dict[str, str]:
    """Read texts ``name=value``.

    Parameters
    ----------
    option
        What gives them, for errors.
    texts
        The texts.

    Raises
    ------
    SettingsError
        If a text is of another form, or a name comes twice.
    """
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise SettingsError(f"{option} {text!r} must be name=value, e.g. age=71")
        if name in values:
            raise SettingsError(f"{option} names {name} twice")
        values[name] = value
    return values


def value_of(written: str, *, text: bool = False) -> float | str | None:
    """Return what was typed: a number where it is one, None for nothing.

    Parameters
    ----------
    written
        What was typed.
    text
        Whether it is a text, even if it looks like a number.
    """
    if not written:
        return None
    try:
        return written if text else float(written)
    except ValueError:
        return written
