"""Confidence radii: numbers worked out by hand, and the order of the two forms."""

import math

import numpy as np
import pytest

from recourse_bandits import kernels


def test_lemma_2_by_hand() -> None:
    # log(1 + 1·(e-1)) = 1 and log(K/failure) = log(2/(2/e)) = 1: sqrt(2·1 + 2·1) = 2
    radius = kernels.confidence.lemma_2_radius(1, 2, 2, 2.0, 2.0 / math.e, math.e - 1.0, 3.0)

    assert radius == pytest.approx(2.0 * 2.0 + 3.0, rel=1e-14)


def test_lemma_2_by_hand_with_everyday_numbers() -> None:
    # d = 4, K = 10, noise 0.5, failure 0.05, 24 outcomes, beta_X²/lambda = 1, bias 1.5
    # inner = 4·log 25 + 4·log 200 = 4·log 5000 = 34.0687727...; 0.5·5.836846... + 1.5
    radius = kernels.confidence.lemma_2_radius(24, 4, 10, 0.5, 0.05, 1.0, 1.5)

    assert radius == pytest.approx(4.418422, abs=5e-6)


def test_determinant_form_by_hand() -> None:
    # sqrt(det V / lambda^d) = e, K/failure = e: sqrt(2·(1 + 1)) = 2
    radius = kernels.confidence.determinant_radius(2.0, 3, 2.0, 3.0 / math.e, 3.0)

    assert radius == pytest.approx(2.0 * 2.0 + 3.0, rel=1e-14)


def test_determinant_form_by_hand_with_everyday_numbers() -> None:
    # sqrt(det) = 5, K/failure = 200: sqrt(2·log 1000) = 3.716922...; 0.5 of it + 1.5
    radius = kernels.confidence.determinant_radius(2.0 * math.log(5.0), 10, 0.5, 0.05, 1.5)

    assert radius == pytest.approx(3.358461, abs=5e-6)


@pytest.mark.parametrize("scale", [0.0, 0.07, 1.0, 2.5])
def test_radius_is_the_named_form_times_the_scale(scale: float) -> None:
    forms = kernels.confidence
    rest = (17, 1.3, 5, 4, 0.8, 0.1, 2.2, 0.6)  # count, log_det, d, K, noise, failure, growth, bias
    lemma_2 = forms.lemma_2_radius(17, 5, 4, 0.8, 0.1, 2.2, 0.6)
    determinant = forms.determinant_radius(1.3, 4, 0.8, 0.1, 0.6)

    assert forms.radius(forms.LEMMA_2, scale, *rest) == pytest.approx(scale * lemma_2)
    assert forms.radius(forms.DETERMINANT, scale, *rest) == pytest.approx(scale * determinant)
    assert forms.radius(forms.POSTERIOR, scale, *rest) == pytest.approx(scale * 0.8)


@pytest.mark.parametrize("dimension", [2, 3, 5, 20])
@pytest.mark.parametrize("penalty", [0.1, 1.0, 10.0])
def test_determinant_form_never_exceeds_lemma_2_for_two_or_more_features(
    dimension: int, penalty: float
) -> None:
    rng = np.random.default_rng([dimension, int(10 * penalty)])
    bound = 2.0
    for count in (0, 1, 2, 5, 30, 400):
        for arms in (1, 2, 10):
            contexts = rng.standard_normal((count, dimension)) * rng.uniform(0.01, 5.0, dimension)
            lengths = np.linalg.norm(contexts, axis=1, keepdims=True)
            contexts *= np.minimum(1.0, bound / np.maximum(lengths, 1e-300))
            gram = contexts.T @ contexts / penalty
            log_det = np.linalg.slogdet(np.eye(dimension) + gram)[1]

            determinant = kernels.confidence.determinant_radius(log_det, arms, 1.0, 0.05, 0.7)
            lemma_2 = kernels.confidence.lemma_2_radius(
                count, dimension, arms, 1.0, 0.05, bound**2 / penalty, 0.7
            )

            assert determinant <= lemma_2 * (1.0 + 1e-12)


def test_radii_grow_with_everything_that_makes_failure_likelier() -> None:
    base = {
        "count": 10,
        "d": 3,
        "arms": 4,
        "noise": 1.0,
        "failure": 0.1,
        "growth": 2.0,
        "bias": 1.0,
    }
    larger = {
        "count": 11,
        "d": 4,
        "arms": 5,
        "noise": 1.1,
        "failure": 0.05,
        "growth": 3.0,
        "bias": 2,
    }

    for name, value in larger.items():
        changed = {**base, name: value}
        grown = kernels.confidence.lemma_2_radius(*changed.values())
        assert grown > kernels.confidence.lemma_2_radius(*base.values()), name

    start = (1.0, 4, 1.0, 0.1, 1.0)  # log_det_gain, arms, noise, failure, bias
    for position, number in enumerate((1.1, 5, 1.1, 0.05, 1.1)):
        arguments = [*start[:position], number, *start[position + 1 :]]
        grown = kernels.confidence.determinant_radius(*arguments)
        assert grown > kernels.confidence.determinant_radius(*start), position


def test_without_outcomes_both_forms_keep_the_prior_bias() -> None:
    assert kernels.confidence.lemma_2_radius(0, 3, 1, 1.0, 1.0, 5.0, 0.4) == pytest.approx(0.4)
    assert kernels.confidence.determinant_radius(0.0, 1, 1.0, 1.0, 0.4) == pytest.approx(0.4)
