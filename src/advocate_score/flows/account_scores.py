"""Score every account for one publication: readiness, then the verdicts, then the reasons of the listed accounts only,
because contributions cost far more than predictions. Warnings for the reader are collected alongside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import pyarrow as pa

from advocate_score.asks import HISTORY
from advocate_score.config import Settings
from advocate_score.engine.base import Engine, quote_identifier as name, quote_literal
from advocate_score.errors import Fault, InputError
from advocate_score.flows import datasets, preflight, protection
from advocate_score.flows.project import Data, Project
from advocate_score.flows.serving import Serving, serving_model
from advocate_score.ladder import LANGUAGES
from advocate_score.model.protocol import Model
from advocate_score.policy.eligibility import verdicts
from advocate_score.policy.inputs import Facts, have_objected
from advocate_score.policy.rules import latest_losses
from advocate_score.publication.ranking import rank_accounts, readiness_table
from advocate_score.publication.sentences import COLUMNS, LOSS_CONCEPT, LOSS_DAYS, reasons, with_lost_renewals
from advocate_score.schema import TABLES, Table
from advocate_score.scoring import READINESS, Scorer, score_accounts
from advocate_score.signal_spec import Signal
from advocate_score.signal_words import Terms
from advocate_score.text import Text, counted

CONCEPTS_PER_SIDE = 6
"""Concepts considered on each side; three reasons are shown."""
HISTORY_YES, HISTORY_N = (signal.name for signal in HISTORY)
PAST_ANSWERS = {"past_answers": Text("past answers", "respuestas anteriores")}


def reasons_by_language(
    project: Project, model: Model, accounts: pd.DataFrame, rows: pd.DataFrame, facts: Facts, as_of: datetime
) -> Mapping[str, pd.DataFrame]:
    """Language → reason_1 … reason_3 for every row (account_id, level) of `rows`.

    A renewal lost in the last two years is always among them, whatever the model's contributions.

    Parameters
    ----------
    project : the project. model : the model in service.
    accounts : account_id and the model's signals, one row per account.
    rows : account_id, level to explain.
    facts : the tables that the contact rules read. as_of : the instant of prediction.
    """
    if rows.empty:
        return {language: pd.DataFrame(columns=list(COLUMNS)) for language in LANGUAGES}
    lost = latest_losses(facts, as_of, LOSS_DAYS)
    explained = explained_rows(model, accounts, rows)
    is_told_as_outcome = (explained["concept"] == LOSS_CONCEPT) & explained["account_id"].isin(lost.index)
    declared, concepts = declared_signals(project, model), {**project.catalogue.concepts, **PAST_ANSWERS}
    zone, terms = project.settings.sources.zone, own_terms(project.settings)
    frames = {
        language: reasons(explained[~is_told_as_outcome], declared, concepts, language, terms) for language in LANGUAGES
    }
    return {language: with_lost_renewals(rows, lost, language, zone) for language, rows in frames.items()}


def explained_rows(model: Model, accounts: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """What moves each of `rows` (account_id, level): the explanations that `publication.sentences.reasons` takes.

    Parameters
    ----------
    model : the model in service. accounts : account_id and the model's signals, one row per account.
    rows : account_id, level to explain; at least one.
    """
    asked = rows[["account_id", "level"]].merge(accounts, on="account_id", how="left")
    explanation = model.explain(asked)
    sides = [explanation.inputs(CONCEPTS_PER_SIDE, side) for side in ("for", "against")]
    inputs = pd.concat([side for side in sides if len(side)] or sides[:1], ignore_index=True)
    never_asked = (inputs["signal"] == HISTORY_YES) & (asked[HISTORY_N].to_numpy()[inputs["row"]] == 0)
    inputs["value"] = inputs["value"].mask(never_asked, None)
    return asked[["account_id", "level"]].iloc[inputs["row"]].reset_index(drop=True).join(inputs)


def declared_signals(project: Project, model: Model) -> dict[str, Signal]:
    """The declarations by name: today's, whose words may have changed since the model was trained."""
    return {signal.name: signal for signal in (*HISTORY, *model.signals, *project.catalogue.signals)}


def own_terms(settings: Settings) -> Terms:
    """The firm's terms in the sentences of its signals."""
    return Terms(settings.programme.currency, settings.ladder.activities)


MIN_ASKS = 30
MAX_SILENT_SHARE = 0.2
_MAX_NAMED = 10


def rows_not_yet_known(data: Data, as_of: datetime) -> dict[str, int]:
    """table → number of rows that happened, or were recorded, at `as_of` or later; no signal and no rule reads them."""
    tables = [TABLES[name] for name in data.tables.present if TABLES[name].happened]
    counts = {table.name: _count(data.engine, table.name, _later(table, as_of)) for table in tables}
    return {name: rows for name, rows in counts.items() if rows}


