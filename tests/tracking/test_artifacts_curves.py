import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from advocate_score.evaluation.metrics import estimate
from advocate_score.tracking.artifacts import gain_curve, roc_curve

CASES = st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.booleans()), min_size=2, max_size=40)


def frame(cases: list[tuple[float, bool]]) -> pd.DataFrame:
    shape = pd.DataFrame(cases, columns=["readiness", "outcome"]).astype({"outcome": "int64"})
    return shape.assign(account_id=range(len(shape)), level=1, origin=pd.Timestamp("2024-01-01"))


@given(CASES)
def test_both_curves_rise_from_nothing_to_everything(cases):
    for curve in (gain_curve(frame(cases), "readiness"), roc_curve(frame(cases), "readiness")):
        for side in curve:
            assert (side[0], side[-1]) == (0, pytest.approx(1))
            assert (np.diff(side) >= 0).all()


@given(CASES.filter(lambda cases: 0 < sum(yes for _, yes in cases) < len(cases)))
def test_the_area_under_the_roc_curve_is_the_auc_of_the_metrics(cases):
    curve = roc_curve(frame(cases), "readiness")
    area = estimate(frame(cases), ["readiness"], ["auc"], draws=0)["readiness", "auc"].value["pooled"]
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(area)


def test_gain_by_hand():
    curve = gain_curve(frame([(0.9, True), (0.5, True), (0.5, False), (0.1, False)]), "readiness")
    assert curve.x.tolist() == [0, 0.25, 0.75, 1]
    assert curve.y.tolist() == [0, 0.5, 1, 1]
