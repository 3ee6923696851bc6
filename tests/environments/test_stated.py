"""The prior of a simulated expert, in numbers that can be checked by hand."""

from typing import Any

import numpy as np
import pytest

from recourse_bandits import GLRB, Hypertension, RecourseTS
from recourse_bandits.beliefs import believed
from recourse_bandits.environments import StatedHypertension
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Problem


def prior_of(**parameters: Any) -> tuple[Any, Any]:
    """Means, and the diagonals of precisions."""
    problem = StatedHypertension(**parameters).problem
    mean, precision = problem.reward.prior.arrays(problem.arm_names, problem.columns, 99.0)
    diagonal = np.einsum("kdd->kd", precision)
    assert (precision == diagonal[..., None] * np.eye(9)).all()
    return mean, diagonal


def test_a_right_expert_states_the_truth() -> None:
    mean, precision = prior_of(noise=10.0)
    assert mean[0].tolist() == pytest.approx(
        [42.0, 0.51, -1.91, -0.29, 0.0, -1.43, 2.12, 0.48, -8.79]
    )
    assert (precision == 1.0 + (10.0 / 4.0) ** 2).all()


@pytest.mark.parametrize(
    ("parameters", "precision"),
    [
        ({}, 1.0 + 1 / 16),
        ({"noise": 10.0, "sd": 2.0}, 26.0),  # (10/2)² = 25 = the sample size
        ({"noise": 10.0, "sd": 1.0}, 26.0),
        ({"noise": 10.0, "sd": 1.0, "sample_size": 5.0}, 6.0),
        ({"noise": 10.0, "trust": 0.2}, 2.25),
    ],
)
def test_the_more_modest_claim_makes_it_firm(
    parameters: dict[str, float], precision: float
) -> None:
    assert prior_of(**parameters)[1] == pytest.approx(np.full((2, 9), precision))


def test_a_wrong_expert_knows_the_level_alone() -> None:
    right, wrong = prior_of()[0], prior_of(effects="reversed")[0]
    assert (right[:, 0] == wrong[:, 0]).all()
    assert (right[:, 1:] == -wrong[:, 1:]).all()


def test_errors_are_those_of_the_beliefs() -> None:
    world = StatedHypertension(error=3.0, expert=4)
    theta = believed(world.theta, Hypertension().problem, "as they are", 3.0, 4)
    np.testing.assert_allclose(prior_of(error=3.0, expert=4)[0], theta)
    assert (prior_of(error=3.0, expert=5)[0] != theta).any()
    assert (prior_of(expert=5)[0] == prior_of(expert=4)[0]).all()


@pytest.mark.parametrize("trust", [0.0, 0.25, 1.0])
def test_the_mean_is_believed_as_far_as_it_is_trusted(trust: float) -> None:
    np.testing.assert_allclose(prior_of(trust=trust)[0], trust * Hypertension().theta)


def test_without_trust_it_is_the_world_without_an_expert() -> None:
    for policy in (GLRB(), RecourseTS()):
        plain = policy.init(Hypertension().problem)
        told = policy.init(StatedHypertension(trust=0.0, effects="reversed", error=2.0).problem)
        for one, other in zip(plain, told, strict=True):
            np.testing.assert_array_equal(one, other)


def test_everything_else_is_hypertension() -> None:
    parameters: dict[str, float] = {"noise": 3.0, "intercept": 30.0, "radius": 2.0}
    stated, plain = StatedHypertension(**parameters), Hypertension(**parameters)  # type: ignore[arg-type]
    described, other = stated.problem.to_json(), plain.problem.to_json()
    assert described["reward"].pop("prior")
    other["reward"].pop("prior", None)
    assert described == other
    assert (stated.theta == plain.theta).all()
    assert "no language model was asked" in stated.note
    assert Problem.from_json(stated.problem.to_json()) == stated.problem


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"effects": "none"}, "effects must be one of"),
        ({"error": -1.0}, "error must be finite and >= 0"),
        ({"trust": 1.5}, r"trust must lie in \[0, 1\]"),
        ({"sd": 0.0}, "sd must be positive and finite, got 0.0"),
        ({"sample_size": float("inf")}, "sample_size must be positive and finite, got inf"),
        ({"expert": -1}, "expert must be a whole number >= 0, got -1"),
    ],
)
def test_a_parameter_out_of_its_range_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        StatedHypertension(**change)
