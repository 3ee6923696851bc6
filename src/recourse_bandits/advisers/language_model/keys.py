"""Keys come from the environment and go nowhere else: not into records, errors or reports."""

import os
import re
from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache

from recourse_bandits.errors import AdviserUnavailable

_SHORTEST = 8
"""A shorter value, such as the EMPTY of local servers, is no secret, and may be a common word."""


def key_from(variables: Iterable[str], model: str) -> str:
    """Return the key that the first of some environment variables holds.

    Parameters
    ----------
    variables
        Names of the variables.
    model
        The model it is for, for the error.

    Raises
    ------
    AdviserUnavailable
        If none is set.
    """
    names = list(variables)
    for name in names:
        value = os.environ.get(name, "").strip()
        if value:
            return value
    raise AdviserUnavailable(
        f"model {model!r} needs a key: set the environment variable {' or '.join(names)}"
    )


class Redaction:
    """Takes secrets out of texts, also as addresses, JSON, HTML and base64 write them.

    Parameters
    ----------
    secrets
        What must not be told.
    """

    def __init__(self, secrets: Iterable[str | None]) -> None:
        kept = {secret for secret in secrets if secret and len(secret) >= _SHORTEST}
        longest_first = sorted(kept, key=len, reverse=True)
        self._patterns = [pattern for secret in longest_first for pattern in _patterns(secret)]

    def __call__(self, text: str) -> str:
        """Return a text with every secret in it replaced.

        Parameters
        ----------
        text
            Any text.
        """
        for pattern in self._patterns:
            text = pattern.sub("[key]", text)
        return text


@lru_cache(maxsize=64)
def _patterns(secret: str) -> tuple[re.Pattern[str], ...]:
    """Return a pattern of the secret itself, and of its base64 at each place in a longer text."""
    texts = ["".join(map(_written, secret))]
    content = secret.encode(errors="surrogateescape")
    for before in range(3):
        encoded = b64encode(b"\0" * before + content).decode()
        own = encoded[-(-before * 8 // 6) : (before + len(content)) * 8 // 6]  # its bits alone
        texts.append("".join(map(_in_base64, own)))
    return (re.compile(texts[0], re.IGNORECASE), *map(re.compile, texts[1:]))


def _written(sign: str) -> str:
    """Return a pattern of one sign in each way of writing."""
    from html import escape

    percent = "".join(f"%{byte:02x}" for byte in sign.encode(errors="surrogateescape"))
    code = ord(sign)
    ways = {
        re.escape(sign),
        re.escape(escape(sign)),
        percent,
        rf"\\+u{code:04x}",
        rf"\\+x{code:02x}",
    }
    ways |= {f"&#x0*{code:x};", f"&#0*{code};"}
    if sign == " ":
        ways.add(r"\+")
    if not sign.isalnum():
        ways.add(rf"\\+{re.escape(sign)}")
    return f"(?:{'|'.join(sorted(ways, key=len, reverse=True))})"


def _in_base64(sign: str) -> str:
    return {"+": "(?:[+-]|%2[Bb])", "/": r"(?:[/_]|\\/|%2[Ff])"}.get(sign, sign)
