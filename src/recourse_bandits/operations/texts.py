"""Texts of people and models on a terminal: shown, never obeyed."""

from collections.abc import Collection, Sequence

from rich.markup import escape

from recourse_bandits.errors import SettingsError
from recourse_bandits.study.plain_text import visible


def shown(text: object) -> str:
    """Return a text of several lines for `rich`, without markup and with nothing unseen in it.

    Parameters
    ----------
    text
        Anything that can be printed.
    """
    return escape(visible(text, lines=True))


def named_values(
    option: str, texts: Sequence[str], categorical: Collection[str]
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
    values: dict[str, float | str | None] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise SettingsError(f"{option} {text!r} must be name=value, e.g. age=71")
        if name in values:
            raise SettingsError(f"{option} names {name} twice")
        values[name] = _value(value, text=name in categorical)
    return values


def _value(written: str, *, text: bool) -> float | str | None:
    if not written:
        return None
    try:
        return written if text else float(written)
    except ValueError:
        return written
