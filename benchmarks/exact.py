"""What exact estimates of a logistic model cost, and what they are worth.

    make bench-exact               # tables, and the picture docs/images/exact-cost.svg
    python -m benchmarks.exact --picture F.svg --json F.json

Three things of GLRB(scale=0.2), in CPU time on one thread:

- rounds a CPU-second of the one-pass estimate, beside those with the identity link: the full loop
  {decide, observe, update}, after 1,000, 10,000 and 100,000 rounds, in the fastest of five lives;
- the time of a round against the rows of an arm, where its estimate is exact;
- regret against `exact_rows`.
"""

import argparse
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import recourse_bandits as rb
from benchmarks.cost import live
from benchmarks.exact_picture import draw
from benchmarks.machine import machine, threads
from benchmarks.measuring import WARM_UP_ROUNDS
from benchmarks.peers import ours
from benchmarks.world import ARMS, World, world

DIMENSIONS = (5, 20, 50)
ROWS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
ROUNDS = (1_000, 10_000, 100_000)
LIVES = 5
REPEATED, SLICES, TURNS = 10, 15, 3
LIMITS = (0, 50, 200, 500, None)
HORIZON, SEEDS = 3_000, 10
WORLDS = {"d = 8, K = 2": (8, 2, 0.4), "d = 20, K = 10": (20, 10, 0.25)}
SCALES = (0.2, 1.0)
ONE_PASS, EXACT, IDENTITY = "logistic, one pass", "logistic, exact", "identity"


@dataclass(frozen=True)
class Cost:
    """CPU microseconds of a round whose arms have so many rows."""

    line: str
    dimension: int
    rows: int
    microseconds: float


@dataclass(frozen=True)
class Regret:
    """Mean over seeds, with its standard error."""

    world: str
    scale: float
    exact_rows: int | None
    mean: float
    error: float
    difference: float
    """From always exact, in pairs of the same seed; with its standard error."""
    difference_error: float


def of_rows(here: World, rows: int) -> ours.PolicyLayerExact:
    """An exact policy whose arms have so many rows each, given by turns."""
    contestant = ours.PolicyLayerExact(here)
    known = contestant.state.rows
    assert known is not None
    count = here.arms * (rows - 1)
    rewards = [here.reward(n, n % here.arms, here.features[n]) for n in range(count)]
    known = known._replace(
        points=tuple(here.features[arm : count : here.arms].copy() for arm in range(here.arms)),
        rewards=tuple(np.array(rewards[arm :: here.arms]) for arm in range(here.arms)),
    )
    counts = np.full(here.arms, rows - 1)
    contestant.state = contestant.state._replace(rows=known, counts=counts)
    for arm in range(here.arms):
        outcome = rb.Outcome(arm, here.features[arm], 1.0)
        contestant.state = contestant.policy.observed(contestant.state, None, outcome)
    return contestant


def round_microseconds(contestant: ours.PolicyLayer, here: World) -> float:
    """CPU time of a round, in the fastest of several slices that start from the same state."""
    state, slices = contestant.state, []
    for number in range(SLICES):
        first = number * REPEATED
        slices.append(live(contestant, here, first, first + REPEATED) / REPEATED)
        contestant.state = state
    return 1e6 * min(slices)


def costs(dimension: int) -> list[Cost]:
    here = world(dimension, 2, link="logistic")
    one_pass = ours.PolicyLayerOnePass(here)
    live(one_pass, here, 0, 1_000)
    flat = round_microseconds(one_pass, here)
    found = [
        Cost(EXACT, dimension, rows, round_microseconds(of_rows(here, rows), here)) for rows in ROWS
    ]
    return found + [Cost(ONE_PASS, dimension, rows, flat) for rows in ROWS]


def fastest(progress: Progress) -> list[Cost]:
    """The costs of all dimensions, in turns, so that a slow minute does not stay in a line."""
    task = progress.add_task("time of a round", total=TURNS * len(DIMENSIONS))
    least: dict[tuple[str, int, int], Cost] = {}
    for _ in range(TURNS):
        for dimension in DIMENSIONS:
            for cost in costs(dimension):
                place = cost.line, cost.dimension, cost.rows
                least[place] = min(least.get(place, cost), cost, key=lambda c: c.microseconds)
            progress.advance(task)
    return list(least.values())


def rates() -> list[tuple[str, int, float]]:
    """Rounds a CPU-second over the second half of so many rounds, in the fastest of some lives."""
    kinds = {IDENTITY: ours.PolicyLayerGLRB, ONE_PASS: ours.PolicyLayerOnePass}
    spent: dict[tuple[str, int], list[float]] = {}
    for _ in range(LIVES):
        for line, kind in kinds.items():
            here = world(20, ARMS, ROUNDS[-1], kind.link)
            live(kind(here), here, 0, WARM_UP_ROUNDS)
            contestant, gone = kind(here), 0
            for rounds in ROUNDS:
                half = rounds // 2
                live(contestant, here, gone, half)
                seconds = live(contestant, here, half, rounds)
                spent.setdefault((line, rounds), []).append((rounds - half) / seconds)
                gone = rounds
    return [(line, rounds, max(each)) for (line, rounds), each in spent.items()]


