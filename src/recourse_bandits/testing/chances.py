"""The laws of a policy's chances: how often which arm is chosen, over many keys."""

from typing import Any

import numpy as np

from recourse_bandits.problem import Context, Prior
from recourse_bandits.records import Key, Stream
from recourse_bandits.study.people import proposed
from recourse_bandits.testing.rehearsal import Rehearsal

_DRAWS = 1000
_DEVIATIONS = 5.0  # how far a frequency may be from its expectation, in standard deviations
_CLOSE = 1e-9


def _keys(run: Rehearsal) -> Key:
    return Key(run.seed, np.arange(_DRAWS), Stream.POLICY)


def ties_spread_evenly(run: Rehearsal, first: Any) -> None:
    """Assert that arms about which the same is believed are chosen equally often.

    Parameters
    ----------
    run
        Whose persons and problem are taken.
    first
        State before any outcome.

    Raises
    ------
    AssertionError
        If one arm is preferred.
    """
    if run.problem.reward.prior != Prior():
        return
    context: Context = max(run.contexts, key=lambda one: int(one.eligible.sum()))
    tied = int(context.eligible.sum())
    proposal = proposed(run.policy, first, [context] * _DRAWS, _keys(run))
    counts = np.bincount(np.asarray(proposal.arm), minlength=context.eligible.size)
    expected = _DRAWS / tied
    allowed = _DEVIATIONS * np.sqrt(expected * (1.0 - 1.0 / tied))
    assert (np.abs(counts[context.eligible] - expected) <= allowed).all(), (
        f"{tied} arms tie before any outcome but were chosen {counts} times"
    )
    if proposal.propensity is not None:
        assert np.allclose(proposal.propensity, 1.0 / tied), (
            f"{tied} arms tie, but the propensity is {proposal.propensity}"
        )


def propensity_is_a_frequency(run: Rehearsal, state: Any) -> None:
    """Assert that over many keys an arm is chosen as often as its propensity says.

    Parameters
    ----------
    run
        Whose persons and problem are taken.
    state
        What has been learned.

    Raises
    ------
    AssertionError
        If the propensity is another.
    """
    different = {context.eligible.tobytes(): context for context in run.contexts}
    for context in different.values():
        proposal = proposed(run.policy, state, [context] * _DRAWS, _keys(run))
        if proposal.propensity is not None:
            _is_a_frequency(np.asarray(proposal.arm), np.broadcast_to(proposal.propensity, _DRAWS))


def _is_a_frequency(arms: Any, told: Any) -> None:
    for arm in np.unique(arms):
        share, probability = float((arms == arm).mean()), float(told[arms == arm][0])
        allowed = _DEVIATIONS * np.sqrt(probability * (1.0 - probability) / _DRAWS)
        assert abs(share - probability) <= allowed + _CLOSE, (
            f"arm {arm} is chosen in {share:.1%} of cases, its propensity says {probability:.1%}"
        )
