"""A verdict follows from the interval of the paired difference, and from nothing else."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recourse_bandits.config import (
    Claim,
    Comparison,
    ExperimentSettings,
    catalogue,
    experiment,
)
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments import plan_of
from recourse_bandits.experiments.claims import (
    in_words,
    judged,
    unanswered,
    verdict_of,
    verdicts,
)


def rows(**regret: list[float]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"policy": policy, "run": run, "round": 1, "total_regret": value, "total_asked": 0.0}
            for policy, values in regret.items()
            for run, value in enumerate(values)
        ]
    )


def comparison(relation: str, right: object, **more: object) -> dict[str, object]:
    left = {"quantity": "regret", "policy": "a"}
    return {"left": left, "is": relation, "right": right, **more}


def claim(*compare: dict[str, object]) -> Claim:
    return Claim.model_validate({"says": "so", "source": "ours", "compare": compare})


B = {"quantity": "regret", "policy": "b"}


def test_differences_are_paired() -> None:
    """Runs that differ much, and policies that differ little but always, are told apart."""
    generator = np.random.default_rng(1)
    people = generator.normal(0.0, 100.0, 8)
    gain = 1.0 + generator.normal(0.0, 0.1, 8)
    found = judged(claim(comparison("<", B)), rows(a=list(people), b=list(people + gain)))
    assert found["verdict"] == "holds"
    (one,) = found["comparisons"]
    low, high = stats.t.interval(0.95, 7, -gain.mean(), stats.sem(-gain))
    assert one["difference"]["low"] == pytest.approx(low)
    assert one["difference"]["high"] == pytest.approx(high)
    assert one["runs"] == 8
    assert one["right"] - one["left"] == pytest.approx(gain.mean())


@pytest.mark.parametrize(
    ("relation", "more", "a", "verdict"),
    [
        ("<", {}, [1.0, 1.1, 0.9], "holds"),
        ("<", {}, [3.0, 3.1, 2.9], "does not hold"),
        ("<", {}, [1.0, 3.1, 1.9], "undecided"),
        (">", {}, [1.0, 1.1, 0.9], "does not hold"),
        (">", {}, [3.0, 3.1, 2.9], "holds"),
        (">", {}, [1.0], "undecided"),
        ("<", {}, [1.0], "undecided"),
        ("<", {}, [2.0, 2.0, 2.0], "does not hold"),
        ("<", {}, [1.0, 1.0, 1.0], "holds"),
        ("within", {"tolerance": 1.0}, [1.9, 2.0, 2.1], "holds"),
        ("within", {"tolerance": 0.1}, [1.9, 2.0, 2.1], "undecided"),
        ("within", {"tolerance": 0.5}, [5.9, 6.0, 6.1], "does not hold"),
        ("within", {"tolerance": 0.5}, [-5.9, -6.0, -6.1], "does not hold"),
    ],
)
def test_verdicts_against_a_number(
    relation: str, more: dict[str, object], a: list[float], verdict: str
) -> None:
    found = judged(claim(comparison(relation, 2.0, **more)), rows(a=a))
    assert found["verdict"] == verdict


def test_a_claim_of_several_parts() -> None:
    frame = rows(a=[1.0, 1.1, 0.9])
    yes, no, open_ = (comparison("<", right) for right in (2.0, 0.5, 1.0))
    assert judged(claim(yes, yes), frame)["verdict"] == "holds"
    assert judged(claim(yes, open_), frame)["verdict"] == "undecided"
    assert judged(claim(yes, open_, no), frame)["verdict"] == "does not hold"


def test_runs_without_the_quantity_do_not_count() -> None:
    frame = pl.DataFrame(
        [
            {"policy": "a", "run": run, "round": 1, "arm": arm, "change.diet": 1.0 + 0.1 * run}
            for run, arm in enumerate(["x", "x", "x", "y"])
        ]
    )
    quantity = {"quantity": "change", "policy": "a", "feature": "diet", "arm": "x"}
    (found,) = judged(claim({"left": quantity, "is": ">", "right": 0.0}), frame)["comparisons"]
    assert found["runs"] == 3
    assert found["left"] == pytest.approx(1.1)
    nowhere = {**quantity, "arm": "z"}
    (found,) = judged(claim({"left": nowhere, "is": ">", "right": 0.0}), frame)["comparisons"]
    assert found["runs"] == 0
    assert found["verdict"] == "undecided"
    assert found["difference"]["mean"] is None


@given(st.floats(-5, 5), st.floats(0, 5), st.sampled_from(["<", ">"]), st.floats(0.01, 5))
def test_opposite_claims_never_both_hold(
    mean: float, half: float, relation: str, tolerance: float
) -> None:
    figures: dict[str, float | None] = {
        "mean": mean, "sd": 1.0, "low": mean - half, "high": mean + half,
    }  # fmt: skip
    other = "<" if relation == ">" else ">"
    one, opposite, near = (
        verdict_of(Comparison.model_validate(comparison(kind, 0.0, **more)), figures)
        for kind, more in ((relation, {}), (other, {}), ("within", {"tolerance": tolerance}))
    )
    assert not one == opposite == "holds"
    if half > 0.0:
        assert (one == "holds") == (opposite == "does not hold")
    if near == "holds":
        assert abs(mean) + half <= tolerance * (1 + 1e-12)


def test_verdicts_keep_their_level() -> None:
    """A claim on the border is called either way in about one of twenty samples, not more."""
    generator = np.random.default_rng(7)
    wrong = 0
    for _ in range(1000):
        frame = rows(a=list(generator.normal(2.0, 1.0, 10)))
        wrong += judged(claim(comparison("<", 2.0)), frame)["verdict"] != "undecided"
    assert 25 <= wrong <= 80  # 5 % of 1,000, and four standard deviations


REGRET = 'left={quantity="regret", policy="GLRB"}'
CHANGE = 'left={quantity="change", policy="GLRB"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{REGRET.replace('GL', 'GR')}, is='<', right=1", "names policy 'GRRB'.*'GLRB'"),
        (f"{REGRET.replace('ret', 'rets')}, is='<', right=1", "quantity: .*'regrets'"),
        (f"{REGRET}, is='=', right=1", "is: .*'='"),
        (f"{REGRET}, is='<'", "right is required"),
        (f"{REGRET[:-1]}, at={{noise=1}}}}, is='<', right=1", "at must give nothing"),
        (f"{REGRET[:-1]}, feature='age'}}, is='<', right=1", "a change, and only that"),
        (f"{REGRET}, is='within', right=1", "a tolerance is given"),
        (f"{REGRET}, is='<', right=1, tolerance=1", "a tolerance is given"),
        (f"{REGRET}, is='<', right=nan", "right"),
        (f"{REGRET[:-1]}, less_at={{noise=1}}}}, is='<', right=1", "less_at must give nothing"),
        (f"{CHANGE}}}, is='<', right=1", "a change.* has a feature"),
        (f"{CHANGE}, feature='diet_scor'}}, is='<', right=1", "no feature .*'diet_score'"),
        (f"{CHANGE}, feature='diet_score', arm='x'}}, is='<', right=1", "no arm 'x'"),
        (f"{REGRET[:-1]}, arm='combination'}}, is='<', right=1", "only a change has arm and after"),
        (f"{REGRET[:-1]}, after=5}}, is='<', right=1", "only a change has arm and after"),
    ],
)
def test_claims_that_cannot_be_judged_are_refused_before_anything_runs(
    text: str, message: str
) -> None:
    override = f'claims=[{{says="so", source="ours", compare=[{{{text}}}]}}]'
    with pytest.raises(SettingsError, match=message):
        plan_of(experiment("hypertension", [override]))


def test_every_experiment_of_the_catalogue_makes_claims() -> None:
    for name, settings in catalogue().items():
        assert settings.claims, name
        assert all(claim.source for claim in settings.claims)


@pytest.mark.parametrize(("noise", "message"), [(18.0, ""), (2.0, "less_at: noise = 2.0 is not")])
def test_the_point_that_is_deducted_is_one_of_the_sweep(noise: float, message: str) -> None:
    left = f'{{quantity="regret", policy="GLRB", at={{noise=1.0}}, less_at={{noise={noise}}}}}'
    claims = f'[{{says="so", source="ours", compare=[{{left={left}, is="<", right=1}}]}}]'
    if not message:
        (found,) = experiment("noise", [f"claims={claims}"]).claims
        (one,) = found.compare
        assert in_words(one) == "regret (GLRB, noise = 1.0, less that at noise = 18.0) < 1"
        return
    with pytest.raises(SettingsError, match=message):
        experiment("noise", [f"claims={claims}"])


@pytest.mark.parametrize(("at", "known"), [(4, 4), (8, 8)])
def test_a_claim_knows_the_features_of_its_own_point(at: int, known: int) -> None:
    def settings(feature: int) -> ExperimentSettings:
        left = f'{{quantity="change", policy="GLRB", feature="x{feature}", at={{d={at}}}}}'
        claims = f'[{{says="so", source="ours", compare=[{{left={left}, is="<", right=1}}]}}]'
        axis = '{name="d", keys=["environment.dimension"], values=[4, 8]}'
        return experiment("synthetic", [f"axes=[{axis}]", f"claims={claims}"])

    plan_of(settings(known))
    with pytest.raises(SettingsError, match="no feature"):
        plan_of(settings(known + 1))


def test_no_claim_is_judged_about_a_model_that_did_not_answer() -> None:
    settings = experiment("language-models")
    silent = ("GPT-5.2 alone", "LIBRA with GPT-5.2")
    played = pl.DataFrame(
        [
            {
                "policy": label,
                "run": run,
                "round": 10,
                "total_regret": float(run),
                "total_asked": 10.0,
                "total_failed": 6.0 if label in silent else 5.0,
            }
            for label in settings.policies
            for run in range(3)
        ]
    )
    assert unanswered(settings, played) == list(silent)
    told = [found["says"] for found in verdicts(settings, played)]
    assert len(told) == len(settings.claims) - 1
    assert not any("GPT-5.2" in said for said in told)
