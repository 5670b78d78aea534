"""The registered model as MLflow serves it to others: code that reads our files, no pickle.

MLflow copies this file beside the model and runs it. The nightly job does not come this way: it checks the files
against the record of promotions, which stands outside the registry.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.pyfunc.model import PythonModel, PythonModelContext

LEVEL = "level"


class Question(NamedTuple):
    """What is asked of the rows: the end of the columns' names, the position of each row's level, and its number."""

    end: str
    position: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    level: "np.ndarray[tuple[int], np.dtype[np.int64]]"


class LadderPyfunc(PythonModel):
    """Readiness of accounts: one row of signals an account in, `readiness_1` … `readiness_5` out.

    Rows with a `level` have a `readiness` at that level too. Parameters: `level`, only that one (0 for all);
    `intervals`, the 90 % bounds `readiness_low_3`, `readiness_high_3`; `completion`, P(delivered | yes) as
    `completion_3`; `reasons`, that many concepts which speak most for the account, `reason_1_3` ….
    """

    def load_context(self, context: PythonModelContext) -> None:
        from advocate_score.model.persistence import load

        digests = json.loads(Path(context.artifacts["digests"]).read_text(encoding="utf-8"))
        self.model = load(Path(context.artifacts["ladder"]), digests)

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002  (MLflow's signature)
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        from advocate_score.errors import AdvocateScoreError

        rows = self._plain(model_input.reset_index(drop=True))
        try:
            columns = self._columns(rows, params or {})
        except AdvocateScoreError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from error
        return pd.DataFrame(columns).set_index(model_input.index)

    def _columns(self, rows: pd.DataFrame, params: Mapping[str, Any]) -> dict[str, Any]:
        scores = self.model.scores(rows)
        row = np.arange(len(rows))
        columns: dict[str, Any] = {}
        for asked in self._questions(rows, int(params.get("level") or 0)):
            at = row, asked.position
            columns[f"readiness{asked.end}"] = scores.readiness[at]
            if params.get("intervals"):
                columns[f"readiness_low{asked.end}"] = scores.low[at]
                columns[f"readiness_high{asked.end}"] = scores.high[at]
            if params.get("completion"):
                columns[f"completion{asked.end}"] = scores.completion[at]
            columns |= self._reasons(rows, asked, int(params.get("reasons") or 0))
        return columns

    def _questions(self, rows: pd.DataFrame, only: int) -> Iterator[Question]:
        levels = np.asarray(self.model.levels, dtype=np.int64)
        known = ", ".join(map(str, levels))
        if only and only not in levels:
            raise MlflowException.invalid_parameter_value(f"the parameter level is one of {known}, or 0 for all")
        if LEVEL in rows:
            own = pd.to_numeric(rows[LEVEL], errors="coerce").to_numpy(np.float64, na_value=np.nan)
            if not np.isin(own, levels).all():
                raise MlflowException.invalid_parameter_value(f"the column level holds something else than {known}")
            yield Question("", np.searchsorted(levels, own), own.astype(np.int64))
        for position, level in enumerate(levels):
            if not only or level == only:
                yield Question(f"_{level}", np.full(len(rows), position), np.full(len(rows), level))

    def _reasons(self, rows: pd.DataFrame, asked: Question, top: int) -> dict[str, Any]:
        """Concepts by place, empty where nothing speaks for the account or what does is not stable."""
        if top <= 0:
            return {}
        strongest = self.model.explain(rows.assign(**{LEVEL: asked.level})).reasons(top=top)
        strongest = strongest[strongest["stable"]]
        texts = np.full((top, len(rows)), "", dtype=object)
        texts[strongest["place"] - 1, strongest["row"]] = strongest["concept"]
        return {f"reason_{rank + 1}{asked.end}": texts[rank] for rank in range(top)}

    def _plain(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows with numbers as floats, whatever they came as: MLflow hands nullable columns on as objects."""
        categories = {signal.name for signal in self.model.signals if signal.is_category}
        objects = [str(name) for name in rows if rows[name].dtype == object and name not in categories]
        return rows.assign(**{name: _as_number(rows[name]) for name in objects})


def _as_number(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The column as floats where it holds numbers and nothing else; the model refuses another by its name."""
    is_known = column.notna()
    if pd.api.types.infer_dtype(column[is_known]) not in _NUMBERS:
        return column
    return column.where(is_known, np.nan).astype("float64")


_NUMBERS = ("integer", "floating", "mixed-integer-float", "boolean", "decimal")


mlflow.models.set_model(LadderPyfunc())
