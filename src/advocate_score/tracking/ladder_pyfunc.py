"""The registered model as MLflow serves it to others: code that reads our files, no pickle.

MLflow copies this file beside the model and runs it. The nightly job does not come this way: it checks the files
against the record of promotions, which stands outside the registry.
"""

import json
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext


class LadderPyfunc(PythonModel):
    """Readiness of accounts: one row of signals an account in, `readiness_1` … `readiness_5` out."""

    def load_context(self, context: PythonModelContext) -> None:
        from advocate_score.model.persistence import load

        digests = json.loads(Path(context.artifacts["digests"]).read_text(encoding="utf-8"))
        self.model = load(Path(context.artifacts["ladder"]), digests)

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002  (MLflow's signature)
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> pd.DataFrame:
        readiness = self.model.readiness(model_input)
        names = [f"readiness_{level}" for level in range(1, readiness.shape[1] + 1)]
        return pd.DataFrame(readiness, columns=names, index=model_input.index)


mlflow.models.set_model(LadderPyfunc())
