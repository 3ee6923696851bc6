"""Every bound against numbers worked out by hand, and its assumptions by name."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recourse_bandits import theory
from recourse_bandits.errors import DescriptionError
from tests.theory.made_up import CONTEXT_BOUND, named, setting


def test_the_radius_by_hand() -> None:
    assert setting().confidence_radius == pytest.approx([7.0])
    # 2·sqrt(2·log(1 + 2(e - 1)) + 2·1) + 3
    lemma_2 = 2.0 * math.sqrt(2.0 * math.log(2.0 * math.e - 1.0) + 2.0) + 3.0
    assert setting(form="lemma2").confidence_radius == pytest.approx([lemma_2])


def test_the_bias_of_a_ridge_prior_follows_from_penalty_and_coefficients() -> None:
    # beta_X²/lambda stays e - 1; sqrt(4)·0.5 = 1 in the place of 3
    ridge = setting(bias=None, penalty=4.0, context_bound=2.0 * CONTEXT_BOUND)
    assert ridge.confidence_radius == pytest.approx([5.0])


def test_theorem_2_by_hand() -> None:
    # 2·7·sqrt(2·4·2)
    bound = theory.glrb_regret(setting())
    assert bound.values == pytest.approx([56.0])
    assert bound.holds
    assert theory.glrb_regret_as_printed(setting()).values == pytest.approx([56.0])


def test_theorem_2_takes_the_reach_where_it_exceeds_the_radius() -> None:
    # beta_Theta·beta_X = 10: 2·10·sqrt(2·4·2)
    wide = setting(coefficient_bound=10.0 / CONTEXT_BOUND)
    assert theory.glrb_regret(wide).values == pytest.approx([80.0])
    printed = theory.glrb_regret_as_printed(wide)
    assert printed.values == pytest.approx([56.0])
    assert named(printed) == {"ReachAboveOne"}


def test_theorem_2_as_printed_names_a_radius_below_one() -> None:
    assert named(theory.glrb_regret_as_printed(setting(noise=0.1, bias=0.0))) == {"RadiusBelowOne"}


def test_a_certified_gap_is_added_in_every_round() -> None:
    # 2 rounds of 0.25
    assert theory.glrb_regret(setting(gap=0.25)).values == pytest.approx([56.5])


def test_slopes_widen_the_radius_and_multiply_the_regret() -> None:
    # radius 7 / 0.5 = 14, times L_mu = 0.75: 2·0.75·14·4
    assert theory.glrb_regret(setting(least_slope=0.5, largest_slope=0.75)).values == (
        pytest.approx([84.0])
    )
    # a slope above 1 does not narrow it: 2·3·7·4
    assert theory.glrb_regret(setting(least_slope=2.0, largest_slope=3.0)).values == (
        pytest.approx([168.0])
    )


def test_the_scale_counts_from_one_on() -> None:
    assert theory.glrb_regret(setting(scale=3.0)).values == pytest.approx([168.0])
    below = theory.glrb_regret(setting(scale=0.2))
    assert below.values == pytest.approx([56.0])
    assert named(below) == {"ScaleBelowOne"}


@pytest.mark.parametrize(
    ("changes", "name", "says"),
    [
        ({"scale": 0.07}, "ScaleBelowOne", "scale is 0.07: nothing is proved below 1"),
        ({"gap": None}, "RecourseNotCertified", "nobody has certified a gap"),
        ({"form": "lemma2", "dimension": 1}, "LemmaTwoInOneDimension", "dimension 1"),
    ],
)
def test_what_breaks_every_upper_bound_is_named(
    changes: dict[str, Any], name: str, says: str
) -> None:
    broken = setting(**changes)
    bounds = (
        theory.glrb_regret(broken),
        theory.glrb_regret_as_printed(broken),
        theory.advised_regret(broken, 1),
        theory.followed_round_regret(broken, 0.5, 0.5),
        theory.random_deviation_regret(broken, 0.1),
        theory.adversarial_deviation_regret(broken, 0.1, 1.0),
        theory.questions_as_printed(broken, 1.0),
        theory.libra_regret_as_printed(broken, 1.0),
    )
    for bound in bounds:
        assert name in named(bound), bound.statement
        assert not bound.holds
    assert says in " ".join(map(str, bounds[0].broken))


def test_a_bound_is_named_after_its_function() -> None:
    one, law = setting(), theory.DelayLaw(mean=5.0, scale=5.0, exponent=0.0)
    dosing = theory.DoseSetting(
        coefficients=4,
        effect_coefficients=3,
        rounds=100,
        feature_bound=2.0,
        effect_bound=2.0,
        effect_noise=1.0,
        least_slope=0.05,
    )
    widths = {"feature_width": 0.1, "effect_width": 0.1, "cost": 1.0}
    gains = {"feature_gain": 1.0, "effect_gain": 1.0}
    lower = theory.lower_order([2], dimension=2, mutable=1, arms=2, gamma=0.1)
    found = [
        lower,
        theory.any_regret(one),
        theory.glrb_regret(one),
        theory.glrb_regret_as_printed(one),
        theory.wide_adoptions(one, 1.0),
        theory.questions_as_printed(one, 1.0),
        theory.libra_regret_as_printed(one, 1.0),
        theory.question_cap([2]),
        theory.advised_regret(one, 1),
        theory.followed_round_regret(one, 0.5, 0.5),
        theory.random_deviation_regret(one, 0.1),
        theory.adversarial_deviation_regret(one, 0.1, 1.0),
        theory.outstanding([2], law, 0.05),
        theory.outstanding_as_printed([2], law, 0.05),
        theory.warm_up_rounds(dosing, chance_constant=1.0, effect_constant=1.0),
        theory.late_radius(dosing, 2.0, **widths),
        theory.constant_delay_radius(dosing, **widths, **gains),
    ]
    names = [bound.name for bound in found]
    assert len(set(names)) == len(found)
    of_bounds = [name for name in theory.__all__ if _returns_a_bound(getattr(theory, name))]
    assert sorted(names) == sorted(of_bounds)


def _returns_a_bound(one: Any) -> bool:
    return getattr(one, "__annotations__", {}).get("return") is theory.Bound


def test_broken_assumptions_are_shown_on_request_only() -> None:
    bound = theory.glrb_regret(setting(scale=0.5))
    with pytest.warns(theory.ScaleBelowOne, match="scale is 0.5"):
        bound.warn()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        theory.glrb_regret(setting()).warn()


def test_theorem_3_by_hand() -> None:
    # adviser within the threshold: min(2, CI); eta = 6 is three times the threshold
    assert theory.round_regret([0.5, 5.0], 2.0, 1.0) == pytest.approx([0.5, 2.0])
    assert theory.round_regret([0.5, 5.0], 2.0, 6.0) == pytest.approx([1.5, 6.0])


def test_theorem_4_by_hand() -> None:
    # 8·(7/14)²·4·log(1 + (e - 1)/2)
    expected = 8.0 * math.log((math.e + 1.0) / 2.0)
    bound = theory.questions_as_printed(setting(), 14.0)
    assert bound.values == pytest.approx([expected])
    assert named(bound) == {"PlayedPairNotTested"}
    held = theory.wide_adoptions(setting(scale=0.2, gap=None), 14.0)
    assert held.values == pytest.approx([expected])
    assert held.holds  # nothing in it is probable or optimistic


def test_theorem_4_is_too_small_where_the_threshold_exceeds_every_width() -> None:
    # Delta/(2·L_mu) = 14 in the place of 7: 8·(14/28)²·4·log(...)
    expected = 8.0 * math.log((math.e + 1.0) / 2.0)
    assert theory.wide_adoptions(setting(), 28.0).values == pytest.approx([expected])
    assert theory.questions_as_printed(setting(), 28.0).values == pytest.approx([expected / 4.0])


def test_theorem_5_by_hand() -> None:
    # the threshold's part, 1·2, holds; Theorem 2's part, 56 instead of 200, does not
    small = theory.libra_regret_as_printed(setting(), 1.0, 0.5)
    assert small.values == pytest.approx([2.0])
    assert small.holds
    unknown = theory.libra_regret_as_printed(setting(), 1.0)
    assert unknown.values == pytest.approx([2.0])
    assert named(unknown) == {"EtaUnknown"}
    large = theory.libra_regret_as_printed(setting(), 100.0, 50.0)
    assert large.values == pytest.approx([56.0])
    assert named(large) == {"PlayedPairNotTested"}


def test_theorem_5_names_a_threshold_below_eta() -> None:
    bound = theory.libra_regret_as_printed(setting(), 1.0, 3.0)
    assert bound.values == pytest.approx([6.0])
    assert named(bound) == {"ThresholdBelowEta"}
    assert "the threshold 1 is below eta 3" in str(bound.broken[0])


def test_theorem_6_by_hand() -> None:
    # gamma·d_M·sqrt(KT) = 0.2·32·sqrt(4·400) = 256; sqrt(dKT) = sqrt(36·1600) = 240
    described: dict[str, Any] = {"dimension": 36, "mutable": 32, "arms": 4}
    bound = theory.lower_order([400], gamma=0.2, **described)
    assert bound.values == pytest.approx([256.0])
    assert bound.holds
    assert theory.lower_order([400], gamma=0.1, **described).values == pytest.approx([240.0])
    assert theory.lower_order([400], gamma=0.1, eta=0.1, **described).values == pytest.approx([40])


def test_theorem_6_names_the_limits_of_its_instance() -> None:
    bound = theory.lower_order([400], dimension=8, mutable=8, arms=3, gamma=0.3)
    assert [str(one) for one in bound.broken] == [
        "arms must be at most exp(mutable / 8) = 2.718, got 3",
        "gamma must be at most about 0.24, got 0.3",
    ]
    assert named(bound) == {"OutsideTheInstance"}


def test_theorem_7_by_hand() -> None:
    # beta_X + eps is what beta_X was
    shorter = setting(context_bound=CONTEXT_BOUND - 0.3)
    assert theory.random_deviation_regret(shorter, 0.3).values == pytest.approx([56.0])
    # 0.5·0.3·sqrt(2)
    assert theory.unknown_law_cost(shorter, 0.3) == pytest.approx([0.15 * math.sqrt(2.0)])


def test_theorem_8_by_hand() -> None:
    # 56 + 8·7·(0.3/0.6)·sqrt(2·2)
    shorter = setting(context_bound=CONTEXT_BOUND - 0.3)
    bound = theory.adversarial_deviation_regret(shorter, 0.3, coverage=0.6)
    assert bound.values == pytest.approx([112.0])
    assert any("(V^-1)_MM" in text for text in bound.assumed)


def test_robustness_by_hand() -> None:
    # one round costs at most 2·0.5·sqrt(e - 1)
    bound = theory.advised_regret(setting(), [3])
    assert bound.values == pytest.approx([56.0 + 3.0 * CONTEXT_BOUND])
    assert theory.any_regret(setting()).values == pytest.approx([2.0 * CONTEXT_BOUND])


def test_followed_advice_by_hand() -> None:
    # 0.5 + 0.25 + 2·0.125; no round costs more than 2·2·0.5·sqrt(e - 1)
    steep = setting(largest_slope=2.0, gap=0.125)
    bound = theory.followed_round_regret(steep, [0.5, 0.5, math.inf], [0.25, 9.0, 0.0])
    assert bound.values == pytest.approx([1.0, 2.0 * CONTEXT_BOUND, 2.0 * CONTEXT_BOUND])
    assert bound.holds


def test_effort_by_hand() -> None:
    # 2·log(1 + T)²: 0.96, 2.41, 77.3, 169.7; never more than T
    assert theory.question_cap([1, 2, 500, 10_000]).values == pytest.approx([1, 2, 78, 170])
    assert theory.question_cap([5, 50], None).values == pytest.approx([5, 50])
    assert theory.question_cap([5, 50], math.inf).values == pytest.approx([5, 50])
    assert theory.question_cap([5, 50], 0.0).values == pytest.approx([0, 0])
    # a cap that falls again does not take questions back
    assert theory.question_cap([1, 2, 9], lambda t: 1.5 - t).values == pytest.approx([1, 2, 2])


def test_slopes_of_links_are_those_of_the_ends_and_the_middle() -> None:
    least, largest = theory.link_slopes("log", 2.0)
    assert (least, largest) == pytest.approx((math.exp(-2.0), math.exp(2.0)))
    least, largest = theory.link_slopes("probit", 1.0)
    root = math.sqrt(2.0 * math.pi)
    assert (least, largest) == pytest.approx((math.exp(-0.5) / root, 1.0 / root))


SETTINGS = st.fixed_dictionaries(
    {
        "dimension": st.integers(1, 30),
        "arms": st.integers(1, 10),
        "noise": st.floats(0.01, 10),
        "context_bound": st.floats(0.1, 10),
        "coefficient_bound": st.floats(0.1, 10),
        "penalty": st.floats(0.01, 10),
        "failure": st.floats(0.01, 0.5),
        "scale": st.floats(0, 3),
        "form": st.sampled_from(["lemma2", "determinant"]),
        "bias": st.none() | st.floats(0, 10),
        "gap": st.none() | st.floats(0, 1),
    }
)


@given(changes=SETTINGS, threshold=st.floats(0.01, 100))
def test_bounds_never_fall_with_rounds_and_order_as_they_should(
    changes: dict[str, Any], threshold: float
) -> None:
    many = setting(rounds=[1, 2, 7, 50, 1000, 10**6], **changes)
    regret = theory.glrb_regret(many).values
    cap = theory.question_cap(many.rounds).values
    bounds = [
        regret,
        cap,
        theory.any_regret(many).values,
        theory.advised_regret(many, cap).values,
        theory.wide_adoptions(many, threshold).values,
        theory.questions_as_printed(many, threshold).values,
        theory.libra_regret_as_printed(many, threshold).values,
        theory.random_deviation_regret(many, 0.5).values,
        theory.adversarial_deviation_regret(many, 0.5, 2.0).values,
    ]
    for values in bounds:
        assert values.shape == (6,)
        assert np.all(np.diff(values) >= 0.0)
    printed = theory.glrb_regret_as_printed(many).values
    assert np.all(regret >= printed * (1.0 - 1e-12))
    assert np.all(bounds[3] >= regret)
    assert np.all(bounds[8] >= bounds[7])
    assert np.all(bounds[7] >= regret)
    assert np.all(bounds[4] >= bounds[5] * (1.0 - 1e-12))


@pytest.mark.parametrize("rounds", [0, [1, 0], 1.5, [], "ten", math.nan, True])
def test_rounds_that_are_none_are_refused(rounds: Any) -> None:
    with pytest.raises(DescriptionError, match="rounds must be whole numbers above 0, got"):
        setting(rounds=rounds)
    with pytest.raises(DescriptionError, match="rounds must be whole numbers above 0, got"):
        theory.question_cap(rounds)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"dimension": 0}, "dimension must be a whole number above 0"),
        ({"arms": 1.5}, "arms must be a whole number above 0"),
        ({"noise": 0.0}, "noise must be positive"),
        ({"context_bound": -1.0}, "context_bound must be positive"),
        ({"coefficient_bound": math.inf}, "coefficient_bound must be positive and finite"),
        ({"penalty": 0.0}, "penalty must be positive"),
        ({"failure": 1.0}, "failure must lie in"),
        ({"scale": -0.1}, "scale must be finite and >= 0"),
        ({"form": "posterior"}, "form must be one of lemma2, determinant"),
        ({"bias": -1.0}, "bias must be finite and >= 0"),
        ({"gap": math.nan}, "gap must be finite and >= 0"),
        ({"least_slope": 2.0}, "least_slope must be at most largest_slope, got 2.0 and 1.0"),
    ],
)
def test_settings_out_of_range_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        setting(**changes)


def test_arguments_out_of_range_are_refused() -> None:
    refused: list[tuple[str, Any]] = [
        ("threshold must be positive", lambda: theory.questions_as_printed(setting(), 0.0)),
        ("threshold must be positive", lambda: theory.wide_adoptions(setting(), -1.0)),
        ("threshold must be positive", lambda: theory.libra_regret_as_printed(setting(), 0.0)),
        ("eta must be finite", lambda: theory.libra_regret_as_printed(setting(), 1.0, -1.0)),
        ("width must be >= 0", lambda: theory.round_regret([-1.0], 1.0, 1.0)),
        ("width must be >= 0", lambda: theory.round_regret([math.nan], 1.0, 1.0)),
        ("questions must be >= 0", lambda: theory.advised_regret(setting(), -1)),
        ("own_width must be >= 0", lambda: theory.followed_round_regret(setting(), -1, 1)),
        ("advised_width must be", lambda: theory.followed_round_regret(setting(), 1, math.nan)),
        ("consultation_budget must be", lambda: theory.question_cap(5, -2.0)),
        ("deviation must be finite", lambda: theory.random_deviation_regret(setting(), -0.1)),
        ("deviation must be finite", lambda: theory.unknown_law_cost(setting(), math.inf)),
        ("coverage must be positive", lambda: theory.adversarial_deviation_regret(setting(), 1, 0)),
        ("link must be one of", lambda: theory.link_slopes("cauchit", 1.0)),
        ("reach must be positive", lambda: theory.link_slopes("logistic", 0.0)),
        (
            "mutable must be at most dimension, got 3 and 2",
            lambda: theory.lower_order(5, dimension=2, mutable=3, arms=2, gamma=0.1),
        ),
    ]
    for says, call in refused:
        with pytest.raises(DescriptionError, match=says):
            call()
