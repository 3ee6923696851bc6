"""What came of decisions, on its way to the study: at once, late, or never."""

from collections.abc import Mapping
from typing import NamedTuple

from recourse_bandits.environments import Environment
from recourse_bandits.environments.delays import Delay
from recourse_bandits.environments.dosed import measured_with
from recourse_bandits.environments.realising import realise
from recourse_bandits.problem import RawValue
from recourse_bandits.records import Decision, Key, Stream
from recourse_bandits.study import Study


class Report(NamedTuple):
    """What a study will be told of a decision."""

    decision: Decision
    """The decision."""
    measures: Mapping[str, float] | None
    """What was measured; None: the person dropped out, as one hears at the same time."""
    realized: Mapping[str, RawValue] | None = None
    """Features that came out differently."""
    arm: str | None = None
    """The arm that was given, if it is another one."""
    tells_reward: bool = True
    """Whether the reward is in it, or the news that there will be none."""

    def tell(self, study: Study) -> None:
        """Tell the study.

        Parameters
        ----------
        study
            Whose decision it is.
        """
        if self.measures is None:
            study.withdraw(self.decision.id, "dropped out")
        else:
            study.observe(self.decision.id, self.measures, realized=self.realized, arm=self.arm)


def report_of(environment: Environment, decision: Decision, seed: int) -> Report:
    """Return what came of a decision.

    Parameters
    ----------
    environment
        The world.
    decision
        The decision; its number is the round.
    seed
        Of the run.
    """
    context, arm, point = decision.context, decision.choice.arm, decision.choice.point
    number = decision.id
    if not environment.comes_back(context, arm, point, Key(seed, number, Stream.COMES_BACK)):
        return Report(decision, None)
    happened = realise(environment, context, arm, point, Key(seed, number, Stream.REALISED))
    noise = Key(seed, number, Stream.NOISE)
    measures = measured_with(
        environment, context, happened.arm, happened.point, decision.dose, noise
    )
    return Report(decision, measures, happened.raw, happened.name)


class Arrivals:
    """Reports that have not arrived: no more is kept than that.

    Parameters
    ----------
    delay
        The law of delays; None: everything arrives at once.
    seed
        Of the run: it draws them.
    sub_outcome
        A measure that arrives apart from the others, and its law of delays; None: none does.

    Examples
    --------
    >>> Arrivals(None, seed=1).outstanding
    0
    """

    def __init__(
        self, delay: Delay | None, seed: int, sub_outcome: tuple[str, Delay] | None = None
    ) -> None:
        self._delay = delay
        self._seed = seed
        self._sub_outcome = sub_outcome
        self._due: dict[int, list[Report]] = {}
        self.outstanding = 0
        """Decisions whose reward has not been heard of, those of whom nobody will included."""

    def send(self, report: Report, number: int) -> None:
        """Send a report on its way.

        Parameters
        ----------
        report
            Of a decision.
        number
            The round of the decision, from 0.
        """
        late: int | None = 0
        if self._delay is not None:
            late = self._delay.rounds(Key(self._seed, number, Stream.DELAY))
        self.outstanding += 1
        for part, after in self._parts(report, late, number):
            if after is not None:
                self._due.setdefault(number + after, []).append(part)

    def _parts(
        self, report: Report, late: int | None, number: int
    ) -> list[tuple[Report, int | None]]:
        """Return what arrives by itself, and after how many rounds."""
        if self._sub_outcome is None or report.measures is None:
            return [(report, late)]
        measure, delay = self._sub_outcome
        sooner = delay.rounds(Key(self._seed, number, Stream.SUB_OUTCOME_DELAY))
        apart = {name: value for name, value in report.measures.items() if name == measure}
        rest = {name: value for name, value in report.measures.items() if name != measure}
        early = report._replace(measures=apart, tells_reward=False)
        final = report._replace(measures=rest)
        # what a person made of it is said with what arrives first, and once
        if sooner is not None and (late is None or sooner <= late):
            final = final._replace(realized=None, arm=None)
        else:
            early = early._replace(realized=None, arm=None)
        return [(early, sooner), (final, late)]

    def arriving(self, number: int) -> list[Report]:
        """Return the reports that arrive after the decision of a round, and before the next.

        Parameters
        ----------
        number
            The round, from 0; every round is asked for once, in order.

        Returns
        -------
        list of Report
            Of those that arrive together, the earliest decision comes first.
        """
        arrived = self._due.pop(number, [])
        self.outstanding -= sum(report.tells_reward for report in arrived)
        return arrived
