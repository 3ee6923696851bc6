"""What a study's language model is asked, and what it answers; nothing is decided or recorded."""

from typing import Any

from rich.console import Console
from rich.text import Text

from recourse_bandits.advisers import LanguageModel
from recourse_bandits.advisers.language_model import Parsed, elicitation_prompt
from recourse_bandits.config import StudySettings
from recourse_bandits.errors import AdviceError, SettingsError
from recourse_bandits.exchanges import Exchange
from recourse_bandits.operations.exchange_text import in_full
from recourse_bandits.operations.prior_settings import as_settings
from recourse_bandits.parameters import require_fraction
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Context, Prior, Problem
from recourse_bandits.study.plain_text import visible


def ask_about(settings: StudySettings, person: Any, console: Console, *, send: bool) -> bool:
    """Print the question about a person, every answer of the model, and what it was taken for.

    Parameters
    ----------
    settings
        The study.
    person
        Raw values by feature name.
    console
        Where to print.
    send
        Whether the model is asked; otherwise the question is shown and nothing else.

    Returns
    -------
    bool
        Whether there is advice, or nobody was asked.

    Raises
    ------
    SettingsError
        If the study names no language model.
    PersonError
        If the person is refused.
    AdviserUnavailable
        If the extra is not installed or no key is set.
    """
    model, problem = _model(settings), settings.problem
    context = problem.context(person)
    if not send:
        question = model.prompting.prompt_for(problem, context).text
        console.print(Text(visible(question, lines=True)), soft_wrap=True)
        return True
    model.require_ready()
    with Console(stderr=True).status(Text(f"asking {visible(model.name)}")):
        found, exchange = model.consult(problem, context)
    _print_exchange(exchange, console)
    if isinstance(found, AdviceError):
        return _no_advice(found, console)
    for line in _advised(problem, context, found):
        console.print(Text(line), soft_wrap=True)
    return True


def elicited(settings: StudySettings, trust: float, console: Console, *, send: bool) -> bool:
    """Ask once for a prior, and print it as the settings that hold it.

    Parameters
    ----------
    settings
        The study.
    trust
        How far the answer is believed, in [0, 1].
    console
        Where to print.
    send
        Whether the model is asked; otherwise the question is shown and nothing else.

    Returns
    -------
    bool
        Whether there is a prior, or nobody was asked.

    Raises
    ------
    SettingsError
        If the study names no language model.
    DescriptionError
        If trust is out of its range.
    AdviserUnavailable
        If the extra is not installed or no key is set.
    """
    require_fraction(trust=trust)
    model, problem = _model(settings), settings.problem
    if not send:
        console.print(Text(elicitation_prompt(problem).text), soft_wrap=True)
        return True
    model.require_ready()
    errors = Console(stderr=True)
    with errors.status(Text(f"asking {visible(model.name)}")):
        found, exchange = model.elicit(problem)
    _print_exchange(exchange, errors)
    if isinstance(found, AdviceError):
        return _no_advice(found, errors)
    penalty = _penalty(settings.built_policy())
    prior = Prior.stated(
        problem, found.mean, found.sd, found.sample_size, trust=trust, penalty=penalty
    )
    who = visible(exchange.model or model.name)
    told = f"# stated by {who}, trust {trust:g}, question {exchange.digest}"
    for line in [told, *as_settings(problem, prior)]:
        console.print(Text(line), soft_wrap=True)
    return True


def _penalty(policy: AnyPolicy) -> float:
    """Return the ridge penalty of a policy, or of the one that it wraps."""
    own = getattr(policy, "base", policy)
    return float(getattr(own, "penalty", 1.0))


def _model(settings: StudySettings) -> LanguageModel:
    model = settings.built_adviser()
    if not isinstance(model, LanguageModel):
        raise SettingsError(
            "the study must name a language model as its adviser: [adviser] with "
            'name = "LanguageModel" and model = "PROVIDER:NAME"'
        )
    return model


def _print_exchange(exchange: Exchange, console: Console) -> None:
    for text in in_full(exchange):
        console.print(Text(text), soft_wrap=True)
    price = "price not known" if exchange.cost is None else f"price {exchange.cost:.4g}"
    told = f"calls: {exchange.calls}; {price}"
    console.print(Text(f"\n{'an answer of before' if exchange.cached else told}"))


def _no_advice(error: AdviceError, console: Console) -> bool:
    console.print(Text(f"no advice: {type(error).__name__}: {visible(error)}", style="red"))
    return False


def _advised(problem: Problem, context: Context, found: Parsed) -> list[str]:
    """Return the advice in words: arm, and every change in raw units."""
    lines = [f"advice: {visible(problem.arm_names[found.arm])}"]
    target, changes = problem.raw_target(context, found.point)
    for feature in problem.mutable:
        name, before, after = feature.name, context.given[feature.name], target[feature.name]
        if name in changes:
            lines.append(f"  {visible(name)}: {before:g} → {after:g} ({changes[name]:+.4g})")
        elif after != before:
            lines.append(f"  {visible(name)}: {visible(before)} → {visible(after)}")
    effort = context.feasible.effort((found.point - context.values)[context.feasible.mutable])
    lines.append(f"  effort {effort:.4g} of {problem.budget.radius:g}")
    lines += [f"  repaired: {visible(repair)}" for repair in found.repairs]
    if found.confidence is not None:
        lines.append(f"  stated confidence {found.confidence:g}: not to be trusted unmeasured")
    return lines
