"""A sweep is a grid or a list of complete settings; what does not depend on it is run once."""

import pytest

from recourse_bandits.config import ExperimentSettings, count_points, experiment, points_of
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments import plan_of

NOISE = '{name="noise", keys=["environment.noise"], values=[1.0, 5.0, 18.0]}'
SCALE = '{name="scale", keys=["policy_defaults.scale"], values=[0.1, 0.2], log=true}'


def swept(*axes: str, runs: int = 2) -> ExperimentSettings:
    return experiment(
        "hypertension", [f"axes=[{', '.join(axes)}]", "claims=[]", f"runs={runs}", "rounds=5"]
    )


def test_a_grid_is_the_product_of_its_axes_the_last_one_fastest() -> None:
    points = points_of(swept(NOISE, SCALE))
    assert [dict(point.values) for point in points] == [
        {"noise": noise, "scale": scale} for noise in (1.0, 5.0, 18.0) for scale in (0.1, 0.2)
    ]
    assert [point.number for point in points] == list(range(6))
    assert points[3].settings.environment.parameters["noise"] == 5.0
    assert points[3].settings.policy_defaults["scale"] == 0.2
    assert points[3].label == "noise = 5.0, scale = 0.2"
    assert count_points(swept(NOISE, SCALE)) == 6


def test_the_experiment_itself_is_not_changed_by_its_points() -> None:
    settings = swept(NOISE)
    before = settings.model_dump()
    points_of(settings)
    assert settings.model_dump() == before


def test_a_list_of_cases() -> None:
    cases = (
        '[{name="quiet", set={"environment.noise"=1.0}}, {name="loud and wide", '
        'set={"environment.noise"=18.0, "policies.GLRB.policy.scale"=0.5}}]'
    )
    settings = experiment("hypertension", [f"cases={cases}", "claims=[]"])
    quiet, loud = points_of(settings)
    assert quiet.values == {"case": "quiet"}
    assert loud.settings.policies["GLRB"].policy.parameters["scale"] == 0.5
    assert loud.settings.environment.parameters["noise"] == 18.0
    assert "scale" not in quiet.settings.policies["GLRB"].policy.parameters


def test_without_a_sweep_there_is_one_point() -> None:
    (point,) = points_of(experiment("hypertension"))
    assert point.values == {}
    assert point.label == ""


def test_equal_cells_are_run_once() -> None:
    threshold = '{name="threshold", keys=["policy_defaults.threshold"], values=[0.5, 2.0, 4.0]}'
    settings = experiment(
        "hypertension",
        [
            f"axes=[{threshold}]",
            "claims=[]",
            "policies.LIBRA as printed.policy={name='LIBRA', base={name='GLRB'}}",
            "policies.LIBRA safeguarded.policy={name='LIBRA', base={name='GLRB'}}",
            "runs=2",
        ],
    )
    plan = plan_of(settings)
    assert len(plan.places) == 3 * 5 * 2
    # LinUCB, GLRB and the adviser alone do not have a threshold; both LIBRAs are now the same
    assert len(plan.cells) == 3 * 2 + 3 * 2


def test_ids_follow_from_the_content_alone() -> None:
    one, again = (plan_of(swept(NOISE)) for _ in range(2))
    assert list(one.cells) == list(again.cells)
    assert all(len(name) == 16 for name in one.cells)
    more = plan_of(swept(NOISE, runs=3))
    assert set(one.cells) < set(more.cells)
    other = plan_of(experiment("hypertension", ["seed=2", "claims=[]", "runs=2", "rounds=5"]))
    assert not set(one.cells) & set(other.cells)


def test_an_id_is_what_it_was_in_an_earlier_version() -> None:
    """If this fails, folders of unfinished sweeps lose their cells: raise ROWS_FORMAT."""
    cell = plan_of(swept(NOISE)).places[0].cell
    changed = type(cell)(cell.environment, "", {"name": "X"}, None, 7, 3)
    assert changed.id == "ec48da21026c7094"


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ('{name="a", keys=["environment.nois"], values=[1]}', "no parameter 'nois'.*'noise'"),
        ('{name="a", keys=["runs"], values=[1, 2]}', "'runs' is the same at all points"),
        ('{name="a", keys=["claims.0"], values=[1, 2]}', "the same at all points"),
        (
            '{name="a", keys=["policy_defaults.scal"], values=[1]}',
            "scal: no policy",
        ),
        ('{name="a", keys=["environment.noise"], values=[1, 1.0]}', "1 is there twice"),
        ('{name="a", keys=["environment.noise"], values=[1, "x"]}', "of several kinds"),
        ('{name="a", keys=["environment.noise"], values=[0, 1], log=true}', "log needs positive"),
        ('{name="a", keys=["rounds"], values=[5, -1]}', "a = -1: rounds: .*greater than 0"),
        ('{name="a", keys=[], values=[5]}', "axes.0.keys"),
        ('{name="a", keys=["environment.noise"], values=[]}', "axes.0.values"),
        (f"{NOISE}, {NOISE}", "noise is there twice"),
        (
            f"{NOISE}, {NOISE.replace('noise', 'other', 1)}",
            "'environment.noise' would set the same",
        ),
        (
            '{name="a", keys=["policies.GLRB.policy", "policies.GLRB.policy.scale"], values=[1]}',
            "would set the same",
        ),
        ('{name="a", keys=["environment.noise"], values=[1.0, nan]}', "nan is no value"),
        ('{name="a", keys=["environment.noise"], values=[1, inf], log=true}', "log needs positive"),
        (
            '{name="a", keys=["policies.GRLB.policy.name"], values=["LinUCB"]}',
            "there is no policy 'GRLB'.*'GLRB'",
        ),
    ],
)
def test_wrong_axes_are_named(axes: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        plan_of(swept(axes))


def test_a_policy_of_one_point_is_refused() -> None:
    cases = """[{name="a", set={"policies.GLRBs.policy"={name="GLRB"}}}]"""
    with pytest.raises(
        SettingsError, match="at case = a: there is no policy 'GLRBs'.*'GLRB'.*add none"
    ):
        points_of(experiment("hypertension", [f"cases={cases}", "claims=[]"]))


def test_a_grid_and_a_list_exclude_each_other() -> None:
    with pytest.raises(SettingsError, match="axes and cases exclude each other"):
        experiment("hypertension", [f"axes=[{NOISE}]", 'cases=[{name="a", set={}}]', "claims=[]"])


def test_every_point_has_the_same_policies() -> None:
    cases = '[{name="a", set={policies={GLRB={policy={name="GLRB"}}}}}]'
    with pytest.raises(SettingsError, match="policy 'LinUCB' is missing"):
        points_of(experiment("hypertension", [f"cases={cases}", "claims=[]"]))
