"""How often Algorithm 2 misses the global optimistic maximum: the table behind math.md §3.

Run with `pytest studies/test_optimistic_misses.py -s` to see the table. The setting: l2 or linf
ball of radius 3, standard normal coefficients and contexts, noise 1, confidence radius 0.3 ×
Lemma 2 with ten arms and failure 0.05. The reference is Algorithm 2 from 300 random starts on the
boundary under l2, and all vertices under linf, which is exact.
"""

from typing import NamedTuple

import pytest

from tests.kernels.oracles import relative_misses

INSTANCES = 2000
OUTCOMES = (0, 1, 3, 5, 10, 20, 50, 100, 500)


class Setting(NamedTuple):
    """One column of the table, and the largest share of misses at any number of outcomes."""

    dimension: int
    mutable: int
    most: float
    norm: str = "l2"


@pytest.mark.parametrize(
    "setting",
    # seen: 7 % with 3 outcomes, 4 % with 5, 4 % with 5, 2 % with 10
    [
        Setting(2, 2, 0.09),
        Setting(8, 2, 0.05),
        Setting(4, 4, 0.06),
        Setting(8, 8, 0.04),
        Setting(2, 2, 0.3, "linf"),
        Setting(8, 2, 0.3, "linf"),
        Setting(8, 8, 0.7, "linf"),
    ],
    ids=lambda setting: f"{setting.norm}-{setting.dimension}-{setting.mutable}",
)
def test_misses_stay_rare_at_every_number_of_outcomes(setting: Setting) -> None:
    print(
        f"\n{setting.norm}, d = {setting.dimension}, d_M = {setting.mutable}, {INSTANCES:,} a row"
    )
    print("outcomes   missed   worst loss   steps: mean   most")
    shares = []
    for outcomes in OUTCOMES:
        misses, steps = relative_misses(
            dimension=setting.dimension,
            size=setting.mutable,
            outcomes=outcomes,
            instances=INSTANCES,
            seed=2,
            starts=300,
            norm=setting.norm,
        )
        shares.append(float((misses > 1e-6).mean()))
        worst = max(float(misses.max()), 0.0)
        print(
            f"{outcomes:8d} {shares[-1]:8.2%} {worst:12.1%} {steps.mean():13.1f} {steps.max():6.0f}"
        )
        assert misses.min() > -1e-8

    assert max(shares) <= setting.most
    assert shares[0] == 0.0
