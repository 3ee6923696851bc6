"""A language model as adviser."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

from recourse_bandits.advisers.base import Adviser, Question
from recourse_bandits.advisers.language_model.answer_cache import AnswerCache
from recourse_bandits.advisers.language_model.answers import Parsed, parsed
from recourse_bandits.advisers.language_model.calls import Caller
from recourse_bandits.advisers.language_model.conversation import MOST_COMPLAINT
from recourse_bandits.advisers.language_model.elicitation import (
    Elicited,
    elicitation_prompt,
    parsed_elicitation,
)
from recourse_bandits.advisers.language_model.inquiry import Inquiry
from recourse_bandits.advisers.language_model.prices import Price, listed_price
from recourse_bandits.advisers.language_model.prompts import Prompting, Style
from recourse_bandits.advisers.language_model.providers import Connection
from recourse_bandits.advisers.language_model.settings import check_settings
from recourse_bandits.advisers.language_model.spending import Most, Spending
from recourse_bandits.errors import AdviceError, DescriptionError
from recourse_bandits.exchanges import Exchange
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Advice, Decision, Key, NoAdvice

_LOADING = 30.0  # seconds in which a client is loaded, before the deadline begins


@dataclass(frozen=True)
class LanguageModel(Adviser):
    """A language model at any common provider, asked for a treatment and a change.

    Each question is one conversation of at most ``1 + retries`` calls within one deadline. All
    that passed is kept with the decision. Keys are read from the environment when a call is made,
    and are in no file, record or error.

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
        check_settings({one.name: getattr(self, one.name) for one in fields(self)})
        _ = self.connection  # which says if model or endpoint are wrong

    # -- what it is -------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The model, as it was asked for."""
        return self.model

    @property
    def identity(self) -> str:
        """Its settings; where cost is capped, with what reservations follow from."""
        if self.max_cost is None:
            return repr(self)
        return f"{self!r} with {self.token_price} and template {self.prompting.version}"

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
        self._inquiry.caller.made_ready()

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
            return NoAdvice(f"AdviserUnavailable: {self._spent(state)}", self._inquiry.told(text))
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

        return self._inquiry.about(text, understand)

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
        return self._inquiry.about(text, lambda answer: parsed_elicitation(answer, problem))

    @property
    def _inquiry(self) -> Inquiry:
        return Inquiry(
            self.model,
            Caller(self.connection, self.max_tokens, self.temperature),
            self.deadline,
            self.retries,
            self.token_price,
            None if self.cache is None else AnswerCache(self.cache),
            self.keep_questions,
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
