"""A question to a model: answered from the cache or by a conversation, with a record of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TypeVar

from recourse_bandits.advisers.language_model.answer_cache import AnswerCache, Kept, cache_key
from recourse_bandits.advisers.language_model.calls import Caller, Said
from recourse_bandits.advisers.language_model.conversation import Conversation
from recourse_bandits.advisers.language_model.prices import Price
from recourse_bandits.errors import AdviceError, AdviserUnavailable
from recourse_bandits.exchanges import Attempt, Exchange

Understood = TypeVar("Understood")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """How questions are put to one model, and what is kept of them.

    Parameters
    ----------
    adviser
        Under which name exchanges are recorded.
    caller
        Calls the model.
    deadline
        Seconds for all calls of a question together.
    retries
        Calls after the first.
    price
        Price of tokens, if known.
    cache
        Answers of before; None: none are kept.
    keep_questions
        Whether records hold questions in full, or their digests only.
    """

    adviser: str
    caller: Caller
    deadline: float
    retries: int
    price: Price | None
    cache: AnswerCache | None
    keep_questions: bool

    def about(
        self, text: str, understand: Callable[[str], Understood]
    ) -> tuple[Understood | AdviceError, Exchange]:
        """Put a question; return what the answer means, or why there is none, and what passed.

        Parameters
        ----------
        text
            The question.
        understand
            From the text of an answer to what it means; raises AdviceError with what to tell the
            model.
        """
        caller = self.caller
        endpoint = caller.connection.endpoint
        key = cache_key(self.adviser, endpoint, caller.max_tokens, caller.temperature, text)
        try:
            kept = self._remembered(key, understand)
            if kept is not None:
                attempt = Attempt("answered", 0.0, kept[1].text, model=kept[1].model, cost=0.0)
                return kept[0], self.told(text, kept[0], (attempt,), cached=True)
            ours = [Said("us", text)]
            talk = Conversation(caller, understand, self.deadline, self.retries, self.price, ours)
            talk.hold()
        except AdviceError as error:  # before any call
            return error, self.told(text)
        attempts = tuple(talk.attempts)
        if talk.result is None:
            failure = talk.error or AdviserUnavailable("there was no answer")
            return failure, self.told(text, None, attempts)
        exchange = self.told(text, talk.result, attempts)
        try:
            self._remember(key, attempts[-1])
        except AdviserUnavailable as error:  # the answer was paid for: it is used all the same
            exchange = replace(
                exchange, repairs=(*exchange.repairs, f"the answer was not kept: {error}")
            )
        return talk.result, exchange

    def told(
        self,
        text: str,
        result: object = None,
        attempts: tuple[Attempt, ...] = (),
        *,
        cached: bool = False,
    ) -> Exchange:
        """Return the record of a question.

        Parameters
        ----------
        text
            The question.
        result
            What the answer was taken for, or None.
        attempts
            The calls.
        cached
            Whether it was answered from the cache.
        """
        return Exchange(
            self.adviser,
            digest=sha256(text.encode()).hexdigest(),
            question=text if self.keep_questions else None,
            attempts=attempts,
            said=getattr(result, "said", None),
            confidence=getattr(result, "confidence", None),
            repairs=getattr(result, "repairs", ()),
            cached=cached,
        )

    def _remembered(
        self, key: str, understand: Callable[[str], Understood]
    ) -> tuple[Understood, Kept] | None:
        kept = None if self.cache is None else self.cache.get(key)
        if kept is None:
            return None
        try:
            return understand(kept.text), kept
        except AdviceError:  # it was legal for another person who was told in the same words
            return None

    def _remember(self, key: str, last: Attempt) -> None:
        if self.cache is not None and last.answer is not None:
            self.cache.put(key, Kept(last.model, last.answer))
