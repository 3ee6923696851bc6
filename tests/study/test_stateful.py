"""Whatever is called, refused, lost or restarted: a study stands where its calls say it stands."""

import copy
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from recourse_bandits import GLRB, LIBRA, Advice, Decision, Pending, Study
from recourse_bandits.errors import (
    AdviceError,
    ClosedDecision,
    OutcomeError,
    PendingDecision,
    PersonError,
    RecourseBanditsError,
    RepeatedMeasure,
    RequestConflict,
    UnknownDecision,
)
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.study.refold import superfluous
from tests.study.builders import ASKS_ALWAYS, PROBLEM, Clock, assert_same, people, snapshot

PEOPLE = people(8)
ARMS = PROBLEM.arm_names
SCALES = {"age": (62.0, 8.0), "diet": (5.0, 2.0), "activity": (3.0, 2.0)}
POLICIES = (GLRB(scale=0.5), LIBRA(GLRB(scale=0.1), threshold=0.1), ASKS_ALWAYS)
EVERY = 4  # events between two snapshots

WHICH = st.integers(0, 99)
PERSONS = st.integers(0, len(PEOPLE) - 1)
SUBJECTS = st.sampled_from([None, "s1", "s2"])
ELIGIBLE = st.sampled_from([ARMS, ARMS, ARMS[1:]])
GIVEN = st.sampled_from([None, *ARMS])
REALIZED = st.sampled_from([None, None, {}, {"diet": 7.0}, {"activity": 0.5, "age": 50.0}])
DROPS = st.floats(-100.0, 100.0, allow_subnormal=False)
HOW = st.sampled_from(["closed", "crashed", "read again"])
FATES = st.one_of(
    st.sampled_from(["kept", "kept", "kept", "deleted", "only old ones", "emptied", "halved"]),
    st.tuples(st.floats(0, 1), st.integers(1, 255)),
)


@dataclass
class Made:
    """What the calls say of one decision."""

    person: dict[str, float]
    eligible: tuple[str, ...]
    subject: str | None
    record: str
    status: str = "pending"  # then open, measured; or withdrawn
    arm: str = ""
    target: dict[str, float] = field(default_factory=dict)
    drop: float = 0.0
    realized: dict[str, float] = field(default_factory=dict)
    given: str | None = None


@dataclass
class Reference:
    """What the calls say of the study."""

    calls: int = 1  # the first one began the study
    made: list[Made] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=dict)
    past: list[tuple[str, dict[str, float], float]] = field(default_factory=list)

    def numbers(self, *statuses: str) -> list[int]:
        return [number for number, made in enumerate(self.made) if made.status in statuses]

    def rows(self, arm: str) -> tuple[Any, Any]:
        seen = [
            (made.given or made.arm, {**made.target, **made.realized}, made.drop)
            for made in self.made
            if made.status == "measured"
        ]
        mine = [(values, drop) for given, values, drop in seen + self.past if given == arm]
        points = np.array([columns(values) for values, _ in mine]).reshape(-1, 4)
        return points, np.array([drop for _, drop in mine])

    def coefficients(self, arm: str) -> Any:
        points, rewards = self.rows(arm)
        return np.linalg.solve(np.eye(4) + points.T @ points, points.T @ rewards)


def columns(values: Mapping[str, float]) -> list[float]:
    return [1.0, *((values[name] - mean) / scale for name, (mean, scale) in SCALES.items())]


def plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if is_dataclass(value):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, tuple | list) else value


def record(made: Decision | Pending) -> str:
    return repr(plain(made))


