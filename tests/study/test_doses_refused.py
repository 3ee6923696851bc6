"""What cannot be said of doses and lab values is refused by name, and nothing is lost."""

from typing import Any

import pytest

from recourse_bandits import Study
from recourse_bandits.errors import RecourseBanditsError
from recourse_bandits.study.outcomes import Observation
from recourse_bandits.study.requests import PastTreatment
from tests.study.builders import assert_same
from tests.study.dosing import PERSON, given, heard, kept, study_of

NAN, INF = float("nan"), float("inf")
TOO_LARGE = r"at most 700 mg/week in size, ten times the largest.*got {}; check the unit"
VALUES: dict[str, tuple[dict[str, Any], str]] = {
    "half a success": ({"well": 0.5}, "well must be 1 for a success or 0 for a failure, got 0.5"),
    "two successes": ({"well": 2}, r"well must lie in \[0, 1\]"),
    "no flag": ({"well": NAN}, "well must be finite"),
    "a text for a flag": ({"well": "yes"}, "well must be a number, got 'yes'"),
    "nothing for a flag": ({"well": None}, "well must be a number, got None"),
    "a lab value too large": ({"inr": 20.5}, r"inr must lie in \[0.5, 20\], got 20.5"),
    "a lab value too small": ({"inr": 0.4}, r"inr must lie in \[0.5, 20\], got 0.4"),
    "a huge lab value": ({"inr": 1e300}, r"inr must lie in \[0.5, 20\], got 1e\+300"),
    "an infinite lab value": ({"inr": INF}, "inr must lie in"),
    "no lab value": ({"inr": NAN}, "inr must lie in .*got nan"),
    "a text for a lab value": ({"inr": "3"}, "inr must be a number, got '3'"),
    "both, one of them wrong": ({"inr": 3.0, "well": 0.5}, "well must be 1"),
    "an unknown measure": ({"inf": 3.0}, "did you mean 'inr'.*measures are well and inr"),
}
DOSES: dict[str, tuple[Any, str]] = {
    "a dose ten times too large": (701, TOO_LARGE.format(701)),
    "an infinite dose": (INF, TOO_LARGE.format("inf")),
    "no dose": (NAN, TOO_LARGE.format("nan")),
    "a negative dose": (-30, "dose must be at least 0 mg/week, got -30"),
    "a text for a dose": ("30", "dose must be a number of mg/week, got '30'"),
    "nothing for a dose": (None, "dose must be a number of mg/week, got None"),
    "a list for a dose": ([30, 40], "dose must be a number of mg/week"),
}
TREATED: dict[str, tuple[str, dict[str, Any], str]] = {
    "another arm without its dose": (
        "warfarin",
        {"measures": {"inr": 3.0}, "arm": "heparin"},
        r"'heparin' was given instead of 'warfarin'.*realized=\{'dose': ...\} in IU",
    ),
    "another arm in the unit of this one": (
        "heparin",
        {"measures": {"inr": 3.0}, "arm": "warfarin", "realized": {"dose": 5000}},
        TOO_LARGE.format(5000),
    ),
    "an arm with a dose instead of none": (
        "nothing",
        {"measures": {"well": 1}, "arm": "warfarin"},
        "'warfarin' was given instead of 'nothing', but its dose is not known",
    ),
    "a lab value without a dose": (
        "nothing",
        {"measures": {"inr": 3.0, "well": 1}},
        "'nothing' has no dose that inr could judge; leave inr out",
    ),
    "a lab value of an arm without a dose": (
        "warfarin",
        {"measures": {"inr": 3.0}, "arm": "nothing"},
        "'nothing' has no dose that inr could judge; leave inr out",
    ),
    "a dose without a dose": (
        "nothing",
        {"measures": {"well": 1}, "realized": {"dose": 30}},
        "a dose was taken, but 'nothing' has none: leave it out",
    ),
    "a dose of an arm without one": (
        "warfarin",
        {"measures": {"well": 1}, "arm": "nothing", "realized": {"dose": 30}},
        "a dose was taken, but 'nothing' has none: leave it out",
    ),
    "a misspelt dose": (
        "warfarin",
        {"measures": {"well": 1}, "realized": {"does": 30}},
        "unknown feature 'does'",
    ),
}
OBSERVED = (
    {f"{name}": ("warfarin", {"measures": m}, why) for name, (m, why) in VALUES.items()}
    | {
        name: ("warfarin", {"measures": {"inr": 3.0}, "realized": {"dose": dose}}, why)
        for name, (dose, why) in DOSES.items()
    }
    | TREATED
)


def begun(arm: str) -> Study:
    """Decision 0 is complete, of 1 the dose is known, and 2 is open."""
    study = study_of()
    for name in ("warfarin", "warfarin", arm):
        given(study, name)
    study.import_past(PERSON, "heparin", {"well": 0}, dose=6000, request_id="past")
    study.observe(0, {"inr": 2.0, "well": 1}, realized={"dose": 27.5})
    study.observe(1, {}, realized={"dose": 25})
    return study


@pytest.mark.parametrize("case", OBSERVED)
def test_what_cannot_be_observed_changes_nothing(case: str) -> None:
    arm, said, message = OBSERVED[case]
    study = begun(arm)
    before = kept(study)
    with pytest.raises(RecourseBanditsError, match=message):
        study.observe(2, **said)
    assert_same(kept(study), before)
    (reason,) = study.observe_many([Observation(2, **said)])
    assert reason is not None
    assert_same(kept(study), before)
    assert study.verify().passed


