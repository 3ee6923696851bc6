"""The closed form of a log-barrier step against a search for its constant."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from recourse_bandits import kernels

_ADVISER, _BASE = 0, 1


def searched(p: float, eta: float, losses: tuple[float, float]) -> float:
    """Algorithm 3 as printed: find the constant, return the adviser's new weight."""
    weights, l = np.array([p, 1.0 - p]), np.array(losses)  # noqa: E741

    def updated(constant: float) -> np.ndarray:
        return 1.0 / (1.0 / weights + eta * (l - constant))

    # at a large rate the printed interval has poles; the sum is 1 where each weight is below 1
    most = min(l.max(), (l + (1.0 / weights - 1.0) / eta).min())
    found = brentq(lambda c: updated(c).sum() - 1.0, l.min(), most, xtol=1e-15, rtol=1e-15)
    return float(updated(found)[_ADVISER])


def stepped(p: float, eta: float, loss: float, probability: float, *, advised: bool) -> float:
    lead = 1.0 / (1.0 - p) - 1.0 / p
    lead += kernels.log_barrier.step(eta, loss, probability, advised)
    return float(kernels.log_barrier.weight(lead))


def test_by_hand() -> None:
    # from 1/2, loss 1 of the base with eta 0.75 and probability 1/2: lead 1.5, 1/(1-p) - 1/p = 1.5
    assert stepped(0.5, 0.75, 1.0, 0.5, advised=False) == pytest.approx(2.0 / 3.0, abs=1e-15)
    assert stepped(0.5, 0.75, 1.0, 0.5, advised=True) == pytest.approx(1.0 / 3.0, abs=1e-15)


@given(
    p=st.floats(0.001, 0.999),
    eta=st.floats(0.001, 5.0),
    loss=st.floats(0.01, 1.0),
    probability=st.floats(0.01, 1.0),
    advised=st.booleans(),
)
def test_a_step_is_what_the_search_finds(
    p: float, eta: float, loss: float, probability: float, advised: bool
) -> None:
    losses = (loss / probability, 0.0) if advised else (0.0, loss / probability)
    found = stepped(p, eta, loss, probability, advised=advised)
    assert found == pytest.approx(searched(p, eta, losses), rel=1e-6, abs=1e-9)
    assert found < p if advised else found > p


def test_no_loss_changes_nothing() -> None:
    assert stepped(0.3, 0.5, 0.0, 0.4, advised=True) == pytest.approx(0.3, abs=1e-15)


@given(st.floats(-1e12, 1e12))
def test_the_weight_solves_its_equation(lead: float) -> None:
    weight = kernels.log_barrier.weight(lead)
    other = kernels.log_barrier.weight(-lead)
    assert weight + other == pytest.approx(1.0, abs=1e-15)
    # 1/(1-p) - 1/p with 1 - p from the mirrored lead, which has no cancellation
    assert 1.0 / other - 1.0 / weight == pytest.approx(lead, rel=1e-9, abs=1e-9)


def test_many_steps_are_the_searched_ones_in_any_order() -> None:
    generator = np.random.default_rng(0)
    steps = [
        (float(generator.random()), float(generator.uniform(0.2, 0.8)), bool(generator.integers(2)))
        for _ in range(300)
    ]
    p = 0.5
    for loss, probability, advised in steps:
        weighted = loss / probability
        p = searched(p, 0.05, (weighted, 0.0) if advised else (0.0, weighted))
    for order in (range(300), generator.permutation(300)):
        lead = sum(kernels.log_barrier.step(0.05, *steps[number]) for number in order)
        assert kernels.log_barrier.weight(lead) == pytest.approx(p, rel=1e-9)
