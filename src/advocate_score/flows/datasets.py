"""The frames that the flows share: asks and accounts with their signals, the training set, the input of rules and
lists, and the records for the programme's figures. The signals, training rows and records contain only what was known
at the as-of instant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.asks import HISTORY, training_rows
from advocate_score.config import Settings
from advocate_score.dates import iso
from advocate_score.engine.base import Engine, quote_identifier, quote_literal
from advocate_score.errors import Fault, InputError
from advocate_score.flows.project import Data, Project
from advocate_score.policy.contacts import full_name, suggested_contacts
from advocate_score.policy.inputs import Facts
from advocate_score.policy.moments import NEEDED, MomentEvents, earliest_moment
from advocate_score.policy.rules import fatigued_contacts
from advocate_score.programme.inputs import EVENTS, Period, Records
from advocate_score.publication.history import latest_publication_in, past_publications
from advocate_score.signal_spec import Signal
from advocate_score.signals.compute import signal_frame
from advocate_score.signals.point_in_time import PointInTime, known_rows
from advocate_score.tables.identifiers import KnownAccounts


def ask_frame(data: Data, settings: Settings, as_of: datetime) -> pd.DataFrame:
    """The training rows mature by `as_of` and the data cut, with the signals as of each ask."""
    rows = mature_asks(data, settings, as_of)
    spine = rows[["account_id", "asked_at"]].rename(columns={"asked_at": "as_of"})
    return pd.concat([rows, _signals(data, spine, data.signals, settings)], axis=1)


def mature_asks(data: Data, settings: Settings, as_of: datetime) -> pd.DataFrame:
    """The training rows mature by `as_of` and the data cut, without signals."""
    asks = data.engine.frame(f"SELECT * FROM asks WHERE asked_at < {quote_literal(as_of)}")
    return training_rows(asks, seen_until(data, as_of), settings.model.maturity_days, settings.model.completion_days)


def seen_until(data: Data, as_of: datetime) -> datetime:
    """The instant until which the tables would contain an answer: `as_of` or the data cut, whichever is earlier."""
    cut = data.tables.data_cut
    return min(as_of, cut) if cut else as_of


def account_frame(data: Data, settings: Settings, as_of: datetime) -> pd.DataFrame:
    """Every account known at `as_of`, with its signals."""
    spine = account_spine(data, as_of)
    return pd.concat([spine[["account_id"]], _signals(data, spine, data.signals, settings)], axis=1)


def account_spine(data: Data, as_of: datetime) -> pd.DataFrame:
    accounts = data.engine.frame(f"SELECT account_id FROM accounts WHERE {_created_before(as_of)} ORDER BY account_id")
    return accounts.assign(as_of=pd.Series(as_of, index=accounts.index, dtype="datetime64[us]"))


def account_kinds(data: Data, as_of: datetime, attributes: Iterable[str]) -> pd.DataFrame:
    """Every account known at `as_of`, with those of `attributes` that its table has, as they are today."""
    columns = [name for name in attributes if name in data.tables.present.get("accounts", ())]
    chosen = ", ".join(map(quote_identifier, ("account_id", *columns)))
    known = data.engine.frame(f"SELECT {chosen} FROM accounts WHERE {_created_before(as_of)} ORDER BY account_id")
    return known.assign(**{name: known[name].astype("object").where(known[name].notna(), None) for name in columns})


def numbered_owners(kinds: pd.DataFrame) -> pd.DataFrame:
    """The kinds of `account_kinds` with account managers as numbers, 1 for the one of most accounts: where the result
    goes, their names have no place."""
    if "owner" not in kinds:
        return kinds
    number = kinds["owner"].map(kinds["owner"].value_counts().rank(method="first", ascending=False))
    return kinds.assign(owner=number.map("{:.0f}".format, na_action="ignore"))


def _created_before(as_of: datetime) -> str:
    return f"(created_at IS NULL OR created_at < {quote_literal(as_of)})"


def known_accounts(engine: Engine, as_of: datetime | None = None) -> KnownAccounts:
    """The accounts as people name them, known at `as_of` or at any time."""
    condition = f" WHERE {_created_before(as_of)}" if as_of else ""
    known = engine.frame(f"SELECT account_id, account_name FROM accounts{condition}")
    names = known["account_name"].fillna("").astype("str")
    return KnownAccounts(dict(zip(known["account_id"].astype("str"), names, strict=True)))


def ask_spine(data: Data, as_of: datetime) -> pd.DataFrame:
    return data.engine.frame(
        f"SELECT ask_id, account_id, level, asked_at AS as_of FROM asks WHERE asked_at < {quote_literal(as_of)} "
        "ORDER BY asked_at, ask_id"
    )


def _signals(data: Data, spine: pd.DataFrame, signals: Sequence[Signal], settings: Settings) -> pd.DataFrame:
    return signal_frame(data.engine, spine, [*HISTORY, *signals], settings.model.maturity_days)


TRAINING_TABLES = ("asks",)
"""Tables that training needs."""


@dataclass(frozen=True)
class TrainingSet:
    """`rows`: one per mature ask, oldest first, signals as of the ask; `accounts`: one per account, as of `as_of`."""

    as_of: datetime
    rows: pd.DataFrame
    accounts: pd.DataFrame


def training_set(project: Project, data: Data, as_of: datetime, signals: Sequence[Signal]) -> TrainingSet:
    """The training set with the columns of `signals`.

    Parameters
    ----------
    project, data : the project and its open tables. as_of : the instant up to which asks must be mature.
    signals : the signals to compute; may be more than one model reads.
    """
    described = replace(data, signals=tuple(signals))
    rows = labelled_asks(project, described, as_of)
    return TrainingSet(as_of, rows, account_frame(described, project.settings, as_of))


def labelled_asks(project: Project, data: Data, as_of: datetime) -> pd.DataFrame:
    """The ask frame; InputError if its asks do not have two different outcomes."""
    project.progress.step("Signals as of each ask")
    rows = ask_frame(data, project.settings, as_of)
    if rows["outcome"].nunique() < 2:
        problem = f"training needs mature asks; there are none before {iso(as_of)}."
        if len(rows):
            problem = f"training needs asks with either answer; the {len(rows)} before {iso(as_of)} all have the same."
        raise InputError([Fault("asks", problem, "'score' works with the scorecard until more answers are in")])
    return rows


_SPOKEN_TO = "spoken_to"


def table(engine: Engine, name: str, columns: Iterable[str] = ("*",)) -> pd.DataFrame:
    return engine.frame(f"SELECT {', '.join(columns)} FROM {quote_identifier(name)}")


def last_spoken(engine: Engine, account_ids: pd.Series, as_of: datetime) -> pd.DataFrame:
    """The latest interaction of each contact of the given accounts, known before `as_of`.

    The engine aggregates them, because there are too many interactions to load.
    """
    before = quote_literal(as_of)
    engine.register_frame(_SPOKEN_TO, account_ids.astype("str").to_frame("account_id"))
    return engine.frame(
        "SELECT account_id, contact_id, MAX(occurred_at) AS occurred_at, MAX(recorded_at) AS recorded_at "
        f"FROM interactions WHERE contact_id IS NOT NULL AND occurred_at < {before} "
        f"AND COALESCE(recorded_at, occurred_at) < {before} "
        f"AND account_id IN (SELECT account_id FROM {_SPOKEN_TO}) GROUP BY account_id, contact_id"
    )


def contacts(
    engine: Engine, facts: Facts, account_ids: Iterable[str], as_of: datetime, settings: config.Settings
) -> pd.DataFrame:
    """The contacts to suggest at the given accounts, as `policy.contacts.suggested_contacts` returns them, with
    contact_name and title, '' where unknown or where `[outputs] contact_names` is off.

    Parameters
    ----------
    engine : with the table interactions. facts : the tables that the contact rules read.
    account_ids : the accounts. as_of : the instant to judge at. settings : of the project.
    """
    listed_facts = facts.of_accounts(account_ids)
    fatigued = fatigued_contacts(listed_facts, as_of, settings.policy, settings.ladder.effort_minutes)
    spoken = last_spoken(engine, listed_facts.accounts["account_id"], as_of)
    suggested = suggested_contacts(listed_facts, spoken, as_of, fatigued)
    if not settings.outputs.contact_names:
        return suggested.assign(contact_name="", title="")
    names = _contact_names(engine, suggested["contact_id"])
    return suggested.merge(names, on="contact_id", how="left").fillna({"contact_name": "", "title": ""})


_SUGGESTED = "suggested"


def _contact_names(engine: Engine, contact_ids: pd.Series) -> pd.DataFrame:
    """contact_id, contact_name, title of the given contacts; only these few rows leave the engine."""
    engine.register_frame(_SUGGESTED, contact_ids.drop_duplicates().astype("str").to_frame("contact_id"))
    rows = engine.frame(
        "SELECT contact_id, first_name, contact_name, title FROM contacts "
        f"WHERE contact_id IN (SELECT contact_id FROM {_SUGGESTED})"
    )
    texts = rows.fillna("").astype("str")
    names = [full_name(first, name) for first, name in zip(texts["first_name"], texts["contact_name"], strict=True)]
    return texts.assign(contact_name=pd.Series(names, texts.index, "str"))[["contact_id", "contact_name", "title"]]


def moment_events(engine: Engine, as_of: datetime, rules: config.Moments) -> MomentEvents:
    names = ("outcomes", "asks", "surveys", "mentions", "renewals")
    frames = {name: table(engine, name, NEEDED[name]) for name in names}
    return MomentEvents(**frames, interactions=_moment_interactions(engine, as_of, rules))


def _moment_interactions(engine: Engine, as_of: datetime, rules: config.Moments) -> pd.DataFrame:
    """The interactions that may be a moment, filtered by the engine because there are too many to load."""
    kinds = ", ".join(quote_literal(kind) for kind in (*rules.milestones, *rules.reviews)) or "NULL"
    earliest, before = quote_literal(earliest_moment(as_of, rules)), quote_literal(as_of)
    return engine.frame(
        f"SELECT {', '.join(NEEDED['interactions'])} FROM interactions "
        f"WHERE occurred_at >= {earliest} AND occurred_at < {before} "
        f"AND (kind IN ({kinds}) OR sentiment >= {quote_literal(rules.positive)})"
    )


_ON_THE_LADDER = ("asks", "assets")
_READING = {"account_id": "str", "level": "int64", "as_of": "datetime64[us]", "eligible": "bool", "ready": "bool"}


def programme_records(project: Project, data: Data, as_of: datetime, periods: Sequence[Period]) -> Records:
    """The records that the programme's figures are computed from.

    Parameters
    ----------
    project, data : the project and its open tables. as_of : the instant to measure at.
    periods : the periods whose last publication is read.
    """
    settings = project.settings
    cut = PointInTime(as_of, settings.model.maturity_days)
    return Records(
        as_of=as_of,
        settings=settings.programme,
        levels=settings.ladder.in_use,
        accounts=_accounts(data.engine, as_of),
        answers=mature_asks(data, settings, as_of),
        readings=_readings(project, as_of, periods),
        opportunities=_opportunities(data.engine, as_of),
        **{name: _events(data.engine, name, cut) for name in EVENTS},
    )


def _events(engine: Engine, table: str, cut: PointInTime) -> pd.DataFrame:
    rows = engine.frame(f"SELECT * FROM ({known_rows(table, EVENTS[table], cut, None)}) k ORDER BY _happened, _key")
    return rows[rows["level"] >= 1] if table in _ON_THE_LADDER else rows


def _accounts(engine: Engine, as_of: datetime) -> pd.DataFrame:
    known = f"{_created_before(as_of)} AND COALESCE(status, '') <> 'deleted'"
    return engine.frame(f"SELECT account_id, industry FROM accounts WHERE {known} ORDER BY account_id")


def _opportunities(engine: Engine, as_of: datetime) -> pd.DataFrame:
    """The opportunities known at `as_of`; the result of one is known once it is closed, and one without an opening date
    is known from then on."""
    before = quote_literal(as_of)
    ended = f"closed_at < {before}"
    return engine.frame(
        "SELECT opportunity_id, industry, value, opened_at, "
        f"CASE WHEN {ended} THEN closed_at END AS closed_at, CASE WHEN {ended} THEN won END AS won "
        f"FROM opportunities WHERE COALESCE(opened_at, closed_at) < {before} ORDER BY opportunity_id"
    )


def _readings(project: Project, as_of: datetime, periods: Sequence[Period]) -> pd.DataFrame:
    """account_id, level, as_of, eligible, ready, from the last publication of each period."""
    publications = past_publications(project.settings.path(project.settings.outputs.folder), as_of)
    last = {
        publication.folder: publication
        for period in periods
        if (publication := latest_publication_in(publications, period.start, period.end))
    }
    read = [(publication.as_of, publication.readiness()) for publication in last.values()]
    parts = [_ready(project, table, instant) for instant, table in read if table is not None]
    nothing = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _READING.items()})
    return pd.concat(parts, ignore_index=True) if parts else nothing


def _ready(project: Project, table: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    ladder = project.settings.ladder
    at = table["level"].map({level: ladder.thresholds.of(level) for level in ladder.in_use})
    readings = table.assign(as_of=as_of, ready=table["readiness"] >= at)
    return readings[list(_READING)].astype(_READING)
