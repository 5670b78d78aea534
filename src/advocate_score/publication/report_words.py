"""The words of the report around the figures, and short names of the reasons for which rows are quarantined, in English
and Spanish. The short name of a rule is kept with the rule, the heading of a column with the column.

The codes are those of `policy` and `tables`; a code without a name is shown as it is.
"""

from advocate_score.policy import rules
from advocate_score.publication.columns import headings, report_columns
from advocate_score.text import Text

REASONS = {
    "short_row": Text("too few cells in the row", "faltan celdas en la fila"),
    "long_row": Text("too many cells in the row", "sobran celdas en la fila"),
    "stray_quote": Text("stray quote", "comilla suelta"),
    "stray_carriage_return": Text("stray carriage return", "retorno de carro suelto"),
    "undecodable": Text("not in the declared encoding", "no está en la codificación declarada"),
    "not_a_json_object": Text("not a JSON object", "no es un objeto JSON"),
    "error_or_formula": Text("error or formula in a cell", "error o fórmula en una celda"),
    "nul_byte": Text("NUL byte", "byte NUL"),
    "oversized_cell": Text("cell too long", "celda demasiado larga"),
    "missing_required": Text("required value missing", "falta un valor obligatorio"),
    "scientific_id": Text("id in scientific notation", "identificador en notación científica"),
    "bad_id_checksum": Text("id with a wrong checksum", "identificador con suma de control errónea"),
    "not_a_time": Text("not a time", "no es una fecha"),
    "spreadsheet_serial": Text("spreadsheet's number instead of a date", "número de hoja de cálculo en vez de fecha"),
    "time_in_dst_gap": Text("local time that does not exist", "hora local que no existe"),
    "not_a_number": Text("not a number", "no es un número"),
    "not_an_integer": Text("not a whole number", "no es un número entero"),
    "not_finite": Text("not a finite number", "no es un número finito"),
    "too_large": Text("number too large", "número demasiado grande"),
    "out_of_range": Text("out of range", "fuera de rango"),
    "not_a_flag": Text("neither yes nor no", "ni sí ni no"),
    "not_a_choice": Text("not one of the choices", "no es una de las opciones"),
    "recorded_before_occurred": Text("recorded before it happened", "registrado antes de ocurrir"),
    "answered_before_asked": Text("answered before it was asked", "respondido antes de pedirse"),
    "ended_before_start": Text("ended before it started", "terminado antes de empezar"),
    "negative_amount": Text("negative amount", "importe negativo"),
    "unknown_currency": Text("unknown currency", "moneda desconocida"),
    "mixed_currency": Text("another currency than most rows", "otra moneda que la mayoría de las filas"),
    "older_version": Text("older version of a row", "versión anterior de una fila"),
    "conflicting_versions": Text("versions that contradict each other", "versiones que se contradicen"),
    "after_data_cut": Text("later than the export", "posterior a la exportación"),
    "ambiguous": Text("fits several accounts", "encaja con varias cuentas"),
    "unknown_account": Text("unknown account", "cuenta desconocida"),
    "merge_cycle": Text("merged in a circle", "fusiones en círculo"),
    "unknown_survivor": Text("merged into an unknown account", "fusionada con una cuenta desconocida"),
    "erased": Text("account that was erased", "cuenta borrada"),
}


