"""Tags of a run and of the version that it registers: what it was made from, and how it stands to what serves."""

import json
from collections.abc import Mapping
from importlib.metadata import version as installed_version

from advocate_score.config import Settings
from advocate_score.tracking.digests import digest_of_digests, digest_of_text
from advocate_score.tracking.training import Training
from advocate_score.windows import iso

SOURCE = {"mlflow.source.name": "advocate-score train", "mlflow.source.type": "LOCAL"}
NOTE = "mlflow.note.content"
"""What MLflow shows as the description of a run or an experiment."""
SHOWN = ("log_loss_macro", "log_loss_pooled", "auc_pooled", "brier_pooled")


def origin_tags(settings: Settings, training: Training) -> dict[str, str]:
    """What the model was made from."""
    return {
        "recipe": training.recipe,
        "as_of": iso(training.as_of),
        "config_hash": digest_of_text(settings.canonical_json()),
        "schema_hash": training.schema_hash,
        "model_digest": digest_of_digests(training.digests),
        "package_version": installed_version("advocate-score"),
        **{f"data.{table}": digest for table, digest in training.data_digests.items()},
    }


def standing_tags(training: Training) -> dict[str, str]:
    """Whether calibration is identified, and what the gate would say today, with its figures by reference."""
    comparison, verdict = training.comparison, training.comparison.verdict
    found = {
        "calibration_identified": str(training.selection.identified).lower(),
        "compared_with": comparison.beside,
        "gate": "would promote" if verdict.promoted else "would hold",
        "gate_failures": "; ".join(check.check for check in verdict.failures),
    }
    for name, one in comparison.differences.items():
        found[f"vs_{name}.delta_log_loss"] = f"{one.delta:+.6f} ({one.low:+.6f} to {one.high:+.6f})"
        found[f"vs_{name}.p_better"] = f"{one.p_below_zero:.4f}"
    return found


def version_tags(settings: Settings, training: Training, metrics: Mapping[str, float]) -> dict[str, str]:
    """What the promotion and people who compare versions need; model files by name with their SHA-256."""
    return {
        **origin_tags(settings, training),
        **standing_tags(training),
        "maturity_days": str(settings.model.maturity_days),
        "digests": json.dumps(dict(training.digests), sort_keys=True),
        **{name: f"{metrics[name]:.6f}" for name in SHOWN if name in metrics},
    }