CORRECTED: dict[str, tuple[dict[str, Any], str]] = {
    **{name: ({"measures": measures}, why) for name, (measures, why) in VALUES.items()},
    **{name: ({"realized": {"dose": dose}}, why) for name, (dose, why) in DOSES.items()},
    "another arm": (
        {"arm": "heparin", "realized": {}},
        "'heparin' was given instead of 'warfarin', but its dose is not known",
    ),
    "another arm, in the dose of the first": (
        {"arm": "heparin"},
        "'heparin' was given instead of 'warfarin', but its dose is not known",
    ),
    "an arm without the dose that is recorded": (
        {"arm": "nothing"},
        "'nothing' has no dose, but 27.5 was reported as taken",
    ),
    "an arm without a dose, and a dose": (
        {"arm": "nothing", "realized": {"dose": 30}},
        "a dose was taken, but 'nothing' has none",
    ),
    "a lab value of an arm without a dose": (
        {"measures": {"inr": 2.5}, "arm": "nothing", "realized": {}},
        "'nothing' has no dose that inr could judge",
    ),
}


@pytest.mark.parametrize("case", CORRECTED)
def test_what_cannot_be_corrected_changes_nothing(case: str) -> None:
    said, message = CORRECTED[case]
    study = begun("nothing")
    before = kept(study)
    with pytest.raises(RecourseBanditsError, match=message):
        study.correct(0, **said)
    assert_same(kept(study), before)
    assert study.verify().passed


def test_what_was_never_measured_is_not_corrected() -> None:
    study = begun("warfarin")
    study.observe(2, {"inr": 3.0})
    before = kept(study)
    with pytest.raises(RecourseBanditsError, match="decision 2 has no well to correct; it has inr"):
        study.correct(2, {"well": 1})
    assert_same(kept(study), before)


def test_back_to_the_recommended_arm_its_dose_is_said_again() -> None:
    study = study_of()
    given(study)
    study.observe(0, {"inr": 2.0}, arm="heparin", realized={"dose": 9000})
    before = kept(study)
    with pytest.raises(RecourseBanditsError, match="'warfarin' was given instead of 'heparin'"):
        study.correct(0, arm="warfarin")
    assert_same(kept(study), before)
    study.correct(0, arm="warfarin", realized={"dose": 30})
    assert heard(study) == {"effects": {"warfarin": (1.0, 2.0, 30.0)}}


def test_a_dose_that_was_reported_is_not_that_of_another_arm() -> None:
    study = begun("nothing")
    before = kept(study)
    for arm, message in (("heparin", "its dose is not known"), ("nothing", "has no dose, but 25")):
        with pytest.raises(RecourseBanditsError, match=message):
            study.observe(1, {"well": 1}, arm=arm)
        assert_same(kept(study), before)
    study.observe(1, {"well": 1}, arm="heparin", realized={"dose": 4000})
    assert heard(study)["outcomes"]["heparin"] == (2.0, 1.0, 10_000.0)


AGAIN: dict[str, tuple[dict[str, Any], str]] = {
    "the same lab value": ({"measures": {"inr": 3.0}}, "already has inr = 3"),
    "another lab value": ({"measures": {"inr": 4.0}}, "already has inr = 3.*use correct"),
    "a lab value beside the flag": ({"measures": {"well": 1, "inr": 4.0}}, "already has inr = 3"),
    "a late dose": (
        {"measures": {"well": 1}, "realized": {"dose": 35}},
        "already has measures: what was realized must come with the first",
    ),
    "a late arm": ({"measures": {"well": 1}, "arm": "nothing"}, "already has measures"),
}


@pytest.mark.parametrize("case", AGAIN)
def test_what_is_recorded_is_not_observed_again(case: str) -> None:
    said, message = AGAIN[case]
    study = begun("warfarin")
    study.observe(2, {"inr": 3.0})
    before = kept(study)
    with pytest.raises(RecourseBanditsError, match=message):
        study.observe(2, **said)
    assert_same(kept(study), before)
    study.observe(2, {"well": 1})
    assert study.open_decisions == (1,)


IMPORTED: dict[str, tuple[str, dict[str, Any], Any, str]] = {
    **{
        name: ("warfarin", {"well": 1, "inr": 3.0} | measures, 30, why)
        for name, (measures, why) in VALUES.items()
    },
    **{
        name: ("warfarin", {"well": 1}, dose, why)
        for name, (dose, why) in DOSES.items()
        if dose is not None
    },
    "without its dose": ("warfarin", {"well": 1}, None, "'warfarin' needs its dose in mg/week"),
    "a dose without a dose": ("nothing", {"well": 1}, 30, "'nothing' has none: leave it out"),
    "a lab value without a dose": ("nothing", {"well": 1, "inr": 3.0}, None, "no dose that inr"),
    "without the reward": ("warfarin", {"inr": 3.0}, 30, "a past treatment needs its well"),
}


@pytest.mark.parametrize("case", IMPORTED)
def test_what_cannot_be_imported_changes_nothing(case: str) -> None:
    arm, measures, dose, message = IMPORTED[case]
    study = begun("nothing")
    before = kept(study)
    with pytest.raises(RecourseBanditsError, match=message):
        study.import_past(PERSON, arm, measures, dose=dose)
    assert_same(kept(study), before)
    past = PastTreatment(PERSON, "nothing", {"well": 1}, request_id="good")
    bad = PastTreatment(PERSON, arm, measures, request_id="bad", dose=dose)
    reasons = study.import_many([bad, past])
    assert [reason is None for reason in reasons] == [False, True]
    assert study.journal.length == before[0] + 1


def test_a_past_treatment_in_another_dose_is_another_one() -> None:
    study = begun("nothing")
    study.import_past(PERSON, "heparin", {"well": 0}, dose=6000, request_id="past")
    before = kept(study)
    with pytest.raises(RecourseBanditsError, match="used before"):
        study.import_past(PERSON, "heparin", {"well": 0}, dose=6500, request_id="past")
    assert_same(kept(study), before)
