"""The manifest: the provenance of a publication, enough to judge it, repeat it and recognize an identical run, and the
numbers of accounts that were scored, are eligible, are listed and rest at each level."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from advocate_score import config
from advocate_score.dates import iso


@dataclass(frozen=True)
class Provenance:
    """Everything that decides the content of a publication.

    inputs: table → sha256 of its source · model: name, version, digest · software: version of this package ·
    protecting: whether the run was live, and the digest of the releases.
    """

    as_of: datetime
    inputs: Mapping[str, str]
    model: Mapping[str, str]
    signal_schema: str
    configuration: str
    software: str
    protecting: Mapping[str, str] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        """An identifier that is equal for equal inputs, whenever and wherever the run is made."""
        return hashlib.sha256(json.dumps(self._facts(), sort_keys=True).encode()).hexdigest()[:16]

    def _facts(self) -> dict[str, Any]:
        return {
            "as_of": iso(self.as_of),
            "inputs": dict(self.inputs),
            "model": dict(self.model),
            "signal_schema": self.signal_schema,
            "configuration": self.configuration,
            "software": self.software,
            "protecting": dict(self.protecting),
        }


def manifest(
    provenance: Provenance,
    engine: str,
    rows: Mapping[str, Mapping[str, int]],
    counts: Mapping[str, Any],
    warnings: Sequence[str],
    selection: Mapping[str, float] | None = None,
    plan: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The manifest without the digests of the files, which the publisher adds. It holds no instant but as-of, so that a
    repeated run writes the same bytes.

    Parameters
    ----------
    provenance : everything that decides the content.
    engine : name of the engine.
    rows : table → rows_in, accepted, deduplicated, quarantined.
    counts : numbers of accounts scored, listed and resting.
    warnings : one text each.
    selection : how representative the asks are that the model learned from, one figure per name.
    plan : figures on the quality and limits of the ask plan.
    """
    return {
        **provenance._facts(),
        "run_id": provenance.run_id,
        "engine": engine,
        "rows": {table: dict(figures) for table, figures in rows.items()},
        "counts": dict(counts),
        "selection": dict(selection or {}),
        "plan": dict(plan or {}),
        "warnings": list(warnings),
    }


def level_counts(table: pd.DataFrame, ranked: pd.DataFrame, ladder: config.Ladder) -> dict[str, dict[str, int]]:
    """level (as text, for JSON) → ready (readiness at or above its threshold), eligible, listed, resting."""
    return {str(level): _counts_of_level(table, ranked, level, ladder) for level in ladder.in_use}


def rule_counts(verdicts: pd.DataFrame) -> dict[str, int]:
    """rule → number of accounts that it rests at some level."""
    resting = verdicts[~verdicts["eligible"]]
    return {str(rule): int(number) for rule, number in resting.groupby("rule")["account_id"].nunique().items()}


def _counts_of_level(table: pd.DataFrame, ranked: pd.DataFrame, level: int, ladder: config.Ladder) -> dict[str, int]:
    is_level = table["level"] == level
    eligible = int((is_level & table["eligible"]).sum())
    return {
        "ready": int((is_level & (table["readiness"] >= ladder.thresholds.of(level))).sum()),
        "eligible": eligible,
        "listed": int((ranked["level"] == level).sum()),
        "resting": int(is_level.sum()) - eligible,
    }