_PAGE = {
    "title": Text("Advocacy candidates", "Candidatos a prescriptor"),
    "skip": Text("Skip to the content", "Ir al contenido"),
    "theme": Text("Colours", "Colores"),
    "theme_auto": Text("Auto", "Auto"),
    "theme_light": Text("Light", "Claro"),
    "theme_dark": Text("Dark", "Oscuro"),
    "print": Text("Print", "Imprimir"),
    "no_script": Text(
        "This page needs JavaScript to show its lists. The same lists stand beside it as CSV files.",
        "Esta página necesita JavaScript para mostrar las listas. Las mismas listas están junto a ella en CSV.",
    ),
    "misuse": Text(
        "Readiness is an estimate about accounts, not about people. A no is accepted and remembered.",
        "La preparación es una estimación sobre cuentas, no sobre personas. Un no se acepta y se recuerda.",
    ),
    "caution": Text("Read with care:", "Lea con cautela:"),
    "none": Text("—", "—"),
    "yes": Text("yes", "sí"),
    "no": Text("no", "no"),
    "all": Text("all", "todos"),
    "table_of": Text("The figures as a table", "Las cifras en una tabla"),
}
_GLANCE = {
    "glance": Text("Tonight at a glance", "Esta noche, de un vistazo"),
    "scored": Text("accounts scored", "cuentas valoradas"),
    "listed_accounts": Text("accounts on a list", "cuentas en alguna lista"),
    "planned_asks": Text("asks planned", "peticiones planificadas"),
    "came_total": Text("came onto a list", "entradas en las listas"),
    "left_total": Text("left a list", "salidas de las listas"),
    "ladder": Text("The ladder: accounts at each level", "La escalera: cuentas en cada nivel"),
    "ladder_note": Text(
        "Ready: readiness at or above the level's threshold. Free: no rule forbids asking. Resting: a rule does.",
        "Preparadas: alcanzan el umbral del nivel. Disponibles: ninguna regla impide pedírselo. En descanso: una regla "
        "lo impide.",
    ),
    "ready": Text("ready", "preparadas"),
    "eligible": Text("free", "disponibles"),
    "listed": Text("listed", "en la lista"),
    "resting": Text("resting", "en descanso"),
    "threshold": Text("threshold", "umbral"),
}
_LISTS = {
    "lists": Text("Who to ask", "A quién pedírselo"),
    "search": Text("Search", "Buscar"),
    "only_planned": Text("Only those in the plan", "Solo las del plan"),
    "clear": Text("Clear", "Limpiar"),
    "in_plan": Text("in the plan", "en el plan"),
    "moment": Text("Moment and what to cite", "Momento y qué citar"),
    "last_asked": Text("last", "última"),
    "shown": Text("{n} of {all} shown", "{n} de {all} a la vista"),
    "page": Text("Page {n} of {all}", "Página {n} de {all}"),
    "before": Text("Back", "Atrás"),
    "next": Text("Next", "Siguiente"),
    "nobody": Text("Nobody is free to be asked at this level.", "Nadie está disponible en este nivel."),
    "nothing_found": Text("Nothing fits these filters.", "Nada encaja con estos filtros."),
    "scorecard": Text("expert scorecard, no asks yet", "criterio experto, aún sin peticiones"),
    "limited": Text("few asks", "pocas peticiones"),
    "solid": Text("many asks", "muchas peticiones"),
    "granted": Text("permission granted", "permiso concedido"),
    "needs_approval": Text("needs approval", "requiere aprobación"),
    "unknown": Text("permission unknown: ask", "permiso desconocido: preguntar"),
    "denied": Text("permission denied", "permiso denegado"),
}
_MOVES = {
    "moves": Text("Who moved since the last night", "Quién se ha movido desde la última noche"),
    "moves_since": Text(
        "Compared with {date}. At most fifty of each kind and level are shown.",
        "Comparado con {date}. Se muestran como mucho cincuenta de cada tipo y nivel.",
    ),
    "no_night": Text(
        "There is no earlier night to compare with.", "No hay ninguna noche anterior con la que comparar."
    ),
    "no_moves": Text("Nobody came onto a list or left one.", "Nadie ha entrado en una lista ni ha salido de ella."),
    "move": Text("Move", "Movimiento"),
    "came": Text("came", "entra"),
    "left": Text("left", "sale"),
    "was_now": Text("Readiness then and now", "Preparación antes y ahora"),
    "because": Text("Because", "Porque"),
    "why_free": Text("free again; it rested: {rule}", "vuelve a estar disponible; descansaba: {rule}"),
    "why_new": Text("scored for the first time", "se valora por primera vez"),
    "why_rose": Text("readiness rose", "su preparación ha subido"),
    "why_room": Text("others left the list", "otras han salido de la lista"),
    "why_rests": Text("rests now: {rule}", "ahora descansa: {rule}"),
    "why_gone": Text("no longer scored", "ya no se valora"),
    "why_fell": Text("readiness fell", "su preparación ha bajado"),
    "why_overtaken": Text("others are readier", "otras están más preparadas"),
}
_POOLS = {
    "pools": Text("Standing circles", "Círculos estables"),
    "reference_pool": Text("Reference pool", "Grupo de referencias"),
    "advisory_board": Text("Advisory board", "Consejo asesor"),
    "members": Text("{n} members; {low} to {high} wanted", "{n} miembros; se quieren de {low} a {high}"),
    "members_list": Text("Members", "Miembros"),
    "gaps": Text("Where the circles fall short", "Dónde se quedan cortos los círculos"),
    "no_gaps": Text("No gap was found.", "No se ha encontrado ningún hueco."),
    "kind": Text("Kind of client", "Tipo de cliente"),
}
_TRUST = {
    "trust": Text("Can it be trusted?", "¿Es de fiar?"),
    "no_proof": Text(
        "Nobody knows yet how this model does on later asks: calibration and lift are shown once a model was promoted "
        "that could be tested on them.",
        "Aún no se sabe cómo acierta este modelo con peticiones posteriores: la calibración y el alza se muestran "
        "cuando se promueve un modelo que pudo probarse con ellas.",
    ),
    "proof_note": Text(
        "The model's recipe, taught with earlier asks and tested on {n} later ones ({first} to {last}) before it was "
        "promoted. Bars: 90 % intervals.",
        "La receta del modelo, enseñada con peticiones anteriores y probada con {n} posteriores ({first} a {last}) "
        "antes de promoverlo. Barras: intervalos del 90 %.",
    ),
    "calibration": Text("Calibration: said and done", "Calibración: lo dicho y lo hecho"),
    "calibration_note": Text(
        "A dot on the line: of the asks given such a readiness, just as many ended in a yes.",
        "Un punto sobre la línea: de las peticiones con esa preparación, otras tantas acabaron en sí.",
    ),
    "predicted": Text("readiness said", "preparación dicha"),
    "observed": Text("ended in a yes", "acabaron en sí"),
    "lift": Text("Lift: the best against blind choice", "Alza: los mejores frente a elegir a ciegas"),
    "lift_note": Text(
        "How many times as many yes the readiest bring, compared with asking blindly.",
        "Cuántas veces más síes dan los más preparados que pidiendo a ciegas.",
    ),
    "share": Text("the readiest", "los más preparados"),
    "interval": Text("90 % interval", "intervalo del 90 %"),
    "asks_tested": Text("asks", "peticiones"),
    "all_levels": Text("All levels", "Todos los niveles"),
    "drift": Text("Has anything drifted?", "¿Ha cambiado algo?"),
    "drift_note": Text(
        "Tonight against {date}. Stability index of readiness: up to its bound it is chance; share of the best who "
        "stayed.",
        "Esta noche frente a {date}. Índice de estabilidad de la preparación: hasta su límite es azar; proporción de "
        "los mejores que se han quedado.",
    ),
    "index": Text("Stability index", "Índice de estabilidad"),
    "bound": Text("Bound", "Límite"),
    "stayed": Text("Best who stayed", "Mejores que siguen"),
    "signals_moved": Text("Signals that moved", "Señales que han cambiado"),
    "signals_steady": Text("No signal moved beyond chance.", "Ninguna señal ha cambiado más allá del azar."),
    "signal": Text("Signal", "Señal"),
    "forced": Text(
        "Published although a gate held it, because: {why}", "Publicada pese a una retención, porque: {why}"
    ),
}
_BECAME = {
    "became": Text("What became of those we listed", "Qué fue de las cuentas de las listas"),
    "became_nothing": Text(
        "Too early to say: no list of an earlier night that stands here is {days} days old, which is how long an ask "
        "waits for its answer.",
        "Es pronto para decirlo: aquí no hay listas de otra noche que tengan ya {days} días, que es el plazo de "
        "respuesta de una petición.",
    ),
    "became_note": Text(
        "The lists of {nights} nights, {first} to {last}. An ask counts if its account stood on the list of that level "
        "up to {within} days before, or on the last one, and if its {days} days for an answer are over. In brackets: "
        "90 % intervals.",
        "Las listas de {nights} noches, de {first} a {last}. Una petición cuenta si la cuenta estaba en la lista de "
        "ese nivel hasta {within} días antes, o en la última, y si ya han pasado sus {days} días para responder. "
        "Entre paréntesis: intervalos del 90 %.",
    ),
    "became_chosen": Text(
        "These are the answers of those who were asked. Somebody chose them: the others might have answered otherwise. "
        "Of few accounts nothing is told, since little can be learned from them.",
        "Son las respuestas de aquellos a quienes se les pidió. Alguien los eligió: los demás podrían haber respondido "
        "otra cosa. De pocas cuentas no se dice nada, porque poco se aprende de ellas.",
    ),
    "became_few": Text(
        "Accounts of these lists that were asked, and whose time to answer is over: {n}. They are too few to say how "
        "the lists did.",
        "Cuentas de estas listas a las que se les pidió algo y cuyo plazo de respuesta ha pasado: {n}. Son muy pocas "
        "para decir si las listas acertaron.",
    ),
    "beside": Text(
        "Asks in the same time of accounts that stood on no such list: {n}. {share} ended in a yes ({low} – {high}). "
        "They were chosen by other reasons, so that the difference proves nothing.",
        "Peticiones del mismo tiempo a cuentas que no estaban en esas listas: {n}. Acabaron en sí el {share} ({low} – "
        "{high}). Se eligieron por otros motivos, así que la diferencia no prueba nada.",
    ),
    "beside_few": Text(
        "Asks in the same time of accounts that stood on no such list: {n}, of too few accounts to tell more.",
        "Peticiones del mismo tiempo a cuentas que no estaban en esas listas: {n}, de muy pocas cuentas para decir "
        "más.",
    ),
    "became_calibration": Text(
        "Of those who were asked: said and done",
        "De aquellos a quienes se les pidió: lo dicho y lo hecho",
    ),
    "became_table": Text("Listed, asked, answered", "En lista, pedidas, respondidas"),
    "were_listed": Text("accounts listed", "cuentas en lista"),
    "were_asked": Text("of them asked", "se les pidió"),
    "asks_judged": Text("asks", "peticiones"),
    "said_yes": Text("yes", "síes"),
    "yes_share": Text("ended in a yes", "acabaron en sí"),
    "verdict": Text("The lists", "Las listas"),
    "verdict_too_few": Text("too few to tell", "muy pocas para saberlo"),
    "verdict_as_predicted": Text("said it right, as far as can be told", "acertaron, hasta donde se ve"),
    "verdict_too_high": Text("promised too much", "prometieron de más"),
    "verdict_too_low": Text("promised too little", "se quedaron cortas"),
}
_READ = {
    "why_rest": Text("Why accounts rest", "Por qué descansan las cuentas"),
    "why_rest_note": Text(
        "Who, until when and why stands in resting.csv.",
        "Quién, hasta cuándo y por qué está en resting.csv.",
    ),
    "accounts": Text("Accounts", "Cuentas"),
    "rows": Text("What was read", "Qué se ha leído"),
    "table": Text("Table", "Tabla"),
    "rows_in": Text("Rows", "Filas"),
    "accepted": Text("Accepted", "Aceptadas"),
    "deduplicated": Text("Duplicates", "Duplicadas"),
    "quarantined": Text("Quarantined", "En cuarentena"),
    "quarantine": Text("What was set aside, and why", "Qué se ha apartado y por qué"),
    "nothing_quarantined": Text("Nothing was set aside.", "No se ha apartado nada."),
    "column": Text("Column", "Columna"),
    "warnings": Text("Warnings", "Avisos"),
    "model": Text("Model", "Modelo"),
    "learned": Text("Learned up to", "Aprendió hasta"),
    "origin": Text("Where this page comes from", "De dónde sale esta página"),
    "run_id": Text("Run", "Ejecución"),
    "engine": Text("Engine", "Motor"),
    "software": Text("Version of the program", "Versión del programa"),
    "signal_schema": Text("Signals", "Señales"),
    "configuration": Text("Configuration", "Configuración"),
    "inputs": Text("Files that were read (SHA-256)", "Ficheros leídos (SHA-256)"),
}