def damaged(content: bytes, damage: Any) -> bytes:
    if damage == "emptied":
        return b""
    if damage == "halved":
        return content[: len(content) // 2]
    where, change = damage
    changed = bytearray(content)
    changed[int(where * (len(content) - 1))] ^= change
    return bytes(changed)


def with_some(*statuses: str) -> Callable[[Any], Any]:
    return precondition(lambda machine: bool(machine.reference.numbers(*statuses)))


class AnyHistory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("recourse_bandits.study.ledger.EVERY", EVERY)
        self.patch.setattr("recourse_bandits.study.ledger.WORTH_KEEPING", 2)
        self.patch.setattr("recourse_bandits.study.verification.EVERY", EVERY)
        fewer = partial(superfluous, every=EVERY)
        self.patch.setattr("recourse_bandits.study.refold.superfluous", fewer)
        self.root = Path(tempfile.mkdtemp())
        self.folder = self.root / "folder"
        self.crashes = 0
        self.reference = Reference()
        self.backup: Reference | None = None
        self.clock = Clock()

    @initialize(policy=st.sampled_from(POLICIES), persons=st.lists(PERSONS, max_size=6))
    def begin(self, policy: AnyPolicy, persons: list[int]) -> None:
        self.old_snapshots.mkdir(parents=True)
        self.folder.mkdir()
        self.study = Study(PROBLEM, policy, journal=self.where, seed=1, clock=self.clock)
        self.hurry()
        self.treat(persons, 2.5)

    def teardown(self) -> None:
        self.study.journal.close()
        self.patch.undo()
        shutil.rmtree(self.root)

    @property
    def where(self) -> str:
        return f"sqlite:///{self.folder / 'clinic.db'}"

    @property
    def old_snapshots(self) -> Path:
        return self.root / "old snapshots"

    @property
    def snapshots(self) -> Path:
        return self.folder / "clinic.db.snapshots"

    def chosen(self, which: int, *statuses: str) -> tuple[int, Made]:
        numbers = self.reference.numbers(*statuses)
        number = numbers[which % len(numbers)]
        return number, self.reference.made[number]

    def refused(self, kind: type[RecourseBanditsError], call: Callable[[], Any]) -> None:
        before = snapshot(self.study)
        with pytest.raises(kind):
            call()
        assert_same(snapshot(self.study), before)

    def opened(self) -> None:
        self.study = Study.open(self.where, clock=self.clock)
        self.hurry()

    def hurry(self) -> None:
        journal: Any = self.study.journal  # no power is cut here: nothing waits for the disk
        journal._connection.execute("PRAGMA synchronous = OFF")

    # -- deciding -----------------------------------------------------------------------------

    @rule(person=PERSONS, named=st.booleans(), subject=SUBJECTS, eligible=ELIGIBLE)
    def decide(
        self, person: int, named: bool, subject: str | None, eligible: tuple[str, ...]
    ) -> None:
        number = len(self.reference.made)
        request = f"visit-{number}" if named else None
        made = self.study.decide(
            PEOPLE[person], request_id=request, subject=subject, eligible=eligible
        )
        assert (made.id, made.request_id, made.subject) == (number, request, subject)
        self.check_proposal(made)
        self.reference.calls += 1
        self.reference.made.append(Made(PEOPLE[person], eligible, subject, record(made)))
        if request is not None:
            self.reference.requests[request] = number
        if isinstance(made, Decision):
            self.note(made)

    def check_proposal(self, made: Decision | Pending) -> None:
        arm, point = made.proposal.arm, made.proposal.point
        expected = self.reference.coefficients(ARMS[arm]) @ point
        np.testing.assert_allclose(made.proposal.mean[arm], expected, rtol=1e-8, atol=1e-8)

    def note(self, decision: Decision) -> None:
        made = self.reference.made[decision.id]
        assert decision.arm in made.eligible
        target: Any = made.person if decision.recourse is None else decision.recourse.target
        made.status, made.arm, made.target = "open", decision.arm, dict(target)
        made.record = record(decision)

    @precondition(lambda self: self.reference.requests)
    @rule(which=WHICH)
    def decide_again(self, which: int) -> None:
        request, number = self.request(which)
        made, before = self.reference.made[number], snapshot(self.study)
        again = partial(self.study.decide, request_id=request, eligible=made.eligible)
        if made.status == "withdrawn" and not made.arm:
            self.refused(ClosedDecision, lambda: again(made.person, subject=made.subject))
        else:
            assert record(again(made.person, subject=made.subject)) == made.record
        assert_same(snapshot(self.study), before)
        other = PEOPLE[PEOPLE.index(made.person) - 1]
        self.refused(RequestConflict, lambda: again(made.person, subject="another"))
        self.refused(RequestConflict, lambda: again(other, subject=made.subject))

    def request(self, which: int) -> tuple[str, int]:
        known = list(self.reference.requests.items())
        return known[which % len(known)]

    @with_some("pending")
    @rule(which=WHICH, arm=WHICH, more=st.sampled_from([0.0, 1.0, 2.0]))
    def settle_with_advice(self, which: int, arm: int, more: float) -> None:
        number, made = self.chosen(which, "pending")
        waiting = {one.id: one for one in self.study.pending}[number]
        advised = made.eligible[arm % len(made.eligible)]
        diet = min(made.person["diet"] + more, 10.0)
        advice = self.study.advice(waiting, advised, {"diet": diet}, note="as agreed")
        decision = self.study.settle(number, advice)
        assert decision.followed != decision.vetoed
        self.settled(waiting, decision)
        if decision.followed:
            assert made.arm == advised
            assert made.target == pytest.approx({**made.person, "diet": diet})

    @with_some("pending")
    @rule(which=WHICH)
    def settle_without_advice(self, which: int) -> None:
        number, _ = self.chosen(which, "pending")
        waiting = {one.id: one for one in self.study.pending}[number]
        decision = self.study.settle(number, None, reason="nobody is here")
        assert decision.failed
        assert decision.arm == ARMS[waiting.proposal.arm]
        self.settled(waiting, decision)

    def settled(self, waiting: Pending, decision: Decision) -> None:
        assert record(waiting) == self.reference.made[decision.id].record
        self.reference.calls += 1
        self.note(decision)

    @with_some("pending")
    @rule(which=WHICH, wrong=st.sampled_from(["arm", "age", "far", "shape"]))
    def settle_with_impossible_advice(self, which: int, wrong: str) -> None:
        number, made = self.chosen(which, "pending")
        point = np.array(columns(made.person))
        change = {"age": [0, 1, 0, 0], "far": [0, 0, 1.2, 1.2]}.get(wrong, [0, 0, 0, 0])
        advice = Advice(ARMS.index(made.eligible[0]), point + change)
        if wrong == "shape":
            advice = replace(advice, point=point[:-1])
        if wrong == "arm":
            advice = replace(advice, arm=len(ARMS))
        self.refused(AdviceError, lambda: self.study.settle(number, advice))

    # -- learning -----------------------------------------------------------------------------

    @with_some("open")
    @rule(which=WHICH, drop=DROPS, realized=REALIZED, arm=GIVEN)
    def observe(
        self, which: int, drop: float, realized: dict[str, float] | None, arm: str | None
    ) -> None:
        number, made = self.chosen(which, "open")
        self.study.observe(number, {"drop": drop}, realized=realized, arm=arm, reason="mistyped")
        self.reference.calls += 1
        made.status, made.drop, made.given = "measured", drop, arm or made.given
        made.realized = {**made.realized, **(realized or {})}

    @with_some("open")
    @rule(which=WHICH, realized=REALIZED, arm=GIVEN, kept=st.booleans(), how=HOW)
    def realise(
        self, which: int, realized: dict[str, float] | None, arm: str | None, kept: bool, how: str
    ) -> None:
        number, made = self.chosen(which, "open")
        self.study.observe(number, {}, realized=realized, arm=arm, reason="mistyped")
        self.reference.calls += 1
        made.realized, made.given = {**made.realized, **(realized or {})}, arm or made.given
        if kept:
            self.keep_a_snapshot()
            self.restart("read again", "kept", 0)
            self.observe(self.reference.numbers("open").index(number), 4.0, None, None)
            self.estimates_agree()
            self.correct(self.reference.numbers("measured").index(number), None, {}, ARMS[0], how)

    @with_some("measured")
    @rule(
        which=WHICH,
        measures=st.one_of(st.none(), st.fixed_dictionaries({"drop": DROPS})),
        realized=REALIZED,
        arm=GIVEN,
        how=HOW,
    )
    def correct(
        self,
        which: int,
        measures: dict[str, float] | None,
        realized: dict[str, float] | None,
        arm: str | None,
        how: str,
    ) -> None:
        number, made = self.chosen(which, "measured")
        self.remember_snapshots()
        self.study.correct(number, measures, realized=realized, arm=arm, reason="mistyped")
        self.reference.calls += 1
        made.drop = made.drop if measures is None else measures["drop"]
        made.realized = made.realized if realized is None else realized
        made.given = arm or made.given
        self.restart(how, "only old ones", 0)

    @with_some("pending", "open")
    @rule(which=WHICH)
    def withdraw(self, which: int) -> None:
        number, made = self.chosen(which, "pending", "open")
        self.study.withdraw(number, "moved away")
        self.reference.calls += 1
        made.status = "withdrawn"

    @rule(person=PERSONS, arm=st.sampled_from(ARMS), drop=DROPS, subject=SUBJECTS)
    def import_past(self, person: int, arm: str, drop: float, subject: str | None) -> None:
        self.study.import_past(PEOPLE[person], arm, {"drop": drop}, subject=subject)
        self.reference.calls += 1
        self.reference.past.append((arm, PEOPLE[person], drop))

    @rule(persons=st.lists(PERSONS, min_size=1, max_size=3), drop=st.none() | DROPS)
    def treat(self, persons: list[int], drop: float | None) -> None:
        for person in persons:
            number = len(self.reference.made)
            self.decide(person, True, None, ARMS)
            if self.reference.made[number].status == "pending":
                self.settle_without_advice(-1)
            if drop is not None:
                self.observe(-1, drop, None, None)

    @with_some("pending", "open", "measured", "withdrawn")
    @rule(which=WHICH)
    def call_in_vain(self, which: int) -> None:
        number, made = self.chosen(which, "pending", "open", "measured", "withdrawn")
        self.call_too_early_or_too_late(number, made)
        if made.status in {"open", "measured"}:
            call = self.study.observe if made.status == "open" else self.study.correct
            self.refused(OutcomeError, lambda: call(number, {"drop": 101.0}))
            self.refused(OutcomeError, lambda: call(number, {"rise": 1.0}))
            self.refused(PersonError, lambda: call(number, {"drop": 1.0}, realized={"weight": 80}))
            self.refused(AdviceError, lambda: call(number, {"drop": 1.0}, arm="placebo"))
        nobody = len(self.reference.made)
        self.refused(UnknownDecision, lambda: self.study.observe(nobody, {"drop": 1.0}))
        self.refused(UnknownDecision, lambda: self.study.correct(nobody, {"drop": 1.0}))
        self.refused(UnknownDecision, lambda: self.study.settle(nobody, None))
        self.refused(UnknownDecision, lambda: self.study.withdraw(-1))
        self.refused(PersonError, lambda: self.study.decide({"age": 60.0}))

    def call_too_early_or_too_late(self, number: int, made: Made) -> None:
        closed = {"measured": RepeatedMeasure, "withdrawn": ClosedDecision}
        late: dict[str, type[RecourseBanditsError]] = {"pending": PendingDecision, **closed}
        if made.status != "open":
            self.refused(late[made.status], lambda: self.study.observe(number, {"drop": 1.0}))
        if made.status != "pending":
            self.refused(ClosedDecision, lambda: self.study.settle(number, None))
        if made.status != "measured":
            self.refused(OutcomeError, lambda: self.study.correct(number, {"drop": 1.0}))
        if made.status in closed:
            self.refused(ClosedDecision, lambda: self.study.withdraw(number))
            self.refused(ClosedDecision, lambda: self.study.observe(number, {}))
        if made.arm:
            assert made.arm in self.study.explain(number)
        else:
            self.refused(PendingDecision, lambda: self.study.explain(number))

    # -- files --------------------------------------------------------------------------------

    @rule(how=HOW, fate=FATES, which=WHICH)
    def restart(self, how: str, fate: Any, which: int) -> None:
        before = snapshot(self.study)
        if how == "closed":
            self.study.close()
        if how == "crashed":
            self.crash()
        if self.snapshots.exists():
            self.meddle(fate, which)
        if how == "read again":
            self.study.refresh()
        else:
            self.opened()
        assert_same(snapshot(self.study), before)

    def crash(self) -> None:
        self.crashes += 1
        copied = self.root / f"folder-{self.crashes}"
        shutil.copytree(self.folder, copied, ignore=shutil.ignore_patterns("*-shm"))
        self.study.journal.close()
        self.folder = copied

    def meddle(self, fate: Any, which: int) -> None:
        files = [file for file in sorted(self.snapshots.glob("*.npz")) if file.stat().st_size]
        if fate in ("deleted", "only old ones"):
            shutil.rmtree(self.snapshots)
        if fate == "only old ones":
            shutil.copytree(self.old_snapshots, self.snapshots)
        elif fate not in ("kept", "deleted") and files:
            file = files[-1 - which % len(files)]
            file.write_bytes(damaged(file.read_bytes(), fate))

    @rule()
    def keep_a_snapshot(self) -> None:
        self.study._ledger.keep_snapshot()
        self.remember_snapshots()

    def remember_snapshots(self) -> None:
        if self.snapshots.exists():
            shutil.copytree(self.snapshots, self.old_snapshots, dirs_exist_ok=True)

    @rule()
    def back_up_or_go_back(self) -> None:
        kept = self.root / "backup"
        if self.backup is None:
            unwanted = shutil.ignore_patterns("*-shm", "*.snapshots")
            shutil.copytree(self.folder, kept, ignore=unwanted)
            self.backup = copy.deepcopy(self.reference)
            return
        self.keep_a_snapshot()
        lost = self.reference.calls
        self.study.close()
        for file in self.folder.glob("clinic.db*"):
            if file.is_file():
                file.unlink()
        shutil.copytree(kept, self.folder, dirs_exist_ok=True)
        shutil.rmtree(kept)
        self.reference, self.backup = self.backup, None
        self.opened()
        while self.reference.calls < lost:
            self.import_past(0, ARMS[0], 1.0, None)
        self.restart("closed", "kept", 0)

    # -- what must hold -----------------------------------------------------------------------

    @rule()
    def verify(self) -> None:
        found = self.study.verify()
        assert found.passed, found.difference
        assert found.events == self.reference.calls
        assert found.decisions == found.exact == sum(1 for made in self.reference.made if made.arm)

    @invariant()
    def counts_agree(self) -> None:
        reference, study = self.reference, self.study
        assert study.journal.length == reference.calls
        assert study.decisions == len(reference.made)
        assert [waiting.id for waiting in study.pending] == reference.numbers("pending")
        assert sorted(study.open_decisions) == reference.numbers("open")

    @invariant()
    def estimates_agree(self) -> None:
        state = getattr(self.study.state, "base", self.study.state)
        for number, arm in enumerate(ARMS):
            assert state.counts[number] == len(self.reference.rows(arm)[0])
            expected = self.reference.coefficients(arm)
            np.testing.assert_allclose(state.estimate[number], expected, rtol=1e-8, atol=1e-8)

    @invariant()
    def nothing_acknowledged_is_lost_or_changed(self) -> None:
        for number, made in enumerate(self.reference.made):
            assert record(self.study.decision(number)) == made.record


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(
    max_examples=50,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
