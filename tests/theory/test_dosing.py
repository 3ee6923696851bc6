"""Warm-up and radii of dosing, against numbers worked out by hand."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import special

from recourse_bandits import kernels, theory
from recourse_bandits.errors import DescriptionError
from recourse_bandits.theory import DoseSetting
from tests.theory.made_up import named

E = math.e


def setting(**changes: Any) -> DoseSetting:
    """Both logarithms are 1 after 16 outcomes and log(1/delta) is 4: the roots are 4 and 3."""
    described: dict[str, Any] = {
        "coefficients": 8,
        "effect_coefficients": 1,
        "rounds": [16],
        "feature_bound": math.sqrt(8.0 * E / 16.0),
        "effect_bound": math.sqrt(E / 16.0),
        "effect_noise": 2.0,
        "least_slope": 0.1,
        "failure": math.exp(-4.0),
    }
    return DoseSetting(**(described | changes))


def test_the_warm_up_by_hand() -> None:
    # c1·(8 + 4) and c2·(1 + 4)
    def rounds(c1: float, c2: float) -> float:
        bound = theory.warm_up_rounds(setting(), chance_constant=c1, effect_constant=c2)
        assert f"c1 = {c1:g} and c2 = {c2:g}" in " ".join(bound.assumed)
        return float(bound.values[0])

    assert rounds(2.0, 3.0) == pytest.approx(24.0)
    assert rounds(1.0, 3.0) == pytest.approx(15.0)


def test_proposition_4_by_hand() -> None:
    # nothing outstanding: 0.5/4·(4/0.1) + 3/4·0.2·(2·3) = 5 + 0.9
    widths: dict[str, Any] = {"feature_width": 0.5, "effect_width": 0.2, "cost": 3.0}
    bound = theory.late_radius(setting(), 0, **widths, warm_up=10.0)
    assert bound.values == pytest.approx([5.9])
    assert bound.holds
    assert "the true penalties" in " ".join(bound.assumed)
    # of 25 rounds 9 are outstanding: 3·c_phi and 3·c_chi come on top
    late = theory.late_radius(setting(rounds=[25]), 9, **widths, warm_up=10.0)
    c_phi, c_chi = setting().feature_bound, setting().effect_bound
    assert late.values == pytest.approx([5.9 + 0.125 * 3.0 * c_phi + 0.15 * 3.0 * c_chi])


def test_proposition_5_by_hand() -> None:
    # gains of 8 and 1: 0.5/(4·0.1)·(4 + 0.1·2) + 3/4·0.2·(2·3 + 1.5)
    bound = theory.constant_delay_radius(
        setting(),
        feature_width=0.5,
        effect_width=0.2,
        feature_gain=8.0,
        effect_gain=1.0,
        cost=3.0,
        feature_penalty=2.0,
        effect_penalty=2.25,
    )
    assert bound.values == pytest.approx(5.25 + 1.125)
    assert bound.holds


def test_warm_up_is_named_where_it_is_unknown_or_not_over() -> None:
    widths: dict[str, Any] = {"feature_width": 1.0, "effect_width": 1.0, "cost": 1.0}
    assert named(theory.late_radius(setting(), 0, **widths)) == {"WarmUpUnknown"}
    early = theory.late_radius(setting(), 0, **widths, warm_up=17.0)
    assert named(early) == {"BeforeWarmUp"}
    assert "round 16 is before the end of the warm-up, t0 = 17" in str(early.broken[0])


def test_nothing_arrived_nothing_known() -> None:
    widths: dict[str, Any] = {"feature_width": 1.0, "effect_width": 1.0, "cost": 1.0}
    bound = theory.late_radius(setting(rounds=[3, 4, 5]), 4, **widths, warm_up=1.0)
    assert np.isposinf(bound.values).tolist() == [True, True, False]


def test_many_medications_and_rounds_broadcast() -> None:
    rounds = setting(rounds=np.array([[16], [400]]))
    bound = theory.late_radius(
        rounds, 3, feature_width=[0.5, 0.1], effect_width=[0.2, 0.3], cost=[3.0, 0.0], warm_up=1.0
    )
    assert bound.values.shape == (2, 2)
    alone = theory.late_radius(
        setting(rounds=[400]), 3, feature_width=0.5, effect_width=0.2, cost=3.0, warm_up=1.0
    )
    assert bound.values[1, 0] == pytest.approx(alone.values[0])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"coefficients": 0}, "coefficients must be a whole number above 0"),
        ({"effect_noise": 0.0}, "effect_noise must be positive"),
        ({"least_slope": 0.3}, "least_slope must be at most 1/4, the logistic function's, got 0.3"),
        ({"failure": 0.0}, "failure must lie in"),
        ({"rounds": [0]}, "rounds must be whole numbers above 0"),
    ],
)
def test_settings_out_of_range_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        setting(**changes)


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(DescriptionError, match="outstanding must be >= 0, got -1"):
        theory.late_radius(setting(), -1, feature_width=1.0, effect_width=1.0, cost=1.0)
    with pytest.raises(DescriptionError, match="cost must be >= 0"):
        theory.late_radius(setting(), 0, feature_width=1.0, effect_width=1.0, cost=[1.0, -1.0])
    with pytest.raises(DescriptionError, match="chance_constant must be positive"):
        theory.warm_up_rounds(setting(), chance_constant=0.0, effect_constant=1.0)
    gains: dict[str, Any] = {"feature_gain": 0.0, "effect_gain": 0.0, "cost": 1.0}
    with pytest.raises(DescriptionError, match="feature_penalty must be at least 1, got 0.5"):
        theory.constant_delay_radius(
            setting(), feature_width=1.0, effect_width=1.0, **gains, feature_penalty=0.5
        )


def test_chances_lie_within_proposition_5_after_a_constant_delay() -> None:
    """Simulated: ridge estimates of one medication whose last 20 outcomes are outstanding."""
    rng = np.random.default_rng(3)
    theta, pi = np.array([0.5, -0.4]), np.array([0.3, 0.6])
    cost, target, noise, failure, delay = 0.5, 0.4, 0.3, 0.05, 20
    rows = 220
    phi = rng.uniform(-0.7, 0.7, (rows, 2))
    chi = np.column_stack([rng.uniform(-0.7, 0.7, rows), rng.uniform(0.0, 1.0, rows)])

    def chance(features: Any, effects: Any, t: Any, p: Any) -> Any:
        return special.expit(features @ t - cost * np.abs(effects @ p - target))

    least = float(special.expit(-2.0) * special.expit(2.0))  # |phi·theta - f| <= 1 + 0.5·1.6 < 2
    exceeded = np.zeros(40, np.bool_)
    for life in range(40):
        seen = rows - delay
        success = rng.random(seen) < chance(phi[:seen], chi[:seen], theta, pi)
        measured = chi[:seen] @ pi + noise * rng.standard_normal(seen)
        pi_hat = np.linalg.solve(np.eye(2) + chi[:seen].T @ chi[:seen], chi[:seen].T @ measured)
        # the offset at the true pi: the propositions take the penalties as known there
        offset = cost * np.abs(chi[:seen] @ pi - target)
        estimate = np.zeros(2)
        for _ in range(30):
            p = special.expit(phi[:seen] @ estimate - offset)
            hessian = least * np.eye(2) + (phi[:seen].T * (p * (1.0 - p))) @ phi[:seen]
            gradient = phi[:seen].T @ (success - p) - least * estimate
            estimate = estimate + np.linalg.solve(hessian, gradient)
        v, u = (np.eye(2) + one[:seen].T @ one[:seen] for one in (phi, chi))
        bound = theory.constant_delay_radius(
            setting(
                coefficients=2,
                effect_coefficients=2,
                least_slope=least,
                failure=failure,
                effect_noise=noise,
            ),
            feature_width=np.sqrt(np.einsum("ij,ij->i", phi, np.linalg.solve(v, phi.T).T)),
            effect_width=np.sqrt(np.einsum("ij,ij->i", chi, np.linalg.solve(u, chi.T).T)),
            feature_gain=float(np.linalg.slogdet(v)[1]),
            effect_gain=float(np.linalg.slogdet(u)[1]),
            cost=cost,
        )
        wrong = np.abs(chance(phi, chi, estimate, pi_hat) - chance(phi, chi, theta, pi))
        exceeded[life] = bool((wrong > bound.values).any())
        assert wrong.max() > 0.005  # something was to be bounded
    assert exceeded.mean() <= 2.0 * failure
    assert kernels.links.slope(kernels.links.LOGISTIC, 2.0) == pytest.approx(least)
