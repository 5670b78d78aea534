import pandas as pd

from advocate_score.tracking.training_result import metrics_of

COLUMNS = ["method", "subset", "metric", "level", "value", "low", "high"]


def test_the_models_own_metrics_have_plain_names_and_baselines_a_prefix():
    rows = [
        ("readiness", "all", "log_loss", "macro", 0.4, 0.3, 0.5),
        ("readiness", "all", "log_loss", "3", 0.6, 0.5, 0.7),
        ("readiness", "never_asked_before", "auc", "pooled", 0.7, 0.6, 0.8),
        ("nps_rule", "all", "log_loss", "macro", 0.5, 0.4, 0.6),
        ("nps_rule", "all", "log_loss", "3", 0.9, 0.8, 1.0),
    ]
    assert metrics_of(pd.DataFrame(rows, columns=COLUMNS)) == {
        "log_loss_macro": 0.4,
        "log_loss_macro_low": 0.3,
        "log_loss_macro_high": 0.5,
        "log_loss_level_3": 0.6,
        "never_asked_before/auc_pooled": 0.7,
        "nps_rule/log_loss_macro": 0.5,
    }


def test_what_is_not_defined_is_left_out():
    rows = [("readiness", "all", "auc", "pooled", float("nan"), float("nan"), 0.9)]
    assert metrics_of(pd.DataFrame(rows, columns=COLUMNS)) == {"auc_pooled_high": 0.9}
