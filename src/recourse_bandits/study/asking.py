"""Asking an adviser, and completing the decisions that wait for advice."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from recourse_bandits.errors import ClosedDecision
from recourse_bandits.events import Withdrawn
from recourse_bandits.exchanges import Exchange
from recourse_bandits.records import (
    Advice,
    Consultation,
    Decision,
    Key,
    Later,
    NoAdvice,
    Pending,
    Stream,
)
from recourse_bandits.study.checks import checked_advice, require_kept, require_text, writable
from recourse_bandits.study.look_ups import whole_number
from recourse_bandits.study.looking import Looking
from recourse_bandits.study.recommendation import decision_of

_ADVISER = int(Stream.ADVISER)  # kernels take plain integers


class Asking(Looking):
    """The part of a study that consults."""

    def settle(
        self, decision_id: int, advice: Advice | None, *, reason: str = "no advice was given"
    ) -> Decision:
        """Complete a pending decision with advice, or without.

        Parameters
        ----------
        decision_id
            Number of the pending decision.
        advice
            The adviser's pair, from `advice` for example; None: the policy decides.
        reason
            Why there is no advice; kept with the decision.

        Raises
        ------
        DecisionError
            If no such decision is pending.
        AdviceError
            If the pair is not legal for this person; the decision stays pending.
        """
        require_text(reason=reason)
        with self._lock:
            decision_id = whole_number(decision_id)
            pending = self._ledger.fold.pending.get(decision_id)
            if pending is None:
                stored = self.decision(decision_id)
                decided = f"was decided ({stored.arm})" if isinstance(stored, Decision) else None
                raise ClosedDecision(
                    f"decision {decision_id} is not pending: it {decided or 'was withdrawn'}"
                )
            if advice is not None:
                advice = checked_advice(self.problem, advice, pending.context)
            return self._settled(pending, NoAdvice(reason) if advice is None else advice)

    def advice(
        self,
        pending: Pending,
        arm: str,
        target: Mapping[str, Any] | None = None,
        *,
        note: str = "",
    ) -> Advice:
        """Put a person's or model's advice for a pending decision into numbers.

        Parameters
        ----------
        pending
            The pending decision.
        arm
            Name of the advised arm.
        target
            Raw values that the features should reach; those left out stay as they are.
        note
            Kept with the advice.

        Raises
        ------
        AdviceError
            If the pair is not legal for this person.
        PersonError
            If a feature of the target is unknown or its value refused.
        """
        context = pending.context
        point = self.problem.realised_point(context, context.values, target or {})
        advice = Advice(self.problem.arm_index(arm), point, note)
        return checked_advice(self.problem, advice, context)

    def collect(self) -> list[Decision]:
        """Settle the pending decisions whose answer has come, or whose deadline has passed.

        At the deadline the policy decides, or the decision is withdrawn, as the adviser declares
        (`Adviser.at_deadline`). May be called at any time, from any thread, and again.

        Returns
        -------
        list of Decision
            What was decided now.

        Raises
        ------
        QueueError
            If a queue of the adviser's cannot be used; nothing was decided then, not even what is
            past its deadline, as an answer may lie there.
        """
        with self._lock:
            waiting, now = list(self._ledger.fold.pending.values()), self._ledger.now()
            questions = [self._ledger.fold.question(pending) for pending in waiting]
            study = self._ledger.fold.study
        answers = {} if self.adviser is None else self.adviser.collect(questions, study)
        decided = []
        for pending in waiting:
            came = pending.id in answers
            if not came and (pending.deadline is None or now < pending.deadline):
                continue
            answer = self._legal(answers[pending.id] if came else _late(pending), pending)
            with self._lock:
                if pending.id not in self._ledger.fold.pending:  # settled or withdrawn meanwhile
                    continue
                asked = None if self.adviser is None else self.adviser.whom(pending.addressee)
                if came or asked is None or asked.at_deadline == "policy":
                    decided.append(self._settled(pending, answer))
                else:
                    assert isinstance(answer, NoAdvice)
                    self._ledger.write("withdrawn", Withdrawn(pending.id, answer.reason))
        return decided

    def _addressed(self, pending: Pending) -> Pending:
        """Return a question that is about to be written, with who is asked and until when."""
        if self.adviser is None:
            return pending
        fold = self._ledger.fold
        addressee = self.adviser.addressee(fold.adviser_state, fold.question(pending))
        patience = self.adviser.whom(addressee).answer_within
        deadline = None if patience is None else self._ledger.now() + timedelta(seconds=patience)
        return replace(pending, deadline=deadline, addressee=addressee)

    def _ask(self, pending: Pending, adviser_state: Any) -> Decision | Pending:
        if self.adviser is None:
            return pending
        with self._lock:
            question = self._ledger.fold.question(pending)
        try:
            key = Key(self.seed, pending.id, _ADVISER)
            answer = self.adviser.advise(adviser_state, question, key)
        except Exception as error:  # noqa: BLE001 - a failing adviser is a legal input
            answer = NoAdvice(_reason(error))
        if isinstance(answer, Later):
            return pending
        answer = self._legal(answer, pending)
        with self._lock:
            if pending.id not in self._ledger.fold.pending:
                stored = self.decision(pending.id)
                if isinstance(stored, Pending):
                    raise ClosedDecision(
                        f"decision {pending.id} was withdrawn while its adviser was asked"
                    )
                return stored
            return self._settled(pending, answer)

    def _legal(self, answer: Any, pending: Pending) -> Advice | NoAdvice:
        """Return an adviser's answer, or why it cannot be followed; with who was asked."""
        exchange = None
        if self.adviser is not None:
            exchange = Exchange(pending.addressee or self.adviser.name)
        try:
            if getattr(answer, "exchange", None) is not None:
                require_kept(answer.exchange)
                exchange = answer.exchange
            if isinstance(answer, NoAdvice):
                return replace(answer, exchange=exchange)
            if not isinstance(answer, Advice):
                return NoAdvice(f"the adviser returned {answer!r}, which is no answer", exchange)
            return replace(checked_advice(self.problem, answer, pending.context), exchange=exchange)
        except Exception as error:  # noqa: BLE001 - what an adviser hands over may be anything
            return NoAdvice(_reason(error), exchange)

    def _settled(self, pending: Pending, answer: Advice | NoAdvice | None) -> Decision:
        given, consultation = None, None
        if answer is not None:
            exchange = answer.exchange
            if exchange is None and pending.addressee is not None:  # by hand, or too late
                exchange = Exchange(pending.addressee)
            if isinstance(answer, Advice):
                given = replace(answer, exchange=None)  # kept once, with the consultation
                consultation = Consultation(given, None, exchange)
            else:
                consultation = Consultation(None, writable(answer.reason), exchange)
        choice = self.policy.settle(self._ledger.fold.policy_state, pending.proposal, given)
        decision = decision_of(self.problem, pending, choice, consultation)
        self._ledger.write("decided", decision)
        return decision


def _late(pending: Pending) -> NoAdvice:
    return NoAdvice(f"no answer came until {pending.deadline:%Y-%m-%d %H:%M:%S} UTC")


def _reason(error: Exception) -> str:
    """Return what an error says, whatever it is."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - an error of somebody else's class
        return f"{type(error).__name__}, which cannot be told"
