"""The README's first lines, step by step."""

from pathlib import Path

import recourse_bandits as rb


def test_the_first_ten_lines_run(tmp_path: Path) -> None:
    problem = rb.Problem(
        features=[
            rb.Feature("age", unit="years", mean=62, scale=8),
            rb.Feature(
                "diet_score", mutable=True, mean=5, scale=2, bounds=(0, 10), direction="increase"
            ),
            rb.Feature("activity", unit="h/week", mutable=True, mean=3, scale=2, bounds=(0, 20)),
        ],
        arms=["beta_blocker", "combination"],
        budget=rb.Budget("l2", 3.0),
        reward=rb.Reward("sbp_drop", unit="mmHg", noise=10.0, coefficient_bound=50.0),
    )
    study = rb.Study(
        problem, rb.GLRB(scale=0.2), journal=f"sqlite:///{tmp_path / 'clinic.db'}", seed=1
    )
    decision = study.decide({"age": 71, "diet_score": 4, "activity": 1}, request_id="visit-17")
    assert isinstance(decision, rb.Decision)
    assert decision.arm in {"beta_blocker", "combination"}
    assert decision.recourse is not None
    score = decision.recourse.target["diet_score"]
    assert isinstance(score, float)
    assert 4.0 <= score <= 10.0
    low, high = decision.interval
    assert low < high
    study.observe(decision.id, {"sbp_drop": 12.5}, realized={"diet_score": 5})
    assert study.open_decisions == ()
    assert study.state.counts.sum() == 1
    assert study.decide([71, 4, 1]).id == 1
    study.close()


def test_every_public_name_is_there() -> None:
    for name in rb.__all__:
        assert hasattr(rb, name)
