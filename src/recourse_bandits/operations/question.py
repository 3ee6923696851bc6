"""A question of a queue on a terminal, in full."""

import math
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from recourse_bandits.advisers import AskedQuestion
from recourse_bandits.operations.texts import shown
from recourse_bandits.study.explanation import estimate

_NORMS = {
    "l1": "sum of efforts",
    "l2": "square root of the sum of squared efforts",
    "linf": "largest single effort",
    "lp": "norm of efforts of power {power}",
    "mahalanobis": "square root of u'Au, with u the changes in their weights and A {matrix}",
}


def show_question(asked: AskedQuestion, console: Console) -> None:
    """Print a question: the person, the arms, the limits, the policy's proposal, and any answer.

    Parameters
    ----------
    asked
        The question.
    console
        Where to print.
    """
    content = asked.content
    who = [content[key] for key in ("subject", "request_id") if content[key] is not None]
    named = f" ({', '.join(who)})" if who else ""
    console.print(f"[bold]question {asked.number}[/bold]{shown(named)}", highlight=False)
    console.print(f"asked {asked.asked_at:%Y-%m-%d %H:%M} UTC; {_until(asked)}", highlight=False)
    _show_person(content, console)
    _show_arms(content, console)
    _show_limits(content, console)
    _show_proposal(content, console)
    _show_reply(asked, console)


def _until(asked: AskedQuestion) -> str:
    if asked.deadline is None:
        return "no deadline"
    return f"an answer is accepted until {asked.deadline:%Y-%m-%d %H:%M} UTC"


def _show_person(content: Mapping[str, Any], console: Console) -> None:
    table = Table("feature", "value", "unit", "description", title="the person")
    for feature in content["person"]:
        value = "not known" if feature["filled_in"] else number_of(feature["value"])
        cells = (feature["name"], value, feature["unit"], feature["description"])
        table.add_row(*(shown(cell) for cell in cells))
    console.print(table)


def _show_arms(content: Mapping[str, Any], console: Console) -> None:
    dosed = any("dose" in arm for arm in content["arms"])
    columns = ["arm", "description", *(["first dose"] if dosed else [])]
    table = Table(*columns, title="arms that may be given")
    for arm in content["arms"]:
        cells = [arm["name"], arm["description"], *([arm.get("dose", "")] if dosed else [])]
        table.add_row(*(shown(cell) for cell in cells))
    console.print(table)


def _show_limits(content: Mapping[str, Any], console: Console) -> None:
    if content["no_recourse"]:
        console.print(f"no change is possible: {shown(content['no_recourse'])}")
    if not content["limits"]:
        console.print("nothing can change")
        return
    columns = ["feature", "now", "lowest", "highest", "unit", "effort of 1"]
    some = any(allowed_in(limit) for limit in content["limits"])
    table = Table(*columns, *(["allowed"] if some else []), title="what can change")
    for limit in content["limits"]:
        ends = [number_of(limit[end]) for end in ("lowest", "highest")]
        if isinstance(limit["value"], str):
            ends = ["", ""]
        cells = [limit["name"], number_of(limit["value"]), *ends, limit["unit"]]
        cells += [f"{limit['effort']:.4g}", *([allowed_in(limit)] if some else [])]
        table.add_row(*(shown(cell) for cell in cells))
    console.print(table)
    _show_budget(content, console)
    if content["must_change"]:
        console.print("a feature is outside its bounds now: the change should lead back inside")


def _show_budget(content: Mapping[str, Any], console: Console) -> None:
    budget = content["budget"]
    told = [
        f"each alone; together at most an effort of {budget['radius']:g}, the "
        f"{_NORMS[budget['norm']].format_map(budget)}"
    ]
    if "max_changed" in budget:
        told.append(f"at most {budget['max_changed']} of them may change")
    if "price" in budget:
        told.append(f"each unit of effort should bring {budget['price']:g} of reward")
    told += [
        f"{one['name']} follows {one['leader']}: {one['share']:+g} {one['unit']}".rstrip()
        + " for each unit of that"
        for one in content.get("following", ())
    ]
    for line in told:
        console.print(shown(line), highlight=False)


def _show_proposal(content: Mapping[str, Any], console: Console) -> None:
    proposal, reward = content["proposal"], content["reward"]
    moving = [*content["limits"], *content.get("following", ())]
    limits = {limit["name"]: limit["unit"] for limit in moving}
    changes = [
        f"{name} to {value if isinstance(value, str) else format(value, '.6g')} "
        f"{limits.get(name, '')}".rstrip()
        for name, value in proposal["target"].items()
    ]
    told = f"the policy's own: {proposal['arm']}; {', '.join(changes) or 'no change'}"
    console.print(shown(told), highlight=False)
    if proposal["mean"] is None:
        expected = "nothing is known of its reward"
    else:
        mean, low, high = (
            math.nan if proposal[name] is None else proposal[name]
            for name in ("mean", "low", "high")
        )
        expected = f"expected reward {estimate(mean, low, high, reward['unit'])}"
    console.print(shown(f"{expected} ({_reward(reward)})"), highlight=False)


def _reward(reward: Mapping[str, Any]) -> str:
    if "expects" in reward:  # with a link
        return f"larger is better; reward = {reward['expects']}"
    formula = reward["transformation"]
    return f"larger is better; reward = {formula or reward['measure']}"


def _show_reply(asked: AskedQuestion, console: Console) -> None:
    reply = asked.reply
    if reply is not None:
        who = reply.by if reply.by is not None else "somebody"
        said = reply.reason if reply.arm is None else reply.arm
        console.print(
            shown(f"answered by {who} on {reply.at:%Y-%m-%d %H:%M} UTC: {said}"),
            highlight=False,
        )
    elif asked.closed_at is not None:
        console.print("closed: the decision was made or withdrawn without an answer")


def allowed_in(limit: Mapping[str, Any]) -> str:
    """Return which values a feature may have alone, where steps or categories leave only some.

    Parameters
    ----------
    limit
        What a question says of the feature.
    """
    if "step" in limit:
        return f"in steps of {limit['step']:g}"
    return ", ".join(number_of(value) for value in limit.get("values", ()))


def number_of(value: float | str | None) -> str:
    """Return a raw value as it is shown and may be typed.

    Parameters
    ----------
    value
        The value; None: there is no limit.
    """
    if value is None:
        return "open"
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)
