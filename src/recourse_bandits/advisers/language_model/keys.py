"""Keys come from the environment and go nowhere else: not into records, errors or reports."""

import os
from collections.abc import Iterable
from urllib.parse import quote

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
    """Takes secrets out of texts.

    Parameters
    ----------
    secrets
        What must not be told.
    """

    def __init__(self, secrets: Iterable[str | None]) -> None:
        kept = {secret for secret in secrets if secret and len(secret) >= _SHORTEST}
        kept |= {quote(secret, safe="") for secret in kept}
        self._secrets = sorted(kept, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return a text with every secret in it replaced.

        Parameters
        ----------
        text
            Any text.
        """
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return text
