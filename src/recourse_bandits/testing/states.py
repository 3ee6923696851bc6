"""States as they are stored: NamedTuples of plain arrays and numbers, through JSON and npz."""

import io
import json
from typing import Any, TypeVar

import numpy as np

from recourse_bandits.study.snapshot import leaves, rebuilt

State = TypeVar("State")
_PLAIN = "biuf"  # kinds of arrays: booleans, integers and floats


def assert_plain(state: Any, where: str = "state") -> None:
    """Assert that a state is a NamedTuple of arrays, numbers and None, nested as it may be.

    What is nested may be a plain tuple: one part for each arm.

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
        _assert_plain_part(part, f"{where}.{name}")


def _assert_plain_part(part: Any, where: str) -> None:
    if isinstance(part, np.ndarray):
        assert part.dtype.kind in _PLAIN, f"{where} must hold numbers, got {part.dtype}"
    elif type(part) is tuple:
        for place, inner in enumerate(part):
            _assert_plain_part(inner, f"{where}.{place}")
    elif part is not None and not isinstance(part, bool | int | float):
        assert_plain(part, where)  # None is a part that a policy does without


def through_json(state: State) -> State:
    """Write a state as JSON text and read it back.

    Parameters
    ----------
    state
        A plain state.
    """
    written = {path: np.asarray(part).tolist() for path, part in leaves(state, "state")}
    return rebuilt(state, json.loads(json.dumps(written)), "state")


def through_npz(state: State) -> State:
    """Write a state as an npz file, without pickle, and read it back.

    Parameters
    ----------
    state
        A plain state.
    """
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **dict(leaves(state, "state")))
    file.seek(0)
    with np.load(file, allow_pickle=False) as read:
        return rebuilt(state, dict(read), "state")
