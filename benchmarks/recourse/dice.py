"""DiCE: counterfactual examples of a scikit-learn classifier, one for each person."""

import contextlib
import io
import warnings

import dice_ml
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from benchmarks.recourse.task import Solver, Task
from benchmarks.world import Array


def random(task: Task) -> Solver:
    return _solver(task, "random", random_seed=1)


def genetic(task: Task) -> Solver:
    return _solver(task, "genetic")


def _solver(task: Task, method: str, **settings: int) -> Solver:
    names = [f"x{i}" for i in range(task.theta.size)]
    past = pd.DataFrame(task.past, columns=names)
    past["reached"] = (task.past @ task.theta > task.threshold).astype(int)
    classifier = LogisticRegression().fit(past[names], past["reached"])
    classifier.coef_, classifier.intercept_ = task.theta[np.newaxis], np.array([-task.threshold])
    described = dice_ml.Data(dataframe=past, continuous_features=names, outcome_name="reached")
    explainer = dice_ml.Dice(
        described, dice_ml.Model(model=classifier, backend="sklearn"), method=method
    )

    def solve(person: Array) -> Array | None:
        query = pd.DataFrame(person[np.newaxis], columns=names)
        with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = explainer.generate_counterfactuals(
                query, total_CFs=1, desired_class="opposite", verbose=False, **settings
            )
        frame = found.cf_examples_list[0].final_cfs_df
        if frame is None or not len(frame):
            return None
        point: Array = frame[names].to_numpy(dtype=np.float64)[0]
        return point

    return solve
