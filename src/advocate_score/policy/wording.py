"""The sentence with which each rule explains itself. It cites the account's own facts and names nobody."""

import pandas as pd

from advocate_score.policy.told_once import kinds

SENTENCES = {
    # Their order is the precedence of rules that last equally long.
    "deleted": ("The account was deleted.", "La cuenta se ha eliminado."),
    "merged": ("Merged into another account.", "Fusionada con otra cuenta."),
    "churned": ("No longer a client.", "Ya no es cliente."),
    "at_risk": ("The relationship is marked as at risk.", "La relación consta como en riesgo."),
    "unreadable_no": (
        "A row that may be a no cannot be read ({source}): mend it, or release the account.",
        "Una fila que puede ser un no no se puede leer ({source}): corríjala o libere la cuenta.",
    ),
    "permission_denied": (
        "Denied the permission that this ask needs (since: {since}).",
        "Ha denegado el permiso que exige esta petición (desde: {since}).",
    ),
    "contact_objection": (
        "Every known contact asked not to be approached.",
        "Todos los contactos conocidos han pedido que no se les contacte.",
    ),
    "contacts_denied": (
        "Every known contact has refused this kind of use or objected.",
        "Todos los contactos conocidos han denegado este uso o se oponen.",
    ),
    "open_case": (
        "Open case of severity {figure:.0f} (since: {since}).",
        "Incidencia abierta de gravedad {figure:.0f} (desde: {since}).",
    ),
    "pending_renewal": (
        "Renewal pending (since: {since}; due: {when}).",
        "Renovación pendiente (desde: {since}; vence: {when}).",
    ),
    "lost_renewal": (
        "Did not renew on {since}; the account then rests {figure:.0f} days.",
        "No renovó el {since}; la cuenta descansa {figure:.0f} días.",
    ),
    "declined": (
        "Declined on {since}; this ask then rests {figure:.0f} days.",
        "Dijo que no el {since}; esta petición descansa {figure:.0f} días.",
    ),
    "not_now": (
        "Said not now on {since}; this ask then rests {figure:.0f} days.",
        "Dijo ahora no el {since}; esta petición descansa {figure:.0f} días.",
    ),
    "yearly_cap": (
        "Asked {figure:.0f} times in the last 365 days: no more until the older asks are a year past.",
        "{figure:.0f} peticiones en los últimos 365 días: ninguna más hasta que las antiguas cumplan un año.",
    ),
    "effort": (
        "About {figure:.0f} minutes of what was asked still weigh on them; they rest until it is less.",
        "Aún les pesan unos {figure:.0f} minutos de lo que se les pidió; descansan hasta que sea menos.",
    ),
    "contacts_effort": (
        "Every contact who may be asked has given much of late: about {figure:.0f} minutes or more.",
        "Todos los contactos a quienes se puede pedir han dado mucho hace poco: unos {figure:.0f} minutos o más.",
    ),
    "cooldown": (
        "Last asked on {since}; {figure:.0f} days must pass between asks.",
        "Última petición el {since}; han de pasar {figure:.0f} días entre peticiones.",
    ),
}
_UNKNOWN = ("unknown", "sin fecha")


def detail(blocks: pd.DataFrame, language: str) -> pd.Series:
    """One sentence for each block, in English or Spanish (`language` en or es)."""
    which = int(language == "es")
    days = (blocks[name].dt.floor("D") for name in ("since", "when"))
    first, place = kinds([blocks["rule"], *days, blocks["figure"], blocks["source"]])
    said = blocks.iloc[first]
    since, when = (_days(said[name], which) for name in ("since", "when"))
    facts = zip(said["rule"], since, when, said["figure"], said["source"], strict=True)
    words = [SENTENCES[rule][which].format(since=s, when=w, figure=f, source=o) for rule, s, w, f, o in facts]
    return pd.Series(pd.array(words, dtype="str").take(place), index=blocks.index)


def _days(times: pd.Series, which: int) -> list[str]:
    return list(times.dt.strftime("%Y-%m-%d").fillna(_UNKNOWN[which]))
