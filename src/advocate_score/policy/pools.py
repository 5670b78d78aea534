"""The reference pool and the advisory board, chosen together afresh for every publication: the reason for each client,
the gaps in coverage, and the accounts that are nearly ready for the next level.

Only eligible accounts enter a pool, so an account that was asked leaves it while it rests and another takes its place.
Where fewer are ready than the pool's minimum, the strongest eligible accounts below the threshold are proposed as well,
up to the minimum, and marked.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.dates import spoken_days
from advocate_score.frames import among, begins
from advocate_score.policy.coverage import ATTRIBUTES, Coverage, attribute_phrase, client_phrase, normalized_values
from advocate_score.signal_words import value_words
from advocate_score.text import Text

REFERENCE, BOARD = "reference_pool", "advisory_board"
_CHOSEN_COLUMNS = ("rank", "account_id", "diversity", *(f"first_{name}" for name in ATTRIBUTES), "below_threshold")
POOL_COLUMNS = (*_CHOSEN_COLUMNS, "in_both")


@dataclass(frozen=True)
class LevelCandidates:
    """One row per account at the level of a pool: account_id, readiness, readiness_low, eligible, `ATTRIBUTES`,
    last_asked_at. `threshold` is the readiness from which an account counts as ready; accounts below it that rest may
    be left out."""

    rows: pd.DataFrame
    threshold: float

    @property
    def ready(self) -> pd.Series:
        return self.rows["readiness"] >= self.threshold

    @property
    def free(self) -> pd.DataFrame:
        """The ready and eligible accounts, in the order in which ties are broken: never asked, longest since asked,
        lowest account_id."""
        return _in_order_of_ties(self.rows[self.ready & self.rows["eligible"].astype(bool)])

    @property
    def below_threshold(self) -> pd.DataFrame:
        """The eligible accounts that are not ready, the strongest first; ties in the order of `free`."""
        below = _in_order_of_ties(self.rows[~self.ready & self.rows["eligible"].astype(bool)])
        return below.sort_values("readiness", ascending=False, kind="stable", ignore_index=True)


def _in_order_of_ties(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["last_asked_at", "account_id"], na_position="first", ignore_index=True)


def candidates_at_level(
    table: pd.DataFrame, clients: pd.DataFrame, history: pd.DataFrame, level: int, threshold: float
) -> LevelCandidates:
    """The clients that are ready or eligible at one level.

    Parameters
    ----------
    table : account_id, level, readiness, readiness_low, eligible. clients : account_id, `ATTRIBUTES`.
    history : account_id, last_asked_at.
    level : the level of the pool. threshold : the readiness from which an account counts as ready.
    """
    ready_or_eligible = (table["readiness"] >= threshold) | table["eligible"].astype(bool)
    at_level = (table["level"] == level) & ready_or_eligible
    rows = table.loc[at_level, ["account_id", "readiness", "readiness_low", "eligible"]]
    rows = rows.merge(clients[["account_id", *ATTRIBUTES]], on="account_id")
    return LevelCandidates(rows.merge(history[["account_id", "last_asked_at"]], on="account_id", how="left"), threshold)


def choose_pools(
    reference: LevelCandidates, board: LevelCandidates, needs: pd.DataFrame, choices: config.Pools
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The reference pool and the advisory board.

    The board is chosen first, because fewer accounts are ready for it. Its members are also references only if the pool
    would be below its minimum without them. A pool that is still below its minimum gets the strongest of those below
    the threshold.

    Parameters
    ----------
    reference, board : the candidates of each pool.
    needs : as returned by `policy.coverage.needs`.
    choices : sizes of the pools, weight of diversity, gains that count as equal.

    Returns
    -------
    two frames of `POOL_COLUMNS`: rank (1 = the best on its own, then the best addition, and so on; those below the
    threshold last), diversity (how much the account adds to the coverage by those ranked above it), first_<attribute>
    (whether it is the first of its kind), below_threshold, in_both.
    """
    board_members = _fill_pool(board.free, board, needs, choices.board, choices)
    not_on_board = reference.free[~reference.free["account_id"].isin(board_members["account_id"])]
    if len(not_on_board) < choices.reference.minimum:
        references = _fill_pool(reference.free, reference, needs, choices.reference, choices, least_only=True)
    else:
        references = _fill_pool(not_on_board, reference, needs, choices.reference, choices)
    both = set(board_members["account_id"]) & set(references["account_id"])
    first, second = (rows.assign(in_both=rows["account_id"].isin(both)) for rows in (references, board_members))
    return first[list(POOL_COLUMNS)], second[list(POOL_COLUMNS)]


