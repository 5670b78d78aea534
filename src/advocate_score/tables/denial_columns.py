"""Names of columns that may hold a client's "no", in English, in Spanish and in the terms of CRMs.

A column with such a name must be mapped or ignored in the configuration before it is left unread. Names are compared
word by word: `optout` and `HasOptedOutOfEmail` match, `optician` does not.
"""

import re
import unicodedata
from typing import Literal

Kind = Literal["opt_out", "consent", "deletion"]

_NAMES: dict[Kind, tuple[str, ...]] = {
    "opt_out": (
        *("opt out", "opted out", "optout", "optedout", "opt outs", "opts out", "email optout", "emailoptout"),
        *("do not contact", "do not call", "do not email", "do not mail", "do not disturb", "do not ask", "do not sms"),
        *("dont contact", "dont call", "dont email", "donotcontact", "donotcall", "donotemail", "donotmail"),
        *("no contact", "not contact", "never contact", "dnc", "dnd", "no call", "no email", "no mail"),
        *("unsubscribe", "unsubscribed", "unsubscribes", "unsubscription", "suppressed", "suppression", "suppress"),
        *("objected", "objection", "objects", "refused", "refuses", "refusal", "withdrawn", "withdrawal", "revoked"),
        *(
            "blocklist",
            "blocklisted",
            "blacklist",
            "blacklisted",
            "leave in peace",
            "no reference",
            "not referenceable",
        ),
        *("no contactar", "no llamar", "no molestar", "no enviar", "no publicidad", "no escribir", "no preguntar"),
        *("baja comercial", "baja email", "baja correo", "dado de baja", "dada de baja", "fecha de baja", "fecha baja"),
        *("se opone", "oposicion", "opuesto", "robinson", "lista robinson", "lista negra", "excluir", "excluido"),
        *("exclusion comercial", "revocado", "revocada", "revocacion", "cancelo suscripcion", "suscripcion cancelada"),
    ),
    "consent": (
        *(
            "consent",
            "consents",
            "consented",
            "consent status",
            "gdpr",
            "rgpd",
            "lopd",
            "lopdgdd",
            "ccpa",
            "legal basis",
        ),
        *("opt in", "opted in", "optin", "optedin", "opts in", "subscribed", "subscriber", "suscrito", "suscrita"),
        *("acepta", "aceptan", "autoriza", "autorizado", "autorizada", "autorizacion", "accepts marketing"),
        *("referenceable", "is reference", "reference status", "reference ok", "can be asked", "may contact"),
        *(
            "can contact",
            "ok to contact",
            "may be contacted",
            "contactable",
            "reachable for references",
            "referenciable",
        ),
        *("consentimiento", "consiente", "permiso", "permission to contact", "base legal", "contact permission"),
    ),
    "deletion": (
        *("deleted", "is deleted", "isdeleted", "deletion", "delete date", "deleted at", "soft deleted", "is removed"),
        *(
            "archived",
            "is archived",
            "tombstone",
            "eliminado",
            "eliminada",
            "borrado",
            "borrada",
            "suprimido",
            "suprimida",
        ),
        *("archivado", "archivada", "fecha de borrado", "fecha eliminacion"),
    ),
}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PATTERNS = {
    kind: re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, names), key=len, reverse=True)) + r")\b(?! rate\b)")
    for kind, names in _NAMES.items()
}


def kind_of_refusal(name: str) -> Kind | None:
    """The kind of "no" that a column may hold by its name in the export; None if the name does not suggest one."""
    words = _words(name)
    if words == "baja":  # alone it means that the person unsubscribed; with another word it may be the low season
        return "opt_out"
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(words)), None)


def _words(name: str) -> str:
    """The words of a name: `HasOptedOutOfEmail` → `has opted out of email`; `Fecha de baja` → `fecha de baja`."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    parted = _CAMEL.sub(" ", bare).casefold()
    return " ".join(re.sub(r"['’]", "", re.sub(r"[^\w'’]|_", " ", parted)).split())
