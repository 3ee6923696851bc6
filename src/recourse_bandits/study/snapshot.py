"""A fold as bytes and back: an npz file of plain arrays, no pickle."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, TypeVar, cast

import numpy as np

from recourse_bandits._version import __version__
from recourse_bandits.advisers import Adviser
from recourse_bandits.records import Pending
from recourse_bandits.study.fold import Fold
from recourse_bandits.study.happened import NOTHING_YET, Recorded

State = TypeVar("State")
Arrays = dict[str, Any]


class UnusableSnapshot(Exception):
    """A snapshot that is damaged, or of another version, policy or adviser."""


def written(fold: Fold, adviser: Adviser | None) -> bytes:
    """Write a fold as npz.

    Parameters
    ----------
    fold
        The fold.
    adviser
        Whose state is part of it.

    Raises
    ------
    TypeError
        If a state is not made of arrays and numbers.
    """
    head = {
        "package_version": __version__,
        "adviser": _identity(adviser) if fold.adviser_state is not None else None,
        "events": fold.events,
        "decisions": fold.decisions,
        "pending": list(fold.pending),
        "open": list(fold.open),
        "begun": {
            number: [known.measures, known.realized, known.arm, known.reason]
            for number, known in fold.open.items()
            if known is not NOTHING_YET
        },
    }
    arrays = dict(leaves(fold.policy_state, "policy"))
    if fold.adviser_state is not None:
        arrays |= dict(leaves(fold.adviser_state, "adviser"))
    arrays["head"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def restored(content: bytes, empty: Fold, adviser: Adviser | None, pending: Any) -> Fold:
    """Read a fold that `written` wrote.

    Parameters
    ----------
    content
        The npz file.
    empty
        A fold of no events, which is filled.
    adviser
        Whose state is part of it.
    pending
        Returns the `Pending` of a decision's number.

    Raises
    ------
    UnusableSnapshot
        If it cannot be used.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays: Arrays = dict(file)
        head = json.loads(arrays["head"].tobytes())
        if head["package_version"] != __version__:
            raise UnusableSnapshot(f"it is of version {head['package_version']}")
        if empty.adviser_state is not None:
            if head["adviser"] is None or head["adviser"] != _identity(adviser):
                raise UnusableSnapshot(f"it is of adviser {head['adviser']}")
            empty.adviser_state = rebuilt(empty.adviser_state, arrays, "adviser")
        empty.policy_state = rebuilt(empty.policy_state, arrays, "policy")
        empty.events, empty.decisions = head["events"], head["decisions"]
        empty.open = dict.fromkeys(head["open"], NOTHING_YET)
        for number, known in head["begun"].items():
            empty.open[int(number)] = Recorded(*known)
        questions: dict[int, Pending] = {number: pending(number) for number in head["pending"]}
        empty.pending = questions
    except Exception as error:  # damaged bytes raise whatever the reader of their kind raises
        raise UnusableSnapshot(f"{type(error).__name__}: {error}") from error
    return empty


def _identity(adviser: Adviser | None) -> str | None:
    """Describe an adviser by its parameters, or return None if only its address tells it."""
    described = "" if adviser is None else f"{type(adviser).__module__}.{adviser.identity}"
    return described if is_dataclass(adviser) and " at 0x" not in described else None


def leaves(state: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Yield the arrays and numbers of a state by their path.

    Parameters
    ----------
    state
        A tuple of arrays and numbers, named or not, nested as it may be; None has no leaves.
    where
        Path of the whole.

    Raises
    ------
    TypeError
        If it holds something else.
    """
    if isinstance(state, tuple) and hasattr(state, "_fields"):
        for name, part in zip(state._fields, state, strict=True):
            yield from leaves(part, f"{where}.{name}")
    elif isinstance(state, bool | int | float | np.ndarray):
        yield where, np.asarray(state)
    elif isinstance(state, tuple):
        for place, part in enumerate(state):
            yield from leaves(part, f"{where}.{place}")
    elif state is not None:
        # None is what an adviser without a memory has
        raise TypeError(f"{where} must be an array, a number or a NamedTuple of them, got {state}")


def rebuilt(model: State, values: Mapping[str, Any], where: str) -> State:
    """Return a state of the model's types with the values that were read.

    Parameters
    ----------
    model
        A state of the same shape.
    values
        Arrays by path.
    where
        Path of the whole.

    Raises
    ------
    KeyError
        If a value is absent.
    ValueError
        If it has another shape.
    """
    if isinstance(model, tuple) and hasattr(model, "_fields"):
        named = zip(model._fields, model, strict=True)
        parts = [rebuilt(part, values, f"{where}.{name}") for name, part in named]
        return cast("State", type(model)(*parts))
    if isinstance(model, tuple):
        inner = (rebuilt(part, values, f"{where}.{n}") for n, part in enumerate(model))
        return cast("State", tuple(inner))
    if model is None:
        return model
    value = values[where]
    if isinstance(model, np.ndarray):
        array = np.asarray(value, dtype=model.dtype)
        if array.size and array.shape[1:] != model.shape[1:]:
            raise ValueError(f"{where} must be of shape {model.shape}, got {array.shape}")
        shape = (-1, *model.shape[1:]) if model.shape[:1] == (0,) else model.shape  # rows are added
        return cast("State", array.reshape(shape))
    return type(model)(np.asarray(value).item())  # type: ignore[call-arg]
