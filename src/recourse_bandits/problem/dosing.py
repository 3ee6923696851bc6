"""What must hold of arms, doses, sub-outcome and reward together."""

from collections.abc import Collection, Sequence

from recourse_bandits.errors import InvalidMeasure
from recourse_bandits.problem.arithmetic import numbers_in
from recourse_bandits.problem.arm import Arm
from recourse_bandits.problem.dose import DOSE
from recourse_bandits.problem.encoding import nearest
from recourse_bandits.problem.feature import Feature
from recourse_bandits.problem.reward import Reward
from recourse_bandits.problem.sub_outcome import SubOutcome


def check_dosing(
    arms: Sequence[Arm],
    features: Collection[str],
    columns: Collection[str],
    reward: Reward,
    sub_outcome: SubOutcome | None,
) -> None:
    """Raise ValueError if the parts of a problem with doses contradict each other.

    Parameters
    ----------
    arms
        The arms.
    features, columns
        Names of the features and of the columns that they make.
    reward
        What is rewarded.
    sub_outcome
        By what doses are judged, or None.
    """
    dosed = [arm.name for arm in arms if arm.dose is not None]
    if dosed and DOSE in features:
        raise ValueError(
            f"a feature is named {DOSE!r}, as is the dose that was taken where it is reported: "
            "rename the feature"
        )
    if sub_outcome is None:
        return
    measure = sub_outcome.measure
    if not dosed:
        raise ValueError(f"the sub-outcome {measure!r} judges doses, but no arm has a dose")
    if measure == reward.measure:
        raise ValueError(f"reward and sub-outcome have the same measure {measure!r}")
    _check_flag(reward, "a sub-outcome")
    for name in sub_outcome.features or ():
        if name not in columns:
            raise ValueError(
                f"{measure} depends on {name!r}, which is no column{nearest(name, columns)}; the "
                f"columns are {', '.join(columns)}"
            )
    _check_costs(sub_outcome, dosed, [arm.name for arm in arms])


def check_penalties(arms: Sequence[Arm], features: Sequence[Feature], reward: Reward) -> None:
    """Raise ValueError if the penalty of a dose contradicts the rest of a problem.

    Parameters
    ----------
    arms
        The arms.
    features
        The features.
    reward
        What is rewarded.
    """
    numbers = [feature.name for feature in features if feature.categories is None]
    for arm in arms:
        if arm.dose is None or arm.dose.penalty is None:
            continue
        _check_flag(reward, f"the penalty of the dose of {arm.name!r}")
        for name in numbers_in(arm.dose.penalty) - {DOSE}:
            if name not in numbers:
                raise ValueError(
                    f"arm {arm.name!r}: the penalty of its dose uses {name!r}, which is no feature "
                    f"of numbers{nearest(name, numbers)}"
                )


def _check_flag(reward: Reward, judge: str) -> None:
    if reward.link != "logistic" or reward.direction != "increase":
        raise ValueError(
            f"with {judge} the reward is a success flag: it needs link='logistic' and "
            f"direction='increase', got {reward.link!r} and {reward.direction!r}"
        )


def _check_costs(sub_outcome: SubOutcome, dosed: list[str], names: list[str]) -> None:
    measure = sub_outcome.measure
    for what, costs in (("over", sub_outcome.over), ("under", sub_outcome.under)):
        if not isinstance(costs, dict):
            continue
        for name in costs:
            if name not in names:
                raise ValueError(f"{what} of {measure} names {name!r}, which is no arm")
            if name not in dosed:
                raise ValueError(
                    f"{what} of {measure} names {name!r}, which has no dose: leave it out, or give "
                    "the arm a dose"
                )
        absent = [name for name in dosed if name not in costs]
        if absent:
            raise ValueError(f"{what} of {measure} is missing for {', '.join(absent)}")


def require_flag(reward: Reward, measured: float) -> None:
    """Raise InvalidMeasure unless a value stands for a success or a failure.

    Parameters
    ----------
    reward
        What is rewarded.
    measured
        An accepted value of its measure.
    """
    if reward.value(measured) not in (0.0, 1.0):
        raise InvalidMeasure(
            f"{reward.measure} must be 1 for a success or 0 for a failure, got {measured:g}"
        )
