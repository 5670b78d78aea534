"""What the workbook says around its values, in English and Spanish."""

from collections.abc import Mapping

HEADINGS: Mapping[str, tuple[str, str]] = {
    "rank": ("Rank", "Puesto"),
    "priority": ("Priority", "Prioridad"),
    "account_id": ("Account id", "Id de cuenta"),
    "account_name": ("Account", "Cuenta"),
    "industry": ("Industry", "Sector"),
    "segment": ("Segment", "Segmento"),
    "region": ("Region", "Región"),
    "service_line": ("Service line", "Línea de servicio"),
    "owner": ("Owner", "Responsable"),
    "level": ("Level", "Nivel"),
    "ask": ("Ask", "Petición"),
    "readiness": ("Readiness", "Preparación"),
    "readiness_low": ("At least", "Al menos"),
    "readiness_high": ("At most", "Como mucho"),
    "completion": ("Delivers, once agreed", "Cumple, si acepta"),
    "expected_value": ("Expected value", "Valor esperado"),
    "reason_1": ("Why", "Por qué"),
    "reason_2": ("Why (2)", "Por qué (2)"),
    "reason_3": ("Why (3)", "Por qué (3)"),
    "outcome_fact": ("To cite", "Para citar"),
    "moment": ("Moment", "Momento"),
    "asks_last_365d": ("Asks in a year", "Peticiones en un año"),
    "last_asked_at": ("Last asked", "Última petición"),
    "suggested_contact_id": ("Contact", "Contacto"),
    "permission": ("Permission", "Permiso"),
    "why": ("Why in the circle", "Por qué en el círculo"),
    "why_now": ("Why now", "Por qué ahora"),
    "exploration": ("Drawn to learn", "Elegida para aprender"),
    "propensity": ("Chance of being drawn", "Probabilidad de elección"),
    "ask_id": ("Id of the ask", "Id de la petición"),
    "rule": ("Rule", "Regla"),
    "since": ("Since", "Desde"),
    "until": ("Until", "Hasta"),
    "detail": ("Detail", "Detalle"),
    "term": ("Term", "Término"),
    "meaning": ("How to read it", "Cómo leerlo"),
}
TITLES: Mapping[str, tuple[str, str]] = {
    "guide": ("How to read this", "Cómo leer esto"),
    "plan": ("Plan", "Plan"),
    "resting": ("Resting", "En descanso"),
    "reference_pool": ("Reference pool", "Grupo de referencias"),
    "advisory_board": ("Advisory board", "Consejo asesor"),
}
GUIDE: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = (
    (
        ("A sheet a level", "Una hoja por nivel"),
        (
            "The clients who are readiest for that ask and whom no rule keeps from being asked, the readiest first.",
            "Los clientes más preparados para esa petición y a los que ninguna regla impide pedírsela, primero los más "
            "preparados.",
        ),
    ),
    (
        ("Readiness", "Preparación"),
        (
            "The estimated chance that the client says yes to this ask. At least and at most: its 90 % interval.",
            "La probabilidad estimada de que el cliente diga que sí a esta petición. Al menos y como mucho: su "
            "intervalo del 90 %.",
        ),
    ),
    (
        ("Why", "Por qué"),
        (
            "What moved this estimate, the strongest first; what speaks against it says so.",
            "Lo que ha movido esta estimación, primero lo más fuerte; lo que habla en contra, lo dice.",
        ),
    ),
    (
        ("To cite", "Para citar"),
        (
            "The client's own result that an ask may mention, and whether it may be told.",
            "El resultado propio del cliente que la petición puede mencionar, y si se puede contar.",
        ),
    ),
    (
        ("Moment", "Momento"),
        (
            "A dated reason to ask now. Empty: there is none; ask for what is critical only.",
            "Un motivo con fecha para pedirlo ahora. Vacío: no lo hay; pida solo lo imprescindible.",
        ),
    ),
    (
        ("Permission", "Permiso"),
        (
            "Permission to use what the client gives is never assumed: where it is unknown, asking is how it is "
            "obtained.",
            "El permiso para usar lo que el cliente da nunca se presupone: si no se conoce, se obtiene preguntando.",
        ),
    ),
    (
        ("Plan", "Plan"),
        (
            "Whom to ask for what in this period: within capacity, the limits of asks a client, and diversity. Drawn "
            "to learn: chosen partly by chance, so that the model learns of clients whom nobody asks.",
            "A quién pedir qué en este periodo: según la capacidad, los límites por cliente y la diversidad. Elegida "
            "para aprender: en parte al azar, para que el modelo aprenda de clientes a quienes nadie pide nada.",
        ),
    ),
    (
        ("Resting", "En descanso"),
        (
            "Who must not be asked, by which rule, and until when. An empty level: every level. An empty date: nobody "
            "knows yet.",
            "A quién no se debe pedir nada, por qué regla y hasta cuándo. Nivel vacío: todos. Fecha vacía: aún no se "
            "sabe.",
        ),
    ),
    (
        ("Misuse", "Mal uso"),
        (
            "Advocacy is voluntary. Readiness is an estimate about accounts, not about people; a no is accepted, and "
            "remembered.",
            "Ser prescriptor es voluntario. La preparación es una estimación sobre cuentas, no sobre personas; un no "
            "se acepta y se recuerda.",
        ),
    ),
)
