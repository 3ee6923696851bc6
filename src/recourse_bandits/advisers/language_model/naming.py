"""Names as a model writes them."""

from collections.abc import Collection

from recourse_bandits.advisers.language_model.quoting import listed, quoted, said
from recourse_bandits.errors import IneligibleArm, InvalidAdvice, UnknownArm
from recourse_bandits.problem import Feature, Problem


def meant(name: str, known: Collection[str], repairs: list[str]) -> str | None:
    """Return the known name that is meant; None if there is none.

    Parameters
    ----------
    name
        As the model wrote it; case and spaces around it may differ from the known name's.
    known
        The names there are.
    repairs
        A repair is added to these if the name is not written exactly so.

    Raises
    ------
    InvalidAdvice
        If it could be several.
    """
    if name in known:
        return name
    alike = [other for other in known if other.strip().casefold() == name.strip().casefold()]
    if not alike:
        return None
    if len(alike) > 1:
        raise InvalidAdvice(f"{said(name)} could be any of {listed(alike)}: write it exactly")
    repairs.append(f"{said(name)} read as {said(alike[0])}")
    return alike[0]


def arm_meant(name: object, problem: Problem, eligible: Collection[int], repairs: list[str]) -> int:
    """Return the number of the arm that a model names.

    Parameters
    ----------
    name
        What it wrote.
    problem
        The problem.
    eligible
        Numbers of the arms that may be given.
    repairs
        Repairs so far; one may be added.

    Raises
    ------
    InvalidAdvice
        If it is no text, or could be several arms.
    UnknownArm
        If there is no such arm.
    IneligibleArm
        If the person may not be given it.
    """
    names = [problem.arm_names[arm] for arm in eligible]
    rule = f"answer with one of {listed(names)}"
    if not isinstance(name, str):
        raise InvalidAdvice(f'"treatment" must be a name, got {said(name)}: {rule}')
    known = meant(name, problem.arm_names, repairs)
    if known is None:
        raise UnknownArm(f"there is no treatment {said(name)}: {rule}")
    arm = problem.arm_index(known)
    if arm not in eligible:
        raise IneligibleArm(f"the treatment {said(known)} may not be given to this person: {rule}")
    return arm


def category_meant(name: object, feature: Feature, repairs: list[str]) -> str:
    """Return the category that a model names.

    Parameters
    ----------
    name
        What it wrote.
    feature
        The feature.
    repairs
        Repairs so far; one may be added.

    Raises
    ------
    InvalidAdvice
        If it is no text, or no category.
    """
    what, categories = quoted(feature.name), feature.categories or ()
    rule = f"answer with one of {listed(categories)}"
    if not isinstance(name, str):
        raise InvalidAdvice(f"{what} must be the name of a category, got {said(name)}: {rule}")
    known = meant(name, categories, repairs)
    if known is None:
        raise InvalidAdvice(f"{what} has no category {said(name)}: {rule}")
    return known


def by_feature(
    given: dict[str, object],
    problem: Problem,
    shown: Collection[str],
    fixed: Collection[str],
    repairs: list[str],
) -> dict[str, object]:
    """Return what a model says of each feature that the person can change, by its exact name.

    Parameters
    ----------
    given
        What it says, by name as it wrote it.
    problem
        The problem.
    shown
        Names of the features that it was told of.
    fixed
        Mutable features without a value.
    repairs
        Repairs so far; some may be added.

    Raises
    ------
    InvalidAdvice
        If a feature is unknown, immutable, one that follows another, given twice or absent.
    """
    leaders = {f.name: f.follows[0] for f in problem.mutable if f.follows is not None}
    free = [f.name for f in problem.mutable if f.name not in fixed and f.name not in leaders]
    rule = f"name exactly {listed(free)}" if free else "name no feature"
    found: dict[str, object] = {}
    for name, value in given.items():
        known = meant(name, shown, repairs)
        if known is None:
            raise InvalidAdvice(f"there is no feature {said(name)}: {rule}")
        if known in fixed:
            raise InvalidAdvice(
                f"the value of {said(known)} is not known, so it may not be changed: {rule}"
            )
        if known in leaders:
            raise InvalidAdvice(
                f"{said(known)} follows {said(leaders[known])}, so it is not answered: {rule}"
            )
        if known not in free:
            raise InvalidAdvice(f"the person cannot change {said(known)}: {rule}")
        if known in found:
            raise InvalidAdvice(f"{said(known)} is given twice: {rule}, each once")
        found[known] = value
    absent = [name for name in free if name not in found]
    if absent:
        raise InvalidAdvice(f"{listed(absent)} is missing: {rule}")
    return {name: found[name] for name in free}
