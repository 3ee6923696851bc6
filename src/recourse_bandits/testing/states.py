"""States as they are stored: NamedTuples of plain arrays and numbers, through JSON and npz."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

import numpy as np

State = TypeVar("State")
_PLAIN = "biuf"  # kinds of arrays: booleans, integers and floats


def assert_plain(state: Any, where: str = "state") -> None:
    """Assert that a state is a NamedTuple of arrays and numbers, nested as it may be.

    Parameters
    ----------
    state
        A policy's state.
    where
        What it is called in the message.

    Raises
    ------
    AssertionError
        If a part of it is something else.
    """
    assert isinstance(state, tuple), f"{where} must be a NamedTuple, got {type(state).__name__}"
    assert hasattr(state, "_fields"), f"{where} must be a NamedTuple, got a plain tuple"
    for name, part in zip(state._fields, state, strict=True):
        inner = f"{where}.{name}"
        if isinstance(part, np.ndarray):
            assert part.dtype.kind in _PLAIN, f"{inner} must hold numbers, got {part.dtype}"
        elif not isinstance(part, bool | int | float):
            assert_plain(part, inner)


def through_json(state: State) -> State:
    """Write a state as JSON text and read it back.

    Parameters
    ----------
    state
        A plain state.
    """
    written = {path: np.asarray(part).tolist() for path, part in _leaves(state)}
    return cast("State", _rebuilt(state, json.loads(json.dumps(written))))


def through_npz(state: State) -> State:
    """Write a state as an npz file, without pickle, and read it back.

    Parameters
    ----------
    state
        A plain state.
    """
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **{path: np.asarray(p) for path, p in _leaves(state)})
    file.seek(0)
    with np.load(file, allow_pickle=False) as read:
        return cast("State", _rebuilt(state, dict(read)))


def _leaves(state: Any, where: str = "state") -> Iterator[tuple[str, Any]]:
    for name, part in zip(state._fields, state, strict=True):
        if isinstance(part, tuple):
            yield from _leaves(part, f"{where}.{name}")
        else:
            yield f"{where}.{name}", part


def _rebuilt(model: Any, values: Mapping[str, Any], where: str = "state") -> Any:
    """Return a state of the model's types with the values that were read."""
    parts = []
    for name, part in zip(model._fields, model, strict=True):
        path = f"{where}.{name}"
        if isinstance(part, tuple):
            parts.append(_rebuilt(part, values, path))
        elif isinstance(part, np.ndarray):
            parts.append(np.asarray(values[path], dtype=part.dtype).reshape(part.shape))
        else:
            parts.append(type(part)(values[path]))
    return type(model)(*parts)
