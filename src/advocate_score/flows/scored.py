"""One night's judgement of every account: readiness, then the rules, then reasons for those that are listed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import pyarrow as pa

from advocate_score.flows.frames import account_frame
from advocate_score.flows.freshness import warn_of_old_model
from advocate_score.flows.project import Data, Project
from advocate_score.flows.reasons import told_reasons
from advocate_score.flows.remarks import silent_signals
from advocate_score.flows.safeguard import Safeguard, safeguard
from advocate_score.flows.serving import Serving, serving_model
from advocate_score.policy.eligibility import verdicts
from advocate_score.policy.facts import Facts
from advocate_score.publication.ranking import ranked, readiness_table
from advocate_score.scoring.curve import score_accounts
from advocate_score.scoring.scorer import READINESS, Scorer
from advocate_score.tracking.fetch_ahead import Fetching


@dataclass(frozen=True)
class Scored:
    """accounts: with their signals · verdicts, table, ranked: as policy and publication describe them · reasons: by
    language · warnings: of the signals and of the model."""

    serving: Serving
    guard: Safeguard
    accounts: pd.DataFrame
    verdicts: pd.DataFrame
    table: pd.DataFrame
    ranked: pd.DataFrame
    reasons: Mapping[str, pd.DataFrame]
    warnings: tuple[str, ...] = ()

    @property
    def facts(self) -> Facts:
        """What the rules have read."""
        return self.guard.facts


def scored(
    project: Project, data: Data, as_of: datetime, champion: Fetching | None = None, *, live: bool = True
) -> Scored:
    """The rules are read last, before ranking: nobody who rests is ranked, whatever the readiness."""
    settings, step = project.settings, project.progress.step
    step("Signals of every account")
    accounts = account_frame(data, settings, as_of)
    serving = serving_model(project, data, accounts, champion)
    warnings = (*silent_signals(accounts, data.signals), *warn_of_old_model(settings, serving, as_of))
    step(f"Readiness of {len(accounts)} accounts")
    work = Scorer(serving.model)
    readiness = score_accounts(serving.model, accounts, lambda all_: data.engine.through(all_, work, READINESS))
    step("Rules")
    guard = safeguard(project, data, as_of, live=live)
    judged = verdicts(guard.facts, as_of, settings.policy, settings.outputs.language, settings.ladder.effort_minutes)
    table = readiness_table(readiness, judged)
    del readiness
    pa.default_memory_pool().release_unused()  # what Arrow keeps in reserve nobody else can use
    best = ranked(table, settings.outputs.list_size)
    step(f"Reasons for {len(best)} listed rows")
    reasons = told_reasons(project, serving.model, accounts, best, guard.facts, as_of)
    return Scored(serving, guard, accounts, judged, table, best, reasons, warnings)
