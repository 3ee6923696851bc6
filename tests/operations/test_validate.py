"""recourse validate: who in a table breaks the description."""

from tests.operations.clinic import PEOPLE, Clinic

HEADER, *_ = PEOPLE.splitlines()


def test_a_table_that_fits(clinic: Clinic) -> None:
    ran = clinic.validate(PEOPLE)
    assert ran.code == 0
    assert "3 people: 3 fit, 0 would be refused, 0 are outside the limits of recourse" in ran.out


def test_who_would_be_refused_or_must_change(clinic: Clinic) -> None:
    rows = f"{HEADER}\n1,p1,17,1,60\n2,p2,50,2,1230\n3,p3,50,2,1400\n4,p4,50,2,60\n"
    ran = clinic.validate(rows, "--refused", "refused.csv")
    assert ran.code == 1
    assert "4 people: 1 fit, 1 would be refused, 2 are outside the limits" in ran.out
    lines = (clinic.folder / "refused.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["1", "age"],
        ["2", "activity"],
        ["3", "activity"],
    ]
    assert "must change: activity within (0.0, 20.0)" in lines[2]
    assert "no recourse: getting all features inside" in lines[3]