def _fill_pool(
    free: pd.DataFrame,
    candidates: LevelCandidates,
    needs: pd.DataFrame,
    sizes: config.settings.Pool,
    choices: config.Pools,
    *,
    least_only: bool = False,
) -> pd.DataFrame:
    """Members from `free`, then the strongest of those below the threshold up to the minimum. `least_only`: no more
    than the minimum."""
    chosen = free.iloc[_coverage(free, needs, choices).choose(sizes.minimum if least_only else sizes.maximum)]
    below = candidates.below_threshold.head(max(0, sizes.minimum - len(chosen)))
    members = pd.concat([chosen.assign(below_threshold=False), below.assign(below_threshold=True)], ignore_index=True)
    return _describe_members(members, needs, choices)


def choose_pool(free: pd.DataFrame, needs: pd.DataFrame, size: int, choices: config.Pools) -> pd.DataFrame:
    """Up to `size` of the rows of `free`, as a frame of `POOL_COLUMNS` without `in_both`.

    Parameters
    ----------
    free : as `LevelCandidates.free`.
    needs : as returned by `policy.coverage.needs`.
    size : the most members.
    choices : weight of diversity, gains that count as equal.
    """
    chosen = free.iloc[_coverage(free, needs, choices).choose(size)]
    return _describe_members(chosen.assign(below_threshold=False), needs, choices)


def _describe_members(members: pd.DataFrame, needs: pd.DataFrame, choices: config.Pools) -> pd.DataFrame:
    """The members in their order, with what each adds to those before it."""
    coverage, order = _coverage(members, needs, choices), range(len(members))
    firsts = coverage.firsts(order)
    added = [coverage.added_coverage(order[:position])[position] for position in order]
    first = {f"first_{name}": firsts[:, position] for position, name in enumerate(ATTRIBUTES)}
    ranked = members.reset_index(drop=True).assign(rank=np.arange(1, len(members) + 1))
    return ranked.assign(diversity=np.array(added, "float64"), **first)[list(_CHOSEN_COLUMNS)]


def _coverage(free: pd.DataFrame, needs: pd.DataFrame, choices: config.Pools) -> Coverage:
    need_index = pd.MultiIndex.from_frame(needs[["attribute", "value"]])
    kinds = [need_index.get_indexer(pd.MultiIndex.from_product([[n], normalized_values(free[n])])) for n in ATTRIBUTES]
    return Coverage(
        value=free["readiness_low"].to_numpy("float64"),
        need=choices.diversity * needs["need"].to_numpy("float64"),
        kind=np.column_stack(kinds).astype("int64"),
        equal_within=choices.equal_within,
    )


_READY = Text(
    "readiness {readiness}, at least {low}",
    "preparación del {readiness}, como mínimo {low}",
)
_FIRST = Text("adds to the group: {kinds}", "aporta al grupo: {kinds}")
_MORE = Text("of kinds that the group has already", "de tipos que el grupo ya tiene")
_NEVER = Text("no ask on record", "no consta ninguna petición anterior")
_LAST = Text("last asked on {day}", "última petición el {day}")
_BOTH = Text("also proposed for the other group", "propuesto también para el otro grupo")
_BELOW = Text("below the threshold", "por debajo del umbral")


def pool_reasons(members: pd.DataFrame, language: str = "en", zone: tzinfo = UTC) -> pd.Series:
    """One sentence for each member of a pool, from `POOL_COLUMNS`, `ATTRIBUTES`, readiness, readiness_low and
    last_asked_at, whose day is that of `zone`."""
    dated = members.assign(last_asked=spoken_days(members["last_asked_at"], zone, language))
    words = [_pool_sentence(row, language) for row in dated.to_dict("records")]
    return pd.Series(words, index=members.index, dtype="str")


