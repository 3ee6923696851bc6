"""A language model as adviser."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from hashlib import sha256
from typing import TypeVar

from recourse_bandits.advisers.base import Adviser, Question
from recourse_bandits.advisers.language_model.answer_cache import AnswerCache, Kept, cache_key
from recourse_bandits.advisers.language_model.answers import Parsed, parsed
from recourse_bandits.advisers.language_model.calls import Caller, Said
from recourse_bandits.advisers.language_model.conversation import MOST_COMPLAINT, Conversation
from recourse_bandits.advisers.language_model.elicitation import (
    Elicited,
    elicitation_prompt,
    parsed_elicitation,
)
from recourse_bandits.advisers.language_model.kinds import check_kinds
from recourse_bandits.advisers.language_model.prices import Price, listed_price
from recourse_bandits.advisers.language_model.prompts import Prompting, Style
from recourse_bandits.advisers.language_model.providers import Connection
from recourse_bandits.advisers.language_model.spending import Most, Spending
from recourse_bandits.errors import AdviceError, AdviserUnavailable, DescriptionError
from recourse_bandits.exchanges import Attempt, Exchange
from recourse_bandits.parameters import (
    require_count,
    require_not_negative,
    require_positive,
    require_truth_value,
    require_whole,
)
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Advice, Decision, Key, NoAdvice

Understood = TypeVar("Understood")

_LONGEST = 3600.0  # seconds that a question may take
_LOADING = 30.0  # seconds in which a client is loaded, before the deadline begins


@dataclass(frozen=True)
class LanguageModel(Adviser):
    """A language model at any common provider, asked for a treatment and a change.

    Each question is one conversation of at most ``1 + retries`` calls within one deadline. All
    that passed is kept with the decision. Keys are read from the environment when a call is made
    and are kept nowhere.

    Parameters
    ----------
    model
        ``PROVIDER:NAME``, the provider one of openai, azure, anthropic, google, bedrock. A server
        of one's own that speaks the chat completions protocol (vLLM, Ollama, llama.cpp) is
        ``openai:NAME`` with its `endpoint`.
    style
        `direction`: the model says which way each feature should go and how important that is, and
        the change is carried to the boundary of what is feasible. `point`: it gives the values
        themselves, as in the LIBRA paper.
    endpoint
        Address of the server; None: the provider's own.
    key_variable
        Environment variable that holds the key; None: the provider's usual one.
    template
        File with a jinja2 template of the question; None: the one shipped for the style.
    send
        Names of the features that may be sent, all mutable ones among them; None: all.
    rounding
        Steps to which values are rounded before they are sent, by feature name; raw units.
    deadline
        Seconds within which an answer must be there, all calls together; > 0.
    retries
        Further calls that a question may take, >= 0: after a failure, or, once, to tell the model
        what was wrong with its answer.
    max_calls
        Most calls over the life of a study; None: no cap.
    max_cost
        Most that they may cost, in the currency of `price`; None: no cap.
    price
        Price of a million tokens in, and of a million out; None: the provider's list price, in US
        dollars, if it is known.
    cache
        File in which answers are kept, so that the same question costs once; None: none.
    pull_back
        Whether a change outside the feasible set is pulled back to its boundary, which is recorded.
    max_tokens
        Longest answer, tokens; models that reason aloud need some thousands.
    temperature
        Of the model; None: the provider's default.
    keep_questions
        Whether questions are kept in full, or as a digest only.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    Examples
    --------
    >>> LanguageModel("openai:gpt-5-mini", max_calls=100).name
    'openai:gpt-5-mini'
    """

    model: str
    style: Style = "direction"
    endpoint: str | None = None
    key_variable: str | None = None
    template: str | None = None
    send: tuple[str, ...] | None = None
    rounding: Mapping[str, float] = field(default_factory=dict)
    deadline: float = 30.0
    retries: int = 2
    max_calls: int | None = None
    max_cost: float | None = None
    price: tuple[float, float] | None = None
    cache: str | None = None
    pull_back: bool = False
    max_tokens: int = 2000
    temperature: float | None = None
    keep_questions: bool = True

    def __post_init__(self) -> None:
        check_kinds({one.name: getattr(self, one.name) for one in fields(self)})
        _ = self.connection  # which says if model or endpoint are wrong
        require_positive(deadline=self.deadline)
        if self.deadline > _LONGEST:
            raise DescriptionError(
                f"deadline must be at most {_LONGEST:g} seconds, got {self.deadline!r}"
            )
        require_whole(retries=self.retries)
        require_count(max_tokens=self.max_tokens)
        if self.max_calls is not None:
            require_whole(max_calls=self.max_calls)
        if self.max_cost is not None:
            require_not_negative(max_cost=self.max_cost)
        if self.temperature is not None:
            require_not_negative(temperature=self.temperature)
        require_truth_value(pull_back=self.pull_back, keep_questions=self.keep_questions)
        if self.price is not None:
            if not isinstance(self.price, tuple | list) or len(self.price) != 2:
                raise DescriptionError(
                    f"price must be (input, output) per million tokens, got {self.price!r}"
                )
            require_not_negative(**{"price of input": self.price[0]})
            require_not_negative(**{"price of output": self.price[1]})

    # -- what it is -------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The model, as it was asked for."""
        return self.model

    @property
    def answer_within(self) -> float:  # type: ignore[override]
        """Seconds until an open question is given up; only a process that died leaves one open."""
        return self.deadline + _LOADING

    @cached_property
    def connection(self) -> Connection:
        """Where the model is."""
        return Connection(self.model, self.endpoint, self.key_variable, self.deadline)

    @cached_property
    def prompting(self) -> Prompting:
        """How it is asked."""
        return Prompting(self.style, self.template, self.send, self.rounding)

    @cached_property
    def token_price(self) -> Price | None:
        """Price of tokens, given or looked up; None: not known."""
        return Price(*self.price) if self.price is not None else listed_price(self.connection)

    def require_ready(self) -> None:
        """Raise AdviserUnavailable unless the extra is installed and a key is set."""
        self._caller.made_ready()

    # -- folds ------------------------------------------------------------------------------------

    def init(self, problem: Problem) -> Spending:
        """Nothing spent.

        Parameters
        ----------
        problem
            The problem, which must be one that can be asked about.

        Raises
        ------
        DescriptionError
            If the allow-list, the rounding or the template does not fit the problem, or the cost
            is capped and prices are not known.
        """
        self.prompting.checked(problem)
        if self.max_cost is not None and self.token_price is None:
            raise DescriptionError(
                f"max_cost is set, but the price of {self.model!r} is not known: give "
                "price = (input, output) per million tokens"
            )
        return Spending()

    def asked(self, state: Spending, question: Question) -> Spending:
        """State with the most that a question can take reserved, if the caps allow it.

        Parameters
        ----------
        state
            The state before.
        question
            The question.
        """
        return state.asked(question.number, self._most(question), self.max_calls, self.max_cost)

    def answered(self, state: Spending, question: Question, decision: Decision) -> Spending:
        """State with what was really spent in the place of the reservation.

        Parameters
        ----------
        state
            The state before.
        question
            The question.
        decision
            The decision; its exchange tells the calls.
        """
        exchange = decision.consultation.exchange if decision.consultation else None
        return state.answered(question.number, self._most(question), exchange)

    def _most(self, question: Question) -> Most:
        calls = 1 + self.retries
        if self.max_cost is None or self.token_price is None:
            return Most(calls, 0.0)
        try:
            text = self.prompting.prompt_for(question.problem, question.context).text
        except DescriptionError:  # of a user's template: what cannot be put costs nothing
            return Most(calls, 0.0)
        longest = len(text.encode()) + MOST_COMPLAINT
        # one call after a complaint holds an answer and the complaint; all are taken to be such
        return Most(calls, calls * self.token_price.most(longest, 1, self.max_tokens))

    # -- asking -----------------------------------------------------------------------------------

    def advise(self, state: Spending, question: Question, key: Key) -> Advice | NoAdvice:
        """Ask the model.

        Parameters
        ----------
        state
            What was spent, this question counted already.
        question
            Person and proposal.
        key
            Not used.
        """
        if not state.granted:
            text = self.prompting.prompt_for(question.problem, question.context).text
            return NoAdvice(
                f"AdviserUnavailable: {self._spent(state)}", self._exchange(text, None, ())
            )
        found, exchange = self.consult(question.problem, question.context)
        if isinstance(found, AdviceError):
            return NoAdvice(f"{type(found).__name__}: {found}", exchange)
        return Advice(found.arm, found.point, exchange=exchange)

    def consult(self, problem: Problem, context: Context) -> tuple[Parsed | AdviceError, Exchange]:
        """Ask about one person, whatever was spent; nothing is decided or recorded.

        Parameters
        ----------
        problem
            The problem.
        context
            The person.

        Returns
        -------
        tuple
            The advice, or why there is none; and what passed.
        """
        text = self.prompting.prompt_for(problem, context).text

        def understand(answer: str) -> Parsed:
            return parsed(answer, self.prompting, problem, context, pull_back=self.pull_back)

        return self._hold(text, understand)

    def elicit(self, problem: Problem) -> tuple[Elicited | AdviceError, Exchange]:
        """Ask once what is known of the effects before any person is seen.

        Parameters
        ----------
        problem
            The problem.

        Returns
        -------
        tuple
            Effects with their uncertainty, or why there are none; and what passed.
        """
        text = elicitation_prompt(problem).text
        return self._hold(text, lambda answer: parsed_elicitation(answer, problem))

    @property
    def _caller(self) -> Caller:
        return Caller(self.connection, self.max_tokens, self.temperature)

    def _hold(
        self, text: str, understand: Callable[[str], Understood]
    ) -> tuple[Understood | AdviceError, Exchange]:
        """Return what an answer means, from the cache or a conversation; and what passed."""
        key = cache_key(self.model, self.endpoint, self.max_tokens, self.temperature, text)
        try:
            kept = self._remembered(key, understand)
            if kept is not None:
                attempt = Attempt("answered", 0.0, kept[1].text, model=kept[1].model, cost=0.0)
                return kept[0], self._exchange(text, kept[0], (attempt,), cached=True)
            talk = Conversation(
                self._caller,
                understand,
                self.deadline,
                self.retries,
                self.token_price,
                [Said("us", text)],
            )
            talk.hold()
        except AdviceError as error:  # before any call
            return error, self._exchange(text, None, ())
        attempts = tuple(talk.attempts)
        if talk.result is None:
            failure = talk.error or AdviserUnavailable("there was no answer")
            return failure, self._exchange(text, None, attempts)
        exchange = self._exchange(text, talk.result, attempts)
        try:
            self._remember(key, attempts[-1])
        except AdviserUnavailable as error:  # the answer was paid for: it is used all the same
            exchange = replace(
                exchange, repairs=(*exchange.repairs, f"the answer was not kept: {error}")
            )
        return talk.result, exchange

    def _remembered(
        self, key: str, understand: Callable[[str], Understood]
    ) -> tuple[Understood, Kept] | None:
        kept = None if self.cache is None else AnswerCache(self.cache).get(key)
        if kept is None:
            return None
        try:
            return understand(kept.text), kept
        except AdviceError:  # it was legal for another person who was told in the same words
            return None

    def _remember(self, key: str, last: Attempt) -> None:
        if self.cache is not None and last.answer is not None:
            AnswerCache(self.cache).put(key, Kept(last.model, last.answer))

    def _exchange(
        self, text: str, result: object, attempts: tuple[Attempt, ...], *, cached: bool = False
    ) -> Exchange:
        return Exchange(
            self.name,
            digest=sha256(text.encode()).hexdigest(),
            question=text if self.keep_questions else None,
            attempts=attempts,
            said=getattr(result, "said", None),
            confidence=getattr(result, "confidence", None),
            repairs=getattr(result, "repairs", ()),
            cached=cached,
        )

    def _spent(self, state: Spending) -> str:
        caps = [
            f"max_calls = {self.max_calls} ({state.calls} made, {state.reserved_calls} reserved)"
            if self.max_calls is not None
            else "",
            f"max_cost = {self.max_cost:g} ({state.cost:.4g} spent, {state.reserved_cost:.4g} "
            "reserved)"
            if self.max_cost is not None
            else "",
        ]
        return f"another question could exceed {' or '.join(filter(None, caps))}"
