"""Asking until there is an answer that can be used, within one deadline: the only owner of retries.

At most `1 + retries` calls a question, whatever they are needed for; at most one of them tells the
model what was wrong with its answer.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from recourse_bandits.advisers.language_model.calls import Caller, CallFailed, Reply, Said
from recourse_bandits.advisers.language_model.prices import Price
from recourse_bandits.errors import AdviceError, AdviserUnavailable, InvalidAdvice
from recourse_bandits.exchanges import Attempt

Understood = TypeVar("Understood")

_FIRST_PAUSE = 0.5  # seconds; doubled each time, where the server does not say
_MOST_REPEATED = 20_000  # characters of its answer that a model is shown again
MOST_COMPLAINT = 2000
"""Bytes of what a model is told of its answer at most."""


@dataclass(slots=True)
class Conversation(Generic[Understood]):
    """One question to a model.

    Parameters
    ----------
    caller
        Calls the model.
    understand
        From the text of an answer to what it means; raises AdviceError with what to tell the model.
    deadline
        Seconds for all calls together.
    retries
        Calls after the first.
    price
        Price of tokens, if known.
    said
        What was said, our question first.
    attempts
        The calls so far.
    result
        What the answer means; None if there is none, and then `error` says why.
    error
        Why there is no answer.
    """

    caller: Caller
    understand: Callable[[str], Understood]
    deadline: float
    retries: int
    price: Price | None
    said: list[Said]
    attempts: list[Attempt] = field(default_factory=list)
    result: Understood | None = None
    error: AdviceError | None = None

    def hold(self) -> None:
        """Ask, and ask again, until there is a result or an error.

        Raises
        ------
        AdviserUnavailable
            If nobody can be called: no package, no key.
        """
        self.caller.made_ready()
        until = time.monotonic() + self.deadline
        for left in range(self.retries, -1, -1):
            started = time.monotonic()
            if started >= until:
                self.error = self.error or AdviserUnavailable(
                    f"no answer within {self.deadline:g} s"
                )
                return
            try:
                reply = self.caller.call(self.said, until - started)
            except CallFailed as failure:
                self._note(started, failure.ended, cost=self._most if failure.billed else 0.0)
                if not self._may_go_on(failure, left, until):
                    return
            else:
                self._heard(reply, started)
                if self.error is None or reply.ended != "answered" or len(self.said) > 1:
                    return
                self._complain(reply.text)

    def _heard(self, reply: Reply, started: float) -> None:
        """Note an answer, and either its result or the error that it is."""
        try:
            if reply.ended == "refused":
                raise InvalidAdvice("the model refused to answer")
            if reply.ended == "cut":
                raise InvalidAdvice(f"the answer was cut at max_tokens = {self.caller.max_tokens}")
            self.result, self.error = self.understand(reply.text), None
        except AdviceError as error:
            self.error = error
        self._note(started, reply.ended, reply)

    def _may_go_on(self, failure: CallFailed, left: int, until: float) -> bool:
        """Wait before the next call, if there is one and it can be in time."""
        self.error = AdviserUnavailable(failure.ended)
        if not failure.again or left == 0:
            return False
        failed = sum(attempt.ended not in _HEARD for attempt in self.attempts)
        wait = _FIRST_PAUSE * 2.0 ** (failed - 1) if failure.wait is None else failure.wait
        if time.monotonic() + wait >= until:
            said = "" if failure.wait is None else f"; the server asks to wait {failure.wait:g} s"
            limit = f"past the deadline of {self.deadline:g} s"
            self.error = AdviserUnavailable(f"{failure.ended}{said}: another call is {limit}")
            return False
        time.sleep(wait)
        return True

    def _complain(self, answer: str) -> None:
        told = f"Your answer cannot be used: {self.error}. Answer again, in the form asked for."
        told = told.encode()[:MOST_COMPLAINT].decode(errors="ignore")
        self.said += [Said("model", answer[:_MOST_REPEATED] or "(no text)"), Said("us", told)]

    @property
    def _most(self) -> float | None:
        """The most that a call can cost, now."""
        if self.price is None:
            return None
        ours = sum(len(text.encode()) for by, text in self.said if by == "us")
        theirs = sum(by == "model" for by, _ in self.said)
        return self.price.most(ours, theirs, self.caller.max_tokens)

    def _note(
        self, started: float, ended: str, reply: Reply | None = None, cost: float | None = None
    ) -> None:
        if reply is not None:
            cost = self._most
            if self.price and reply.input_tokens is not None and reply.output_tokens is not None:
                cost = self.price.of(reply.input_tokens, reply.output_tokens)
        self.attempts.append(
            Attempt(
                ended,
                round(time.monotonic() - started, 6),
                None if reply is None else reply.text,
                None if reply is None or self.error is None else str(self.error),
                None if reply is None else reply.model,
                None if reply is None else reply.input_tokens,
                None if reply is None else reply.output_tokens,
                None if self.price is None else cost,
            )
        )


_HEARD = ("answered", "refused", "cut")