def _pool_sentence(row: Mapping[Hashable, Any], language: str) -> str:
    firsts = [attribute_phrase(name, row[name], language) for name in ATTRIBUTES if row[f"first_{name}"]]
    kinds = (_FIRST if firsts else _MORE).in_language(language).format(kinds=", ".join(firsts))
    parts = [_BELOW.in_language(language)] if row["below_threshold"] else []
    parts += [readiness_phrase(row, language), kinds, last_asked_phrase(row["last_asked"], language)]
    parts += [_BOTH.in_language(language)] if row["in_both"] else []
    return "; ".join(parts)


def readiness_phrase(row: Mapping[Hashable, Any], language: str) -> str:
    """A phrase for the readiness and its lower bound."""
    shares = {"readiness": row["readiness"], "low": row["readiness_low"]}
    words = {name: value_words(share, ".0%", language) for name, share in shares.items()}
    return _READY.in_language(language).format(**words)


def last_asked_phrase(day: str | float, language: str) -> str:
    """A phrase for the day on which the client was last asked; it is missing if that never was."""
    return _LAST.in_language(language).format(day=day) if isinstance(day, str) else _NEVER.in_language(language)


GAP_COLUMNS = (
    *("level", "attribute", "value", "need", "open_opportunities"),
    *("clients", "ready", "ready_and_free", "in_pool", "expected", "gap"),
)
_FEWEST = 2
"""A kind that is present but under-represented is a gap only if the need calls for at least this many members."""

_GAP = {
    "none": Text("No {client} at level {level}: {why}", "Ningún {client} en el nivel {level}: {why}"),
    "thin": Text(
        "Thinly covered, {client} at level {level}: {in_pool} where the need would have {expected}; {why}",
        "Poca cobertura, {client} en el nivel {level}: {in_pool} y harían falta {expected}; {why}",
    ),
}
_WHY = {
    "no clients": Text("there is no such client.", "no hay ningún cliente así."),
    "figures": Text(
        "clients: {clients}, ready: {ready}, ready and free to be asked: {free}.",
        "clientes: {clients}, con preparación suficiente: {ready}, de ellos disponibles: {free}.",
    ),
}
_OPEN = Text("Open opportunities: {number}.", "Oportunidades abiertas: {number}.")
_FEW_READY = Text(
    "Ready, of the {size} proposed for level {level}: {free}; at least {minimum} are wanted. The others are the "
    "strongest clients below the threshold who may be asked. Ready in all: {ready} (resting: {resting}).",
    "Preparadas, de las {size} cuentas propuestas para el nivel {level}: {free}; objetivo: al menos {minimum}. Las "
    "demás son las mejores por debajo del umbral a las que se puede pedir. Preparadas en total en este nivel: {ready} "
    "(en descanso: {resting}).",
)
_FEW_FREE = Text("Nobody else may be asked.", "No hay nadie más a quien se le pueda pedir.")


def gaps(
    candidates: LevelCandidates, members: pd.Series, needs: pd.DataFrame, level: int, size: int, language: str = "en"
) -> pd.DataFrame:
    """The attribute values that a pool lacks or under-represents, the most needed first.

    Parameters
    ----------
    candidates : the clients at the pool's level. members : account_ids in the pool.
    needs : as returned by `policy.coverage.needs`. level : the pool's level. size : how many members it should have.
    language : of `gap`, en or es.

    Returns
    -------
    frame of `GAP_COLUMNS`: need is a share; expected is the number of members that would match the need; ready_and_free
    are the ready accounts that may be asked now; gap is a sentence.
    """
    coverage = needs.merge(_counts_by_value(candidates, members), on=["attribute", "value"], how="left")
    count_columns = ["ready", "ready_and_free", "in_pool"]
    coverage[count_columns] = coverage[count_columns].fillna(0).astype("int64")
    coverage = coverage.assign(level=level, expected=(coverage["need"] * size).round().astype("int64"))
    absent = (coverage["in_pool"] == 0) & (coverage["need"] > 0)
    thin = (coverage["expected"] >= _FEWEST) & (2 * coverage["in_pool"] < coverage["expected"])
    lacking = coverage[absent | thin].sort_values(["need", "attribute", "value"], ascending=[False, True, True])
    sentences = [_gap_sentence(row, language) for row in lacking.to_dict("records")]
    rows = lacking.assign(value=lacking["name"], gap=pd.Series(sentences, lacking.index, "str"))
    return rows.reset_index(drop=True)[list(GAP_COLUMNS)]


