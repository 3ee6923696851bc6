"""What is believed of the coefficients before any outcome."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import field
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

from recourse_bandits.errors import DescriptionError, RecourseBanditsError
from recourse_bandits.parameters import require_fraction, require_positive
from recourse_bandits.problem.statement import Elicits

if TYPE_CHECKING:
    from recourse_bandits.problem.description import Problem

_LARGEST = 1e100  # as of rewards: its square, and the sums of such, are still numbers
PerArmAndColumn = dict[str, dict[str, float]]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Prior:
    """What is believed of the coefficients before any outcome.

    Parameters
    ----------
    mean
        Prior mean of coefficients: ``{arm: {column: value}}``, others 0; reward per scaled unit, or
        with a link its linear scale (log odds, probits, logarithms).
    precision
        Prior precision, one over the variance in units of the noise variance:
        ``{arm: {column: value}}``, values > 0; others are the policy's `penalty`. With a link the
        dispersion takes the place of the noise variance.
    mean_matrix
        Alternatively all means, shape (K, d), columns as in `Problem.columns`.
    precision_matrix
        Alternatively all precisions, shape (K, d, d), symmetric and positive definite.

    Examples
    --------
    >>> Prior(mean={"beta_blocker": {"age": -1.9}}).mean["beta_blocker"]["age"]
    -1.9
    """

    mean: PerArmAndColumn = field(default_factory=dict, kw_only=True)
    precision: PerArmAndColumn = field(default_factory=dict, kw_only=True)
    mean_matrix: tuple[tuple[float, ...], ...] | None = field(default=None, kw_only=True)
    precision_matrix: tuple[tuple[tuple[float, ...], ...], ...] | None = field(
        default=None, kw_only=True
    )

    @model_validator(mode="after")
    def _check(self) -> "Prior":
        if self.mean and self.mean_matrix is not None:
            raise ValueError("give the prior's mean or its mean_matrix, not both")
        if self.precision and self.precision_matrix is not None:
            raise ValueError("give the prior's precision or its precision_matrix, not both")
        for arm, row in self.mean.items():
            for column, value in row.items():
                if not math.isfinite(value):
                    raise ValueError(
                        f"prior mean of {column!r} under {arm!r} must be finite, got {value}"
                    )
        for arm, row in self.precision.items():
            for column, value in row.items():
                if not (value > 0 and math.isfinite(value)):
                    raise ValueError(
                        f"prior precision of {column!r} under {arm!r} must be positive, got {value}"
                    )
        return self

    @staticmethod
    def simulated(
        problem: "Problem",
        treatments: Iterable[tuple[Any, str, float]],
        *,
        trust: float,
        penalty: float = 1.0,
    ) -> "Prior":
        """Return the prior of a linear policy that was pre-trained on simulated treatments.

        Ridge regression on the rows (x, r) of an arm, each of weight `trust`, *is* a prior: of
        precision P = P0 + trust·sum(x x') and mean P^-1 (P0 m0 + trust·sum(r x)), where m0 and P0
        are the problem's own prior, `penalty`·I where it says nothing.

        A language model may simulate the rewards of made-up persons (Alamdari, Cao, Wilson 2024,
        *Jump Starting Bandits with LLM-Generated Prior Knowledge*, EMNLP, arXiv 2406.19317, who
        pre-train so); the weight and the closed form are ours. A wrong simulator does harm until
        real rows outweigh its own: n simulated rows weigh as much as trust·n real ones.

        `GLRB` and `LinUCB` widen their confidence sets by the prior's largest precision, since they
        must hold for any prior: they explore the more, the more is simulated. `RecourseTS` takes a
        prior at its word.

        Parameters
        ----------
        problem
            The problem that will be decided.
        treatments
            (person, arm, reward): raw values as they were when the reward came, as for
            `Problem.context`; the arm's name; the reward, larger is better, its unit.
        trust
            Weight of a simulated row relative to a real one, in [0, 1]; 0: nothing is believed.
        penalty
            Ridge penalty > 0; that of the policy.

        Raises
        ------
        DescriptionError
            If trust or penalty is out of its range, or a row is not legal; the message names it.

        Examples
        --------
        >>> from recourse_bandits import Hypertension
        >>> problem = Hypertension().problem
        >>> rows = [([0.0] * 8, "combination", 40.0), ([0.0] * 8, "combination", 44.0)]
        >>> prior = Prior.simulated(problem, rows, trust=0.5)
        >>> prior.mean_matrix[1][0], prior.precision_matrix[1][0][0]
        (21.0, 2.0)
        """
        require_fraction(trust=trust)
        require_positive(penalty=penalty)
        if problem.reward.link != "identity":
            raise DescriptionError(
                "simulated treatments make a prior by ridge regression, which is for the identity "
                f"link; this reward has the {problem.reward.link} link: use Prior.stated"
            )
        own = problem.reward.prior
        mean, precision = own.arrays(problem.arm_names, problem.columns, penalty)
        moment = np.einsum("kij,kj->ki", precision, mean)
        for row, treatment in enumerate(treatments):
            arm, x, reward = _simulated_row(problem, row, treatment)
            precision[arm] += trust * np.outer(x, x)
            moment[arm] += trust * reward * x
        if trust > 0.0:  # else to the last bit what was believed before
            mean = np.linalg.solve(precision, moment[..., None])[..., 0]
        return Prior(mean_matrix=mean.tolist(), precision_matrix=precision.tolist())

    @staticmethod
    def stated(
        problem: "Problem",
        mean: Any,
        sd: Any,
        sample_size: float,
        *,
        trust: float = 1.0,
        penalty: float = 1.0,
    ) -> "Prior":
        """Return the prior of somebody who states what to expect, and how surely.

        Of a coefficient that is stated as m ± s, worth n patients, the prior's mean is
        m0 + trust·(m - m0) and its precision p0 + trust·min(noise² / s², n), where m0 and p0 are
        the problem's own prior, 0 and `penalty` where it says nothing: the statement moves the
        centre of ridge regression and makes it firmer, and does so by the more modest of the two
        claims. How the two are put together is ours.

        With another link than the identity the dispersion takes the place of noise²
        (`Reward.spread` is its root): s is an uncertainty of log odds, probits or logarithms. A
        patient's outcome then says less of a coefficient, by the slope of the link, than n assumes.

        Parameters
        ----------
        problem
            The problem that will be decided.
        mean, sd
            Expected coefficients and their standard deviations > 0, shape (K, d); reward per scaled
            unit, or with a link its linear scale; columns as in `Problem.columns`.
        sample_size
            How many patients' outcomes the statement is worth, > 0.
        trust
            In [0, 1]; 0: nothing of it is believed.
        penalty
            Ridge penalty > 0; that of the policy.

        Raises
        ------
        DescriptionError
            If a number is out of its range, or a matrix of another shape.

        Examples
        --------
        >>> from recourse_bandits import Hypertension
        >>> problem = Hypertension(noise=10).problem
        >>> means, spreads = [[40.0] * 9] * 2, [[5.0] * 9] * 2
        >>> prior = Prior.stated(problem, means, spreads, sample_size=20, trust=0.5)
        >>> prior.mean_matrix[0][0], prior.precision_matrix[0][0][0]
        (20.0, 3.0)
        """
        require_fraction(trust=trust)
        require_positive(penalty=penalty, sample_size=sample_size)
        own, precision = problem.reward.prior.arrays(problem.arm_names, problem.columns, penalty)
        expected = Prior._checked_shape(mean, own.shape, "stated mean")
        spread = Prior._checked_shape(sd, own.shape, "stated sd")
        if not (spread > 0).all():
            raise DescriptionError(f"the stated sd must be > 0, got {spread.min():g}")
        with np.errstate(over="ignore"):  # an infinite claim gives way to the other one
            firmness = np.minimum((problem.reward.spread / spread) ** 2, sample_size)
        diagonal = np.einsum("kdd->kd", precision)  # a view
        diagonal += trust * firmness
        centre = own + trust * (expected - own)
        return Prior(mean_matrix=centre.tolist(), precision_matrix=precision.tolist())

    @staticmethod
    def elicited(
        model: Elicits, problem: "Problem", *, trust: float = 1.0, penalty: float = 1.0
    ) -> "Prior":
        """Ask a language model once for a prior, before any person is seen.

        No person's data are sent. Write the prior down with the problem (`recourse elicit` does):
        another answer would make another study.

        Parameters
        ----------
        model
            Whom to ask, a `LanguageModel` for example.
        problem
            The problem, which may have a prior of its own.
        trust, penalty
            As for `stated`.

        Raises
        ------
        AdviceError
            If there is no answer that can be used.
        DescriptionError
            If a number is out of its range.
        """
        require_fraction(trust=trust)  # before a question that costs
        require_positive(penalty=penalty)
        found, _ = model.elicit(problem)
        if isinstance(found, Exception):
            raise found
        return Prior.stated(
            problem, found.mean, found.sd, found.sample_size, trust=trust, penalty=penalty
        )

    def arrays(
        self, arms: Sequence[str], columns: Sequence[str], penalty: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Prior mean, shape (K, d), and precision, shape (K, d, d).

        Parameters
        ----------
        arms
            Names of the K arms.
        columns
            Names of the d columns.
        penalty
            Precision of the coefficients that the prior does not name, > 0.

        Raises
        ------
        DescriptionError
            If an arm or a column is unknown, or a matrix has another shape or is not positive
            definite.
        """
        mean = np.zeros((len(arms), len(columns)))
        precision = np.broadcast_to(penalty * np.eye(len(columns)), (*mean.shape, len(columns)))
        precision = precision.copy()
        self._place(self.mean, mean, arms, columns, "mean")
        diagonal = np.einsum("kdd->kd", precision)  # a view: writing to it sets the diagonals
        self._place(self.precision, diagonal, arms, columns, "precision")
        if self.mean_matrix is not None:
            mean = self._checked_shape(self.mean_matrix, mean.shape, "mean_matrix")
        if np.abs(mean).max(initial=0.0) > _LARGEST:
            raise DescriptionError(f"the prior's means must be at most {_LARGEST:g} in size")
        if self.precision_matrix is not None:
            precision = self._checked_shape(
                self.precision_matrix, precision.shape, "precision_matrix"
            )
            symmetric = np.allclose(precision, np.swapaxes(precision, 1, 2))
            if not symmetric or np.linalg.eigvalsh(precision).min() <= 0:
                raise DescriptionError("the prior's precision_matrix must be positive definite")
        return mean, precision

    @staticmethod
    def _place(
        given: PerArmAndColumn,
        matrix: NDArray[np.float64],
        arms: Sequence[str],
        columns: Sequence[str],
        what: str,
    ) -> None:
        for arm, row in given.items():
            for column, value in row.items():
                if arm not in arms or column not in columns:
                    raise DescriptionError(
                        f"prior {what}[{arm!r}][{column!r}]: arms are {', '.join(arms)}; columns "
                        f"are {', '.join(columns)}"
                    )
                matrix[arms.index(arm), columns.index(column)] = value

    @staticmethod
    def _checked_shape(given: object, shape: tuple[int, ...], what: str) -> NDArray[np.float64]:
        try:
            matrix = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError):
            raise DescriptionError(
                f"the prior's {what} must be finite, of shape {shape}; its rows differ in length, "
                "or hold something that is no number"
            ) from None
        if matrix.shape != shape or not np.isfinite(matrix).all():
            raise DescriptionError(
                f"the prior's {what} must be finite, of shape {shape}; got {matrix.shape}"
            )
        return matrix


def _simulated_row(
    problem: "Problem", row: int, treatment: Any
) -> tuple[int, NDArray[np.float64], float]:
    """Return arm, columns and reward of a simulated treatment, or raise DescriptionError."""
    try:
        person, name, reward = treatment
    except (TypeError, ValueError):
        raise DescriptionError(
            f"simulated treatment {row} must be (person, arm, reward), got {treatment!r}"
        ) from None
    try:
        arm, x = problem.arm_index(name), problem.context(person).values
    except RecourseBanditsError as error:
        raise DescriptionError(f"simulated treatment {row}: {error}") from error
    if isinstance(reward, bool) or not isinstance(reward, Real) or not math.isfinite(reward):
        raise DescriptionError(
            f"simulated treatment {row}: reward must be a finite number, got {reward!r}"
        )
    return arm, x, float(reward)