_HEADINGS = {
    "account": "account_name",
    "reasons": "reason_1",
    "asks": "asks_last_365d",
    "contact": "suggested_contact_id",
    **{
        name: name
        for name in (
            *("as_of", "level", "owner", "industry", "segment", "region", "service_line", "rank", "readiness", "rule"),
            *("evidence", "diversity", "pool", "in_pool", "expected", "ready_and_free", "clients"),
            "open_opportunities",
        )
    },
}
"""Words that are the heading of a column."""


def report_key(name: str) -> str:
    """What the report calls a column of its own, in its words and in its rows."""
    return f"column_{name}"


def all_words() -> dict[str, Text]:
    """Every word of the report by its name, including the headings of columns and the short names of the rules."""
    by_column = headings()
    columns = {name: by_column[column] for name, column in _HEADINGS.items()}
    columns |= {report_key(column.name): by_column[column.name] for column in report_columns()}
    codes = {f"rule_{rule.code}": rule.label for rule in rules.RULES}
    codes |= {f"set_{code}": text for code, text in REASONS.items()}
    return {**_PAGE, **_GLANCE, **_LISTS, **_MOVES, **_POOLS, **_TRUST, **_BECAME, **_READ, **columns, **codes}


def words(language: str) -> dict[str, str]:
    return {name: text.in_language(language) for name, text in all_words().items()}