def size_shortfall(
    candidates: LevelCandidates, members: pd.DataFrame, minimum: int, level: int, language: str = "en"
) -> str:
    """A sentence that says why fewer members of a pool are ready than its minimum; '' if enough are.

    Parameters
    ----------
    candidates : the clients at the pool's level. members : frame of `POOL_COLUMNS`.
    minimum : the fewest members that it should have. level : the pool's level. language : en or es.
    """
    size, free = len(members), int((~members["below_threshold"].astype(bool)).sum())
    if free >= minimum:
        return ""
    ready = int(candidates.ready.sum())
    figures = {"size": size, "free": free, "level": level, "minimum": minimum}
    sentence = _FEW_READY.in_language(language).format(**figures, ready=ready, resting=ready - len(candidates.free))
    return sentence if size >= minimum else f"{sentence} {_FEW_FREE.in_language(language)}"


def _counts_by_value(candidates: LevelCandidates, members: pd.Series) -> pd.DataFrame:
    """attribute, value (normalized) → ready, ready_and_free, in_pool."""
    is_eligible = among(candidates.rows["account_id"], candidates.free["account_id"])
    is_member = candidates.rows["account_id"].isin(members)
    flags = pd.DataFrame({"ready": candidates.ready, "ready_and_free": is_eligible, "in_pool": is_member})
    parts = []
    for attribute in ATTRIBUTES:
        sums = flags.groupby(normalized_values(candidates.rows[attribute])).sum()
        parts.append(sums.rename_axis("value").reset_index().assign(attribute=attribute))
    return pd.concat(parts, ignore_index=True)


def _gap_sentence(row: Mapping[Hashable, Any], language: str) -> str:
    known = "figures" if row["clients"] else "no clients"
    figures = {"clients": row["clients"], "ready": row["ready"], "free": row["ready_and_free"]}
    why = _WHY[known].in_language(language).format(**figures)
    if row["open_opportunities"]:
        why = f"{why} {_OPEN.in_language(language).format(number=row['open_opportunities'])}"
    client = client_phrase(row["attribute"], row["name"], language)
    kind = "thin" if row["in_pool"] else "none"
    facts = {name: row[name] for name in ("level", "in_pool", "expected")}
    return _GAP[kind].in_language(language).format(client=client, why=why, **facts)


NURTURE_COLUMNS = ("account_id", "level", "readiness", "readiness_low", "readiness_high", "threshold")


def nearly_ready(table: pd.DataFrame, ladder: config.Ladder, margin: float, limit: int) -> pd.DataFrame:
    """The accounts close to the first level that they do not reach: within `margin` of its threshold, or with an
    interval that reaches it. Accounts that rest at that level are left out.

    Parameters
    ----------
    table : account_id, level, readiness, readiness_low, readiness_high, eligible; sorted by account_id, level.
    ladder : the threshold of each level. margin : in readiness. limit : the most rows for each level.

    Returns
    -------
    frame of `NURTURE_COLUMNS`, sorted by level and the distance to the threshold; ties by account_id.
    """
    thresholds = np.array([ladder.thresholds.of(level) for level in ladder.in_use])[table["level"].to_numpy() - 1]
    readiness, high = (table[name].to_numpy("float64") for name in ("readiness", "readiness_high"))
    unreached = np.flatnonzero(readiness < thresholds)
    following = unreached[begins(table["account_id"].array.take(unreached))]
    is_near = (readiness >= thresholds - margin) | (high >= thresholds)
    close = following[(is_near & table["eligible"].to_numpy(bool))[following]]
    rows = table.iloc[close].assign(threshold=thresholds[close], missing=thresholds[close] - readiness[close])
    order = rows.sort_values(["level", "missing", "account_id"])
    nearest: pd.DataFrame = order.groupby("level").head(limit)
    return nearest.reset_index(drop=True)[list(NURTURE_COLUMNS)]
