"""One person takes a shorter way to the kernels, and finds what the broadcasting kernel finds."""

from typing import Any

import numpy as np
import pytest

from recourse_bandits import kernels
from tests.kernels.instances import random_arms

ARMS, DIMENSION = 4, 6


def arguments(kernel: str, seed: int = 0) -> dict[str, Any]:
    """Inputs of one example, in order."""
    rng = np.random.default_rng(seed)
    arms = random_arms(rng, ARMS, DIMENSION, outcomes=8)
    size = 3
    person = {"x": rng.standard_normal(DIMENSION)}
    lower, upper = np.full(size, -0.7), np.full(size, np.inf)
    box = (lower, upper, np.ones(size), 1.5, (kernels.region.L2, kernels.region.LINF)[seed % 2])
    names = ("lower", "upper", "weight", "radius", "norm")
    limits: dict[str, Any] = {"mutable": np.array([0, 2, 5]), **dict(zip(names, box, strict=True))}
    region = kernels.region.ball_and_box(*box)
    regions = {"mutable": limits["mutable"]} | dict(
        zip(kernels.region.Region._fields, region, strict=True)
    )
    eligible = {"eligible": np.arange(ARMS) != seed % ARMS}
    ellipsoids = {"factor": arms.factor, "estimate": arms.estimate, "rho": arms.rho}
    key = {"seed": 3, "number": seed, "stream": 0}
    if kernel == "largest_upper_bound":
        return {**ellipsoids, **person, **eligible, **key}
    largest, search = {"largest_variance": arms.largest_variance}, {"tolerance": 1e-9}
    search["max_iterations"] = 500
    worst = {"fixed": np.array([False, seed % 3 == 0, False]), "eps": 0.4}
    if kernel == "most_cautious":
        limits |= worst
        return {**ellipsoids, **largest, **person, **limits, **eligible, **search, **key}
    if kernel == "most_optimistic":
        return {**ellipsoids, **largest, **person, **regions, **eligible, **search, **key}
    spread = {"factor": arms.factor, "estimate": arms.estimate, "deviation": 0.5, "rho": 2.0}
    if kernel == "best_sampled_cautiously":
        return {**spread, **person, **limits, **worst, **eligible, **key}
    return {**spread, **person, **regions, **eligible, **key}


KERNELS = {
    "largest_upper_bound": kernels.linear_arms.largest_upper_bound,
    "most_optimistic": kernels.optimistic_choice.most_optimistic,
    "best_sampled": kernels.posterior.best_sampled,
    "most_cautious": kernels.cautious_choice.most_cautious,
    "best_sampled_cautiously": kernels.cautious_choice.best_sampled_cautiously,
}


@pytest.mark.parametrize("name", KERNELS)
def test_the_shorter_way_leads_to_the_same_bits(name: str) -> None:
    kernel = KERNELS[name]
    for seed in range(200):
        given = tuple(arguments(name, seed).values())
        for short, long in zip(kernel.one(*given), kernel.kernel.ufunc(*given), strict=True):
            np.testing.assert_array_equal(short, long)


@pytest.mark.parametrize("name", KERNELS)
def test_the_shorter_way_is_taken_by_one_person_only(name: str) -> None:
    kernel = KERNELS[name]
    given = arguments(name)
    assert type(kernel(*given.values())[0]) is int  # NumPy would give its own integer
    people = {**given, "x": np.tile(given["x"], (2, 1))}
    assert kernel(*people.values())[0].shape == (2,)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("way", ["strided", "not writable", "numbers of 32 bits"])
def test_arrays_of_any_kind_are_read_as_they_are_meant(name: str, way: str) -> None:
    kernel = KERNELS[name]
    given = arguments(name)
    expected = kernel(*given.values())
    for argument, value in given.items():
        if not isinstance(value, np.ndarray):
            continue
        if way == "strided":
            other = np.zeros((*value.shape[:-1], 2 * value.shape[-1]), value.dtype)[..., ::2]
            other[...] = value
        elif way == "not writable":
            other = value.copy()
            other.flags.writeable = False
        elif argument == "mutable":
            other = value.astype(np.int32)
        else:
            continue
        for one, two in zip(kernel(*{**given, argument: other}.values()), expected, strict=True):
            np.testing.assert_array_equal(one, two, err_msg=argument)


@pytest.mark.parametrize("name", KERNELS)
def test_arrays_that_do_not_belong_together_are_refused(name: str) -> None:
    given = arguments(name)
    for argument, value in given.items():
        if isinstance(value, np.ndarray) and value.size and argument != "mutable":
            with pytest.raises(ValueError, match="must have|mismatch"):
                KERNELS[name](*{**given, argument: value[:-1]}.values())