def objected_contacts(facts: Facts, as_of: datetime) -> int:
    """The number of contacts who asked not to be approached; they are never suggested."""
    return int(have_objected(facts, as_of).sum())


def unanswered_asks_warning(data: Data, settings: Settings, as_of: datetime) -> Iterator[str]:
    """A warning if asks past their maturity window have no answer: they count as no reply."""
    until = quote_literal(datasets.seen_until(data, as_of))
    ended = f"asked_at + INTERVAL '{settings.model.maturity_days}' DAY <= {until}"
    number = _count(data.engine, "asks", f"response IS NULL AND level >= 1 AND {ended}")
    if number:
        days = settings.model.maturity_days
        asks = counted(number, "ask has", "asks have")
        yield f"asks: {asks} no answer {days} days after being made, which counts as no reply."


def thin_level_warnings(model: Model) -> Iterator[str]:
    """A warning for each level with few mature asks; none if the model learned from no asks at all."""
    if not sum(model.asks_):
        return
    for level, asks in zip(model.levels, model.asks_, strict=True):
        if asks < MIN_ASKS:
            borrowed = " and is scored from its neighbours" if level in model.borrowed() else ""
            learned = counted(asks, "mature ask", "mature asks")
            yield f"level {level}: the model learned from {learned}, fewer than {MIN_ASKS}{borrowed}."


def silent_signal_warnings(accounts: pd.DataFrame, signals: Sequence[Signal]) -> Iterator[str]:
    """A warning if active signals are unknown for every account; InputError if more than a fifth of them are."""
    silent = [signal.name for signal in signals if len(accounts) and accounts[signal.name].isna().all()]
    if not silent:
        return
    listed = ", ".join(silent[:_MAX_NAMED]) + (", …" if len(silent) > _MAX_NAMED else "")
    problem = f"unknown for every account are {len(silent)} of {len(signals)} active signals: {listed}."
    if len(silent) > MAX_SILENT_SHARE * len(signals):
        fix = "see whether columns of the export are empty; take them out of it, and their signals are inactive"
        raise InputError([Fault("signals", problem, fix)])
    yield problem


def _later(table: Table, as_of: datetime) -> str:
    return " OR ".join(f"{name(time)} >= {quote_literal(as_of)}" for time in (table.happened, table.recorded) if time)


def _count(engine: Engine, table: str, where: str) -> int:
    return int(engine.frame(f"SELECT COUNT(*) AS n FROM {name(table)} WHERE {where}")["n"].iloc[0])


@dataclass(frozen=True)
class AccountScores:
    """The scores of one run.

    accounts: with their signals · verdicts, table, ranked: as returned by `policy.eligibility.verdicts`,
    `publication.ranking.readiness_table` and `publication.ranking.rank_accounts` · reasons: by language · warnings: on
    the signals and the model.
    """

    serving: Serving
    guard: protection.Safeguard
    accounts: pd.DataFrame
    verdicts: pd.DataFrame
    table: pd.DataFrame
    ranked: pd.DataFrame
    reasons: Mapping[str, pd.DataFrame]
    warnings: tuple[str, ...] = ()

    @property
    def facts(self) -> Facts:
        """The tables that the contact rules read."""
        return self.guard.facts


def score_all_accounts(project: Project, data: Data, as_of: datetime, *, live: bool = True) -> AccountScores:
    """Score all accounts. The verdicts are applied last, before ranking: a resting account is never ranked, whatever
    its readiness.

    Parameters
    ----------
    project, data : the project and its open tables. as_of : the instant of prediction.
    live : whether the rules see every row of the tables, or only what was known before `as_of`.
    """
    settings, step = project.settings, project.progress.step
    step("Signals of every account")
    accounts = datasets.account_frame(data, settings, as_of)
    serving = serving_model(project, data, accounts)
    warnings = (*silent_signal_warnings(accounts, data.signals), *preflight.warn_of_old_model(settings, serving, as_of))
    step(f"Readiness of {len(accounts)} accounts")
    scorer = Scorer(serving.model)
    readiness = score_accounts(serving.model, accounts, lambda all_: data.engine.through(all_, scorer, READINESS))
    step("Rules")
    guard = protection.safeguard(project, data, as_of, live=live)
    verdict_rows = verdicts(
        guard.facts,
        as_of,
        settings.policy,
        settings.outputs.language,
        settings.ladder.effort_minutes,
        settings.sources.zone,
    )
    table = readiness_table(readiness, verdict_rows)
    del readiness
    pa.default_memory_pool().release_unused()  # no other allocator can use what Arrow keeps in reserve
    best = rank_accounts(table, settings.outputs.list_size)
    step(f"Reasons for {len(best)} listed rows")
    reasons = reasons_by_language(project, serving.model, accounts, best, guard.facts, as_of)
    return AccountScores(serving, guard, accounts, verdict_rows, table, best, reasons, warnings)
