"""Tables of what a world takes from real people."""

from recourse_bandits.environments import Environment, Fertility, Warfarin
from recourse_bandits.environments.fertility import PAPER_COEFFICIENTS

Table = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Heading, columns and rows."""

_LOW, _FIRST = 2.0, 35.0  # INR and mg/week of the person for whom a naive dose is computed
_FEW, _MANY = 14.0, 65.0  # mg/week; nine in ten people lie between
# the share follows from its Table 3; R² and error of its Table 2 are from memory
_IWPC = ("IWPC 2009, other people, square root", "1,009", "0.43", "8.5", "45 %")


def tables_of(environment: Environment) -> tuple[Table, ...]:
    """Return what was fitted to the people of a world; nothing where nothing was.

    Parameters
    ----------
    environment
        The world.
    """
    if isinstance(environment, Fertility):
        return (_scores(environment),)
    if isinstance(environment, Warfarin):
        return _naive(environment), _required(environment), _needs(environment)
    return ()


def _scores(world: Fertility) -> Table:
    rows = tuple(
        (
            arm,
            *(f"{value:.3f}" for value in values),
            ", ".join(f"{value:.2f}" for value in PAPER_COEFFICIENTS[arm]),
        )
        for arm, values in world.coefficients().items()
    )
    columns = ("arm", *world.problem.columns[-3:], "in the paper")
    return "Fitted coefficients, score per standard deviation", columns, rows


def _naive(world: Warfarin) -> Table:
    """What would come of a dose from the file's own slope of the INR."""
    alone, beside = world.naive_slopes
    assumed = world.slope
    cases = (
        ("fitted, alone", alone.value, f"{alone.low:.4f} to {alone.high:.4f}"),
        ("fitted, beside features", beside.value, f"{beside.low:.4f} to {beside.high:.4f}"),
        ("assumed in this world", assumed, ""),
    )
    rows = tuple(
        (
            name,
            f"{slope:.4f}",
            interval,
            f"{slope * (_MANY - _FEW):+.2f}",
            f"{_FIRST + (world.target - _LOW) / slope:,.0f} mg/week" if slope > 0 else "none",
        )
        for name, slope, interval in cases
    )
    heading = (
        "Warning: the slope of INR on dose in the file is dangerous to dose by. Doses were already "
        "titrated to the INR: who needs more was given more, and all have about the same INR"
    )
    columns = (
        "INR per mg/week",
        "slope",
        "95 % interval",
        f"INR, {_FEW:g} to {_MANY:g} mg/week",
        f"dose it asks for at INR {_LOW:g} on {_FIRST:g} mg/week",
    )
    return heading, columns, rows


def _required(world: Warfarin) -> Table:
    """How well computed doses meet those that people needed."""
    names = ("linear (simulated here)", "square root, as the IWPC", f"{_FIRST:g} mg/week for all")
    rows = tuple(
        (name, f"{fit.people:,}", f"{fit.r2:.2f}", f"{fit.error:.1f}", f"{100 * fit.close:.0f} %")
        for name, fit in zip(names, world.fits, strict=True)
    )
    columns = ("dose", "people", "R²", "mean absolute error", "within 20 %")
    return "Fitted: the required dose, mg/week, in sample", columns, (*rows, _IWPC)


def _needs(world: Warfarin) -> Table:
    """What features add to the required dose."""
    need = dict(zip(world.problem.columns, world.need.tolist(), strict=True))
    rows = []
    for feature in world.problem.features:
        if feature.categories:
            first, *others = (f"{feature.name}={category}" for category in feature.categories)
            rows += [(name, f"{need[name] - need[first]:+.1f}", first) for name in others]
        else:
            rows.append((feature.name, f"{need[feature.name]:+.1f}", ""))
    heading = "Fitted: what features add to the required dose, mg/week"
    return heading, ("feature", "mg/week per unit", "instead of"), tuple(rows)
