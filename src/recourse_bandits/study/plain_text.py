"""Texts that people, models and files brought, made safe to look at."""

import unicodedata


def visible(text: object, *, lines: bool = False) -> str:
    r"""Return a text with everything escaped that a terminal would act on rather than show.

    Control characters (ANSI sequences start with one), marks that turn the direction of writing,
    characters without width and line separators become their escapes, such as ``\x1b``.

    Parameters
    ----------
    text
        Anything; what is no text is shown as Python writes it.
    lines
        Whether line feeds are kept.

    Examples
    --------
    >>> print(visible("\x1b[2Jall is \u202ewell"))
    \x1b[2Jall is \u202ewell
    """
    told = text if isinstance(text, str) else str(text)
    if told.isprintable():
        return told
    return "".join(one if _harmless(one, lines) else _escaped(one) for one in told)


def shortened(text: object, length: int) -> str:
    """Return the beginning of a text on one line, everything unsafe escaped.

    Parameters
    ----------
    text
        Anything.
    length
        Most characters of it that are shown.
    """
    told = text if isinstance(text, str) else str(text)
    return visible(told if len(told) <= length else f"{told[: length - 1]}…")


def _harmless(character: str, lines: bool) -> bool:
    if character == "\n":
        return lines
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
