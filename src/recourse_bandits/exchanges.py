"""What passed between a study and an adviser: kept with the decision, so that it can be audited."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic_core import PydanticSerializationError, from_json
from pydantic_core import to_json as json_bytes

from recourse_bandits.errors import DescriptionError


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of a language model.

    Parameters
    ----------
    ended
        `answered`, or in a few words why there is no answer.
    seconds
        How long it took.
    answer
        The text of the answer, as it came.
    problem
        Why the answer could not be used; sent back to the model if it was asked again.
    model
        The model as the provider dates it.
    input_tokens, output_tokens
        What the provider counted; None: it did not say.
    cost
        Price of the call, in the currency of the prices; where the provider counted nothing, the
        most it can have been. None: prices are not known.
    """

    ended: str
    seconds: float
    answer: str | None = None
    problem: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question to an adviser and what came back; texts are kept so that UTF-8 can write them.

    Parameters
    ----------
    adviser
        Who was asked.
    digest
        SHA-256 of the question's text, in hexadecimal.
    question
        The text; None: there is none, or only its digest is kept.
    attempts
        Calls made for it, in order.
    said
        The advice in the adviser's own terms, before it was put into numbers; JSON values.
    confidence
        What the adviser states of its own confidence, in [0, 1].
    repairs
        What was mended in the answer.
    cached
        Whether the answer was given before, to the same question.
    by
        The person who answered.

    Raises
    ------
    DescriptionError
        If it holds something that JSON cannot.

    Examples
    --------
    >>> Exchange("Quality").to_json()
    {'adviser': 'Quality'}
    """

    adviser: str
    digest: str | None = None
    question: str | None = None
    attempts: tuple[Attempt, ...] = ()
    said: Mapping[str, Any] | None = None
    confidence: float | None = None
    repairs: tuple[str, ...] = ()
    cached: bool = False
    by: str | None = None

    def __post_init__(self) -> None:
        for name in ("adviser", "digest", "question", "by"):
            object.__setattr__(self, name, _writable(getattr(self, name)))
        object.__setattr__(self, "repairs", tuple(map(_writable, self.repairs)))
        object.__setattr__(self, "attempts", tuple(map(_written, self.attempts)))
        if self.said is not None:
            try:
                said = from_json(json_bytes(_writable(self.said), inf_nan_mode="null"))
            except (PydanticSerializationError, ValueError) as error:
                raise DescriptionError(f"said must hold JSON values only: {error}") from error
            object.__setattr__(self, "said", said)

    @property
    def model(self) -> str | None:
        """The model that answered last, as the provider dates it; None: no attempt names one."""
        named = [attempt.model for attempt in self.attempts if attempt.model is not None]
        return named[-1] if named else None

    @property
    def calls(self) -> int:
        """Number of calls made for this question; none for an earlier answer that was kept."""
        return 0 if self.cached else len(self.attempts)

    @property
    def cost(self) -> float | None:
        """Price of all attempts whose price is known; None: there is none."""
        return _sum(attempt.cost for attempt in self.attempts)

    @property
    def seconds(self) -> float | None:
        """How long all attempts took; None: there was none."""
        return _sum(attempt.seconds for attempt in self.attempts)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, what is left at its default left out."""
        described = _told(self)
        if self.attempts:
            described["attempts"] = [_told(attempt) for attempt in self.attempts]
        if self.repairs:
            described["repairs"] = list(self.repairs)
        return described

    @staticmethod
    def from_json(described: Mapping[str, Any]) -> "Exchange":
        """Read what `to_json` wrote.

        Parameters
        ----------
        described
            The JSON values.
        """
        attempts = tuple(Attempt(**attempt) for attempt in described.get("attempts", ()))
        repairs = tuple(described.get("repairs", ()))
        return Exchange(**{**described, "attempts": attempts, "repairs": repairs})


def as_number(value: Any) -> float | None:
    """Return what an adviser states as a finite number; None if it is none.

    Parameters
    ----------
    value
        Anything: what advisers hand over is kept as it came.

    Examples
    --------
    >>> as_number("0.25"), as_number("high"), as_number(True)
    (0.25, None, None)
    """
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _sum(values: Iterable[Any]) -> float | None:
    known = [number for number in map(as_number, values) if number is not None]
    return math.fsum(known) if known else None


def _told(record: Any) -> dict[str, Any]:
    """Return the fields of a record that are not at their default."""
    return {
        field.name: getattr(record, field.name)
        for field in fields(record)
        if getattr(record, field.name) != field.default
    }


def _written(attempt: Attempt) -> Attempt:
    return Attempt(*(_writable(getattr(attempt, field.name)) for field in fields(attempt)))


def _writable(value: Any) -> Any:
    """Return a value with the half surrogates of its texts escaped."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_writable(key): _writable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(inner) for inner in value]
    return value
