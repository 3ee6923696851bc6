"""What a language model is asked about one person."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from recourse_bandits.advisers.language_model.fields import person_fields
from recourse_bandits.advisers.language_model.rendering import (
    check_fields,
    digest_of,
    rendered,
    shipped,
    source_of,
    version_of,
)
from recourse_bandits.advisers.language_model.seen import Seen, example, seen_of
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Context, Problem
from recourse_bandits.problem.encoding import nearest

Style = Literal["point", "direction"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question as it is put.

    Parameters
    ----------
    text
        The whole prompt.
    digest
        SHA-256 of the text.
    version
        Digest of the template, the same for everybody.
    """

    text: str
    digest: str
    version: str


@dataclass(frozen=True)
class Prompting:
    """How a language model is asked, and what of a person it is told.

    Features are sent by name, unit and description; the person's value is rounded, and whatever
    else is said about the person is computed from the rounded value. Three things are not: which
    treatments may be given, which values are missing, and whether any change is possible at all.
    Subjects and request ids are never sent.

    Parameters
    ----------
    style
        `direction`: which way each feature should go and how important that is; it is carried to
        the boundary of what is feasible. `point`: the new values themselves.
    template
        A file with a jinja2 template to use instead of the one that is shipped for the style.
    send
        Names of the features that may be sent; None: all. It must name all mutable ones.
    rounding
        Steps to which values are rounded, by feature name; > 0, raw units.

    Examples
    --------
    >>> Prompting("direction", rounding={"age": 5}).style
    'direction'
    """

    style: Style = "point"
    template: str | Path | None = None
    send: tuple[str, ...] | None = None
    rounding: Mapping[str, float] = field(default_factory=dict)

    def checked(self, problem: Problem) -> "Prompting":
        """Return itself if it fits a problem.

        Parameters
        ----------
        problem
            The problem.

        Raises
        ------
        DescriptionError
            If the style, a feature, a step or the template is wrong, or a feature has no scale.
        """
        if self.style not in get_args(Style):
            raise DescriptionError(
                f"style must be one of {', '.join(get_args(Style))}, got {self.style!r}"
            )
        _ = problem.encoders  # which says if a feature has no scale
        self._check_sent(problem)
        self._check_rounding(problem)
        fields = person_fields(problem, example(problem, self.sent(problem)))
        check_fields(self.source, fields, self._template_name)
        return self

    def sent(self, problem: Problem) -> tuple[str, ...]:
        """Return the names of the features that may be sent.

        Parameters
        ----------
        problem
            The problem.
        """
        return problem.feature_names if self.send is None else tuple(self.send)

    def seen(self, problem: Problem, context: Context) -> Seen:
        """Return what the model may see of a person.

        Parameters
        ----------
        problem
            The problem.
        context
            The person.
        """
        return seen_of(problem, context, self.sent(problem), self.rounding)

    def prompt_for(self, problem: Problem, context: Context) -> Prompt:
        """Return the question about a person.

        Parameters
        ----------
        problem
            The problem, for which this has been `checked`.
        context
            The person.

        Raises
        ------
        DescriptionError
            If the template cannot be read or filled in.
        """
        source = self.source
        fields = person_fields(problem, self.seen(problem, context))
        text = rendered(source, fields, self._template_name)
        return Prompt(text, digest_of(text), version_of(source))

    @cached_property
    def source(self) -> str:
        """Source of the template, read once: what is asked stays, whatever becomes of the file."""
        return shipped(self._template_name) if self.template is None else source_of(self.template)

    @property
    def version(self) -> str:
        """Version of the template: a digest of its source."""
        return version_of(self.source)

    @property
    def _template_name(self) -> str:
        return f"{self.style}.txt" if self.template is None else str(self.template)

    def _check_sent(self, problem: Problem) -> None:
        if isinstance(self.send, str):
            raise DescriptionError(
                f"send must be a list of feature names, got the text {self.send!r}"
            )
        for name in self.sent(problem):
            if name not in problem.feature_names:
                raise DescriptionError(
                    f"send names the unknown feature {name!r}"
                    f"{nearest(str(name), problem.feature_names)}; the features are "
                    f"{', '.join(problem.feature_names)}"
                )
        hidden = [one.name for one in problem.mutable if one.name not in self.sent(problem)]
        if hidden:
            raise DescriptionError(
                f"send must include {', '.join(hidden)}, which the person can change"
            )

    def _check_rounding(self, problem: Problem) -> None:
        features = dict(zip(problem.feature_names, problem.features, strict=True))
        for name, step in self.rounding.items():
            if name not in features:
                raise DescriptionError(
                    f"rounding names the unknown feature {name!r}{nearest(str(name), features)}; "
                    f"the features are {', '.join(features)}"
                )
            if features[name].categories:
                raise DescriptionError(f"rounding: {name!r} has categories, which have no steps")
            number = isinstance(step, int | float) and not isinstance(step, bool)
            if not (number and step > 0 and math.isfinite(step)):
                raise DescriptionError(f"rounding of {name!r} must be > 0 and finite, got {step!r}")