def regret(name: str, scale: float, exact_rows: int | None, seed: int) -> float:
    """Sum over rounds of the best probability of success minus that of what was chosen."""
    dimension, arms, strength = WORLDS[name]
    here = world(dimension, arms, HORIZON, "logistic", strength, seed)
    policy = rb.GLRB(scale=scale, exact_rows=exact_rows)
    first, state = here.problem.context(here.features[0]), policy.init(here.problem)
    gains = here.environment.radius * np.linalg.norm(here.theta, axis=1)
    total = 0.0
    for number, x in enumerate(here.features):
        proposal = policy.propose(state, replace(first, values=x), rb.Key(seed, number, 0))
        arm, point = int(proposal.arm), proposal.point
        best = float((here.theta @ x + gains).max())
        total += probability(best) - probability(float(point @ here.theta[arm]))
        outcome = rb.Outcome(arm, point, here.reward(number, arm, point))
        state = policy.observed(state, None, outcome, donate=True)
    return total


def probability(z: float) -> float:
    return float(0.5 * (1.0 + np.tanh(0.5 * z)))


def summary(name: str, scale: float, totals: dict[int | None, list[float]]) -> list[Regret]:
    """Means, and differences from always exact within the same seed."""
    exact = np.array(totals[None])

    def error(values: np.ndarray) -> float:
        return float(values.std(ddof=1) / np.sqrt(values.size))

    found = []
    for limit, each in totals.items():
        values = np.array(each)
        apart = values - exact
        row = values.mean(), error(values), apart.mean(), error(apart)
        found.append(Regret(name, scale, limit, *map(float, row)))
    return found


def regrets(progress: Progress) -> list[Regret]:
    task = progress.add_task("regret", total=len(WORLDS) * len(SCALES) * SEEDS * len(LIMITS))
    found = []
    for name in WORLDS:
        for scale in SCALES:
            totals: dict[int | None, list[float]] = {limit: [] for limit in LIMITS}
            for seed in range(1, SEEDS + 1):
                for limit in LIMITS:
                    totals[limit].append(regret(name, scale, limit, seed))
                    progress.advance(task)
            found += summary(name, scale, totals)
    return found


def show_rates(found: list[tuple[str, int, float]], console: Console) -> None:
    rate = {(line, rounds): each for line, rounds, each in found}
    table = Table(
        "",
        *(f"after {rounds:,}" for rounds in ROUNDS),
        title=f"Rounds a CPU-second; GLRB(scale=0.2), d = 20, K = {ARMS}",
    )
    for line in (IDENTITY, ONE_PASS):
        table.add_row(line, *(f"{rate[line, rounds]:,.0f}" for rounds in ROUNDS))
    quotients = (rate[ONE_PASS, rounds] / rate[IDENTITY, rounds] for rounds in ROUNDS)
    table.add_row("ratio", *(f"{each:.2f}" for each in quotients))
    console.print(table)


def show_costs(found: list[Cost], console: Console) -> None:
    title = "CPU µs a round against the rows of an arm; GLRB(scale=0.2), logistic, K = 2"
    table = Table("", *(f"{rows:,}" for rows in ROWS), title=title)
    for line in (EXACT, ONE_PASS):
        for d in DIMENSIONS:
            cells = [c.microseconds for c in found if (c.line, c.dimension) == (line, d)]
            table.add_row(f"{line}, d = {d}", *(f"{cell:,.0f}" for cell in cells))
    console.print(table)


def show_regrets(found: list[Regret], console: Console) -> None:
    title = f"Regret in {HORIZON:,} rounds, GLRB, {SEEDS} seeds; (difference from always exact)"
    heads = (f"exact_rows={limit}" for limit in LIMITS)
    table = Table("world", "scale", *heads, title=title)
    for name in WORLDS:
        for scale in SCALES:
            here = [each for each in found if (each.world, each.scale) == (name, scale)]
            cells = (
                f"{each.mean:.0f} ± {each.error:.0f} "
                f"({each.difference:+.1f} ± {each.difference_error:.1f})"
                for each in here
            )
            table.add_row(name, f"{scale:g}", *cells)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--picture", type=Path, default=Path("docs/images/exact-cost.svg"))
    arguments = parser.parse_args()
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)
    with Progress(console=console, transient=True) as progress:
        spent = fastest(progress)
        speed = rates()
        lost = regrets(progress)
    show_rates(speed, console)
    show_costs(spent, console)
    show_regrets(lost, console)
    console.print(f"{machine()}; {threads()}")
    draw([asdict(cost) for cost in spent], arguments.picture)
    console.print(f"picture: {arguments.picture}")
    if arguments.json:
        figures = {
            "rates": speed,
            "costs": [asdict(cost) for cost in spent],
            "regrets": [asdict(each) for each in lost],
        }
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
