"""Who plays for a language model that cannot be asked; results never bear the model's name."""

from typing import Any

from recourse_bandits.config.experiments import Contestant, ExperimentSettings, StandIn
from recourse_bandits.config.registry import adviser_of
from recourse_bandits.errors import AdviserUnavailable, SettingsError

NOTICE = "STAND-INS: no language model was asked"
"""What the title of an experiment says in which stand-ins play."""

_NO_TRUTH: dict[str, Any] = {"best": None, "worst": None, "coefficients": None}
"""For advisers that are made only to see whether they could be asked."""


def with_stand_ins(settings: ExperimentSettings, *, always: bool = False) -> ExperimentSettings:
    """Return the experiment with its stand-ins for those advisers that cannot be asked now.

    Contestants whose stand-ins have the same label become one. The title says that stand-ins play,
    and claims about those who are replaced are left out: stand-ins prove nothing about them.

    Parameters
    ----------
    settings
        The experiment.
    always
        Whether stand-ins play although the advisers could be asked, which would cost money.

    Raises
    ------
    SettingsError
        If a stand-in has the label of another contestant.
    """
    played: dict[str, Contestant] = {}
    labels: dict[str, str] = {}
    for label, contestant in settings.policies.items():
        stand_in = contestant.stand_in if always else _needed(contestant)
        if stand_in is None:
            labels[label], part = label, contestant
        else:
            labels[label] = stand_in.label
            part = Contestant(policy=contestant.policy, adviser=stand_in.adviser)
        if played.get(labels[label], part) != part:
            raise SettingsError(
                f"experiment {settings.name!r}: the stand-in {labels[label]!r} of {label!r} has "
                "the label of a contestant that differs"
            )
        played[labels[label]] = part
    if all(old == new for old, new in labels.items()):
        return settings
    described = settings.model_dump(by_alias=True)
    described["policies"] = {label: part.model_dump() for label, part in played.items()}
    described["title"] = f"{settings.title} ({NOTICE})"
    described["claims"] = [
        told
        for told, claim in zip(described["claims"], settings.claims, strict=True)
        if all(labels[name] == name for name in claim.policies)
    ]
    return ExperimentSettings.model_validate(described)


def _needed(contestant: Contestant) -> StandIn | None:
    """Return a contestant's stand-in if its adviser cannot be asked now."""
    if contestant.stand_in is None or contestant.adviser is None:
        return None
    adviser = contestant.adviser
    try:
        adviser_of({"name": adviser.name, **adviser.parameters}, _NO_TRUTH).require_ready()
    except AdviserUnavailable:
        return contestant.stand_in
    return None
