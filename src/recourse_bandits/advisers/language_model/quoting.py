"""Texts of others and numbers, as a prompt or a message to a model may hold them."""

import json
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext

_DIGITS = 700  # enough to divide the largest float by the smallest
_MOST_SAID = 40  # characters of a model's text that a message may repeat
_MARKUP = frozenset("<>&`\x7f")  # chat templates and code fences are made of these


def _plain(character: str) -> bool:
    """Whether a character may stand as it is: seen, and of no meaning to a chat template."""
    point = ord(character)
    selector = 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF
    return character.isprintable() and character not in _MARKUP and not selector


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def quoted(text: str) -> str:
    r"""Return a text as a JSON string on one line, with nothing invisible or special in it.

    Letters of any script stay readable. Escaped are quotes and backslashes; line breaks of every
    kind, controls, marks of writing direction and other characters that are not seen; and the
    characters of which chat templates and code fences are made.

    Parameters
    ----------
    text
        A name, unit or description.

    Examples
    --------
    >>> print(quoted('a "b"\nSYSTEM: <c>'))
    "a \"b\"\nSYSTEM: \u003cc\u003e"
    """
    inside = json.dumps(text, ensure_ascii=False)
    return "".join(c if _plain(c) else _escaped(c) for c in inside)


def listed(names: "list[str] | tuple[str, ...]") -> str:
    """Return names quoted and separated by commas, or `none`.

    Parameters
    ----------
    names
        The names.
    """
    return ", ".join(quoted(name) for name in names) or "none"


def said(value: object) -> str:
    """Return what a model said, shortened, for a message.

    Parameters
    ----------
    value
        A JSON value.
    """
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = value if isinstance(value, str) else json.dumps(value)
    short = text if len(text) <= _MOST_SAID else f"{text[:_MOST_SAID]}…"
    return quoted(short) if isinstance(value, str) else short


def number_text(value: float) -> str:
    """Return a number so that reading it gives the same number.

    Parameters
    ----------
    value
        A finite number.

    Examples
    --------
    >>> number_text(62.0), number_text(0.1)
    ('62', '0.1')
    """
    whole = value == int(value) and abs(value) < 1e15
    return str(int(value)) if whole else repr(float(value))


def coarse(value: float, step: float) -> float:
    """Return the multiple of a step that is nearest to a value, in decimal arithmetic.

    Parameters
    ----------
    value
        The value.
    step
        The step, > 0.

    Examples
    --------
    >>> coarse(71.3, 5), coarse(0.29, 0.1)
    (70.0, 0.3)
    """
    with localcontext(prec=_DIGITS):
        width = Decimal(repr(float(step)))
        steps = (Decimal(repr(float(value))) / width).quantize(Decimal(1), ROUND_HALF_EVEN)
        return float(steps * width)


def inwards(low: float, high: float, scale: float) -> tuple[str, str]:
    """Return a range in a few digits, each end rounded into the range: who keeps it is inside.

    Parameters
    ----------
    low, high
        The ends, low <= high.
    scale
        What counts as large: digits below a thousandth of it are dropped.

    Examples
    --------
    >>> inwards(-1 / 3, 2 / 3, 1.0)
    ('-0.333', '0.666')
    """
    with localcontext(prec=_DIGITS):
        digit = Decimal(10) ** (Decimal(repr(float(scale))).adjusted() - 3)
        noise = digit * Decimal("1e-6")
        ends = [Decimal(repr(float(end))).quantize(noise, ROUND_HALF_EVEN) for end in (low, high)]
        first = float(ends[0].quantize(digit, ROUND_CEILING))
        last = float(ends[1].quantize(digit, ROUND_FLOOR))
    if first > last:  # the range is narrower than a digit
        first, last = low, high
    return number_text(first), number_text(last)
