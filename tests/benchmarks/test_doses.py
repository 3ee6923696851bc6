"""The benchmark of doses runs."""

from benchmarks.doses import rates
from recourse_bandits import BSGDMAB, SGDMAB


def test_both_policies_are_measured() -> None:
    for policy in (SGDMAB(), BSGDMAB(100, 3.0)):
        assert min(rates(policy, rounds=300)) > 100.0  # ten times more on any machine
