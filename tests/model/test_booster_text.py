import numpy as np
import pandas as pd

from advocate_score.model.booster_text import check_booster_text
from advocate_score.model.boosting import Residue, TreeTable, fit_booster
from advocate_score.model.recipe import Boosting


def test_a_split_of_known_from_unknown_is_a_split_like_any_other() -> None:
    """LightGBM writes its threshold as `inf`."""
    rng = np.random.default_rng(0)
    known = rng.random(600) < 0.5
    table = pd.DataFrame({"score": np.where(known, rng.normal(size=600), np.nan)})
    yes = (rng.random(600) < np.where(known, 0.1, 0.9)).astype(np.float64)
    residue = Residue(np.zeros(600, dtype=np.int64), yes, np.ones(600), None)
    text = fit_booster(TreeTable(table, (0,)), residue, Boosting(columns=1.0), 3, seed=1).model_to_string()
    assert "threshold=inf" in text
    check_booster_text(text, ["level", "score"])
