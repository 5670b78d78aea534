"""Where a circle of references does not cover the need, with the figures that say why."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from advocate_score.account_rows import among
from advocate_score.policy.attributes import ATTRIBUTES, client_of, folded_values
from advocate_score.policy.pools import Standing

COLUMNS = (
    *("level", "attribute", "value", "need", "open_opportunities"),
    *("clients", "ready", "ready_and_free", "in_pool", "expected", "gap"),
)
_FEWEST = 2
"""A kind that is there, but thinly, is a gap only where the need would have it that often."""

_GAP = {
    "none": ("No {client} at level {level}: {why}", "Ningún {client} en el nivel {level}: {why}"),
    "thin": (
        "Thinly covered, {client} at level {level}: {in_pool} where the need would have {expected}; {why}",
        "Poca cobertura, {client} en el nivel {level}: {in_pool} cuando la necesidad pide {expected}; {why}",
    ),
}
_WHY = {
    "no clients": ("there is no such client.", "no hay ningún cliente así."),
    "figures": (
        "clients: {clients}, ready: {ready}, ready and free to be asked: {free}.",
        "clientes: {clients}, con preparación suficiente: {ready}, de ellos disponibles: {free}.",
    ),
}
_OPEN = ("Open opportunities: {number}.", "Oportunidades abiertas: {number}.")
_SIZE = (
    "Only {size} at level {level} where at least {minimum} are wanted: {ready} accounts are ready and {resting} of "
    "them rest. Nobody who is not ready was added.",
    "Solo {size} en el nivel {level}, cuando se quieren al menos {minimum}: {ready} cuentas con preparación "
    "suficiente, de las que {resting} descansan. No se ha añadido a nadie sin preparación suficiente.",
)


def gaps(
    standing: Standing, members: pd.Series, needs: pd.DataFrame, level: int, size: int, language: str = "en"
) -> pd.DataFrame:
    """The values of attributes that a circle lacks or has thinly, the most needed first.

    Parameters
    ----------
    standing : the clients at the circle's level. members : account_ids in the circle. size : how many it should have.
    needs : as `policy.need.needs` gives them.

    Returns
    -------
    frame of `COLUMNS`: need is a share; expected is the number of members that would match the need; ready_and_free
    are the ready accounts that may be asked now; gap is a sentence.
    """
    counted = needs.merge(_counted(standing, members), on=["attribute", "value"], how="left")
    figures = ["ready", "ready_and_free", "in_pool"]
    counted[figures] = counted[figures].fillna(0).astype("int64")
    counted = counted.assign(level=level, expected=(counted["need"] * size).round().astype("int64"))
    absent = (counted["in_pool"] == 0) & (counted["need"] > 0)
    thin = (counted["expected"] >= _FEWEST) & (2 * counted["in_pool"] < counted["expected"])
    found = counted[absent | thin].sort_values(["need", "attribute", "value"], ascending=[False, True, True])
    sentences = [_sentence(row, language) for row in found.to_dict("records")]
    named = found.assign(value=found["name"], gap=pd.Series(sentences, found.index, "str"))
    return named.reset_index(drop=True)[list(COLUMNS)]


def too_small(standing: Standing, size: int, minimum: int, level: int, language: str = "en") -> str:
    """Why a circle has fewer than its minimum; '' where it has not."""
    if size >= minimum:
        return ""
    ready, free = int(standing.ready.sum()), len(standing.free)
    said = _SIZE[language == "es"]
    return said.format(size=size, level=level, minimum=minimum, ready=ready, resting=ready - free)


def _counted(standing: Standing, members: pd.Series) -> pd.DataFrame:
    """attribute, value (folded) → ready, ready_and_free, in_pool."""
    free = among(standing.rows["account_id"], standing.free["account_id"])
    chosen = standing.rows["account_id"].isin(members)
    flags = pd.DataFrame({"ready": standing.ready, "ready_and_free": free, "in_pool": chosen})
    parts = []
    for attribute in ATTRIBUTES:
        sums = flags.groupby(folded_values(standing.rows[attribute])).sum()
        parts.append(sums.rename_axis("value").reset_index().assign(attribute=attribute))
    return pd.concat(parts, ignore_index=True)


def _sentence(row: Mapping[Hashable, Any], language: str) -> str:
    which = int(language == "es")
    known = "figures" if row["clients"] else "no clients"
    why = _WHY[known][which].format(clients=row["clients"], ready=row["ready"], free=row["ready_and_free"])
    if row["open_opportunities"]:
        why = f"{why} {_OPEN[which].format(number=row['open_opportunities'])}"
    client = client_of(row["attribute"], row["name"], language)
    kind = "thin" if row["in_pool"] else "none"
    return _GAP[kind][which].format(client=client, why=why, **{k: row[k] for k in ("level", "in_pool", "expected")})
