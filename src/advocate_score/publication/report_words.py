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
    "merge_cycle": Text("merged in a circle", "fusiones circulares"),
    "unknown_survivor": Text("merged into an unknown account", "fusionada con una cuenta desconocida"),
    "erased": Text("account that was erased", "cuenta borrada"),
}


_PAGE = {
    "title": Text("Advocacy candidates", "Candidatos a cliente referente"),
    "as_of": Text("As of", "A fecha de"),
    "skip": Text("Skip to the content", "Ir al contenido"),
    "contents": Text("Contents", "Contenido"),
    "theme": Text("Appearance", "Apariencia"),
    "theme_auto": Text("Auto", "Auto"),
    "theme_light": Text("Light", "Claro"),
    "theme_dark": Text("Dark", "Oscuro"),
    "print": Text("Print", "Imprimir"),
    "no_script": Text(
        "This page needs JavaScript to show its lists. The same lists are beside it as CSV files.",
        "Esta página necesita JavaScript para mostrar las listas. Las mismas listas están junto a ella en CSV.",
    ),
    "misuse": Text(
        "Readiness is an estimate about accounts, not about people. When a client says no, accept it: the client then "
        "rests.",
        "La preparación es una estimación sobre cuentas, no sobre personas. Si un cliente dice que no, acéptelo: "
        "después descansa.",
    ),
    "caution": Text("Read with care:", "Tenga en cuenta:"),
    "none": Text("—", "—"),
    "yes": Text("yes", "sí"),
    "no": Text("no", "no"),
    "all": Text("all", "todos"),
    "table_of": Text("The figures as a table", "Las cifras en una tabla"),
    "search": Text("Search", "Buscar"),
    "sort_by": Text("Sort by", "Ordenar por"),
    "shown": Text("{n} of {all} shown", "{n} de {all} a la vista"),
    "page": Text("Page {n} of {all}", "Página {n} de {all}"),
    "before": Text("Back", "Anterior"),
    "next": Text("Next", "Siguiente"),
    "nothing_found": Text("Nothing matches these filters.", "Nada coincide con estos filtros."),
    "paper_only": Text(
        "The first {n} of {all} rows are printed.",
        "Se imprimen las primeras {n} de {all} filas.",
    ),
}
_PLAN = {
    "plan": Text("This month's plan", "El plan de este mes"),
    "plan_note": Text(
        "Ask these clients this month, starting at the top. Check with the account manager first.",
        "Pida esto a estos clientes este mes, empezando por arriba. Consulte antes al responsable de la cuenta.",
    ),
    "plan_empty": Text(
        "No ask is planned: nobody may be asked at present, or the month's capacity is used up.",
        "No hay ninguna petición planificada: ahora no se puede pedir nada a nadie, o ya no queda capacidad este mes.",
    ),
    "asks_in_all": Text("asks in all", "peticiones en total"),
    "number": Text("No.", "N.º"),
    "why": Text("Why now", "Por qué ahora"),
    "best_reasons": Text("Best reasons", "Motivos más sólidos"),
    "cite": Text("To cite", "Para citar"),
    "by_lot": Text("drawn by lot", "elegido por sorteo"),
    "contact": Text("Contact", "Contacto"),
    "no_contact": Text("no contact on record", "no consta ningún contacto"),
}
_LISTS = {
    "lists": Text("Who is ready", "Quién está preparado"),
    "lists_note": Text(
        "{accounts} clients were scored; {listed} are on at least one list. Each list has the clients that you may ask "
        "now, the readiest first.",
        "Se han valorado {accounts} clientes; {listed} están en alguna lista. Cada lista recoge a los clientes a los "
        "que puede pedir algo ahora, primero los más preparados.",
    ),
    "ladder": Text("Clients at each level", "Clientes en cada nivel"),
    "ladder_note": Text(
        "Ready: readiness at or above the level's threshold. May be asked: no rule forbids it. Resting: a rule does.",
        "Preparados: alcanzan el umbral del nivel. Disponibles: ninguna regla impide pedírselo. En descanso: una regla "
        "lo impide.",
    ),
    "ready": Text("ready", "preparados"),
    "eligible": Text("may be asked", "disponibles"),
    "listed": Text("on the list", "en la lista"),
    "resting": Text("resting", "en descanso"),
    "threshold": Text("threshold", "umbral"),
    "only_planned": Text("Only those in the plan", "Solo los del plan"),
    "clear": Text("Clear", "Borrar filtros"),
    "in_plan": Text("in the plan", "en el plan"),
    "moment": Text("Moment and what to cite", "Momento y qué citar"),
    "last_asked": Text("last asked", "última vez:"),
    "nobody": Text("Nobody may be asked at this level now.", "Ahora no se puede pedir nada a nadie en este nivel."),
    "scorecard": Text(
        "general experience, no answers of your own yet", "experiencia general, aún sin respuestas suyas"
    ),
    "limited": Text("few answers of your own", "pocas respuestas de sus clientes"),
    "solid": Text("many answers of your own", "muchas respuestas de sus clientes"),
    "granted": Text("permission granted", "permiso concedido"),
    "needs_approval": Text("needs approval", "requiere aprobación"),
    "unknown": Text("permission unknown: ask", "permiso desconocido: consúltelo"),
    "denied": Text("permission denied", "permiso denegado"),
}
_REST = {
    "rest": Text("Who is resting and until when", "Quién descansa y hasta cuándo"),
    "rest_note": Text(
        "Do not ask these clients before the date. Without a date, somebody has to change the CRM first.",
        "No pida nada a estos clientes antes de la fecha. Si no hay fecha, antes hay que cambiar algo en el CRM.",
    ),
    "rest_cut": Text(
        "The first {n} are shown; everybody is in resting.csv.",
        "Se muestran los primeros {n}; todos están en resting.csv.",
    ),
    "nobody_rests": Text("Nobody is resting.", "Nadie está en descanso."),
    "rest_by_rule": Text("Clients by reason", "Clientes por motivo"),
    "rest_of": Text("Applies to", "Afecta a"),
    "every_level": Text("every ask", "todas las peticiones"),
    "since": Text("Since", "Desde"),
    "until": Text("May be asked from", "Disponible desde"),
    "no_end": Text("no date", "sin fecha"),
}
_MOVES = {
    "moves": Text("Changes since last time", "Cambios desde la última vez"),
    "moves_since": Text(
        "Compared with {date}: {came} came onto a list, {left} left one. At most fifty of each kind and level are "
        "shown.",
        "Comparado con el {date}: {came} entran en una lista y {left} salen. Se muestran como mucho cincuenta de cada "
        "tipo y nivel.",
    ),
    "no_night": Text(
        "There is no earlier publication to compare with.", "No hay ninguna publicación anterior con la que comparar."
    ),
    "no_moves": Text("Nobody came onto a list or left one.", "Nadie ha entrado en una lista ni ha salido de ella."),
    "move": Text("Change", "Cambio"),
    "came": Text("came", "entra"),
    "left": Text("left", "sale"),
    "was_now": Text("Readiness then and now", "Preparación antes y ahora"),
    "because": Text("Why", "Por qué"),
    "why_free": Text("may be asked again; before: {rule}", "vuelve a estar disponible; antes: {rule}"),
    "why_new": Text("scored for the first time", "se valora por primera vez"),
    "why_rose": Text("readiness rose", "su preparación ha subido"),
    "why_room": Text("others left the list", "otros han salido de la lista"),
    "why_rests": Text("rests now: {rule}", "ahora descansa: {rule}"),
    "why_gone": Text("no longer scored", "ya no se valora"),
    "why_fell": Text("readiness fell", "su preparación ha bajado"),
    "why_overtaken": Text("others are readier", "otros están más preparados"),
}
_POOLS = {
    "pools": Text("Reference pool and advisory board", "Grupo de referencias y consejo asesor"),
    "reference_pool": Text("Reference pool", "Grupo de referencias"),
    "advisory_board": Text("Advisory board", "Consejo asesor"),
    "members": Text("{n} proposed; {low} to {high} wanted", "{n} propuestos; objetivo: de {low} a {high}"),
    "members_below": Text(
        "Ready: {ready}. The others are the strongest clients below the threshold who may be asked: speak with the "
        "account manager before you invite them.",
        "Preparados: {ready}. Los demás son los mejores clientes por debajo del umbral a los que se puede pedir: hable "
        "con el responsable de la cuenta antes de invitarlos.",
    ),
    "below_threshold": Text("below the threshold", "por debajo del umbral"),
    "spread": Text("How they are spread", "Cómo se reparten"),
    "no_members": Text("Nobody may be asked at this level now.", "Ahora no se puede pedir nada a nadie en este nivel."),
    "gaps": Text("Kinds of client that are missing", "Tipos de cliente que faltan"),
    "no_gaps": Text("No kind of client is missing.", "No falta ningún tipo de cliente."),
    "kind": Text("Kind of client", "Tipo de cliente"),
}
_TRUST = {
    "trust": Text("How far to trust it", "Hasta qué punto es fiable"),
    "no_proof": Text(
        "It is not known yet how well this model does: it has not been tested on later asks.",
        "Aún no se sabe cuánto acierta este modelo: no se ha probado con peticiones posteriores.",
    ),
    "proof_note": Text(
        "Before it was promoted, the model was trained on earlier asks and tested on {n} later ones ({first} to "
        "{last}). Bars: 90 % intervals.",
        "Antes de ponerlo en servicio, el modelo se entrenó con peticiones anteriores y se probó con {n} posteriores "
        "({first} a {last}). Barras: intervalos del 90 %.",
    ),
    "calibration": Text("Predicted and actual yes", "Síes previstos y reales"),
    "calibration_note": Text(
        "A dot on the line: as many said yes as predicted. Above it, more did; below it, fewer.",
        "Un punto sobre la línea: dijeron que sí tantos como se preveía. Por encima, más; por debajo, menos.",
    ),
    "predicted": Text("predicted yes", "síes previstos"),
    "observed": Text("actual yes", "síes reales"),
    "lift": Text(
        "Yes among the readiest, against asking at random", "Síes entre los más preparados, frente a pedir al azar"
    ),
    "lift_note": Text(
        "How many times as many yes you get by asking the readiest instead of clients at random.",
        "Cuántas veces más síes se obtienen pidiendo a los más preparados en lugar de al azar.",
    ),
    "lift_times": Text("times as many", "veces más"),
    "share": Text("the readiest", "los más preparados"),
    "interval": Text("90 % interval", "intervalo del 90 %"),
    "asks_tested": Text("asks", "peticiones"),
    "all_levels": Text("All levels", "Todos los niveles"),
    "drift": Text("Compared with last time", "Comparado con la última vez"),
    "drift_note": Text(
        "Compared with {date}. A stability index up to its limit is ordinary variation.",
        "Comparado con el {date}. Un índice de estabilidad que no supera su límite es una variación normal.",
    ),
    "index": Text("Stability index", "Índice de estabilidad"),
    "bound": Text("Limit", "Límite"),
    "stayed": Text("Best clients who stayed", "Mejores que siguen"),
    "signals_moved": Text("Signals that changed", "Señales que han cambiado"),
    "signals_steady": Text("No signal changed more than usual.", "Ninguna señal ha cambiado más de lo normal."),
    "signal": Text("Signal", "Señal"),
    "forced": Text(
        "A check would have held this publication. It was published because: {why}",
        "Un control habría retenido esta publicación. Se publicó porque: {why}",
    ),
}
_BECAME = {
    "became": Text("How earlier lists did", "Cómo resultaron las listas anteriores"),
    "became_nothing": Text(
        "It is too early to say: no earlier list is {days} days old yet, the time that an ask has for its answer.",
        "Es pronto para decirlo: ninguna lista anterior tiene aún {days} días, el plazo de respuesta de una petición.",
    ),
    "became_note": Text(
        "{nights} publications from {first} to {last}. An ask counts if the client was on the list of that level up to "
        "{within} days before, or on the last one, and if its {days} days for an answer are over. In brackets: 90 % "
        "intervals.",
        "{nights} publicaciones, del {first} al {last}. Una petición cuenta si el cliente estaba en la lista de ese "
        "nivel hasta {within} días antes, o en la última, y si ya han pasado sus {days} días para responder. Entre "
        "paréntesis: intervalos del 90 %.",
    ),
    "became_chosen": Text(
        "These are the answers of the clients who were asked; the others might have answered otherwise. Answers of few "
        "clients are not shown.",
        "Son las respuestas de los clientes a los que se les pidió algo; los demás podrían haber respondido otra cosa. "
        "Las respuestas de pocos clientes no se muestran.",
    ),
    "became_few": Text(
        "Clients of these lists who were asked and whose time to answer is over: {n}. They are too few to say how the "
        "lists did.",
        "Clientes de estas listas a los que se les pidió algo y cuyo plazo de respuesta ha pasado: {n}. Son muy pocos "
        "para decir si las listas acertaron.",
    ),
    "beside": Text(
        "Asks in the same time of clients who were on no such list: {n}. {share} said yes ({low} – {high}). They were "
        "chosen for other reasons, so the difference does not show what the lists achieve.",
        "Peticiones del mismo periodo a clientes que no estaban en esas listas: {n}. Dijo que sí el {share} ({low} – "
        "{high}). Se eligieron por otros motivos, así que la diferencia no muestra lo que consiguen las listas.",
    ),
    "beside_few": Text(
        "Asks in the same time of clients who were on no such list: {n}, of too few clients to say more.",
        "Peticiones del mismo periodo a clientes que no estaban en esas listas: {n}, hechas a muy pocos clientes para "
        "decir más.",
    ),
    "became_calibration": Text(
        "Clients who were asked: predicted and actual yes",
        "Clientes a los que se les pidió algo: síes previstos y reales",
    ),
    "became_table": Text("Listed, asked, answered", "En la lista, con petición, con respuesta"),
    "were_listed": Text("clients listed", "clientes en la lista"),
    "were_asked": Text("of them asked", "con petición"),
    "asks_judged": Text("asks", "peticiones"),
    "said_yes": Text("yes", "síes"),
    "yes_share": Text("said yes", "dijeron que sí"),
    "verdict": Text("Result", "Resultado"),
    "verdict_too_few": Text("too few to say", "muy pocos para decirlo"),
    "verdict_as_predicted": Text("as predicted", "como se preveía"),
    "verdict_too_high": Text("fewer yes than predicted", "menos síes de los previstos"),
    "verdict_too_low": Text("more yes than predicted", "más síes de los previstos"),
    "verdict_wrong_order": Text("the readier said yes less", "los más preparados dijeron menos que sí"),
    "segments_table": Text("Kinds of client that stand out", "Tipos de cliente que destacan"),
    "segments_note": Text(
        "Kinds of client with enough answers: {n}, by industry, segment, region, language and account manager. A kind "
        "is named here if its predictions were wrong by more than chance explains among so many kinds, or if its "
        "clients are asked less often than others, so that their percentages are less sure.",
        "Tipos de cliente con respuestas suficientes: {n}, por sector, segmento, región, idioma y responsable de "
        "cuenta. Aquí figura un tipo si sus predicciones fallaron más de lo que explica el azar entre tantos tipos, o "
        "si a sus clientes se les pide menos que a los demás, de modo que sus porcentajes son menos seguros.",
    ),
    "segments_few": Text(
        "No kind of client has enough answers yet to say whether the lists were right for it.",
        "Ningún tipo de cliente tiene aún respuestas suficientes para decir si las listas acertaron en él.",
    ),
    "never_asked": Text("never asked", "nunca se les ha pedido nada"),
    "language": Text("Language", "Idioma"),
}
_READ = {
    "read": Text("What was read", "Qué se ha leído"),
    "rows": Text("Rows by table", "Filas por tabla"),
    "table": Text("Table", "Tabla"),
    "rows_in": Text("Rows", "Filas"),
    "accepted": Text("Accepted", "Aceptadas"),
    "deduplicated": Text("Duplicates", "Duplicadas"),
    "quarantined": Text("Set aside", "Apartadas"),
    "quarantine": Text("Rows set aside, and why", "Filas apartadas y por qué"),
    "nothing_quarantined": Text("No row was set aside.", "No se ha apartado ninguna fila."),
    "column": Text("Column", "Columna"),
    "set_why": Text("Why", "Por qué"),
    "warnings": Text("Warnings", "Avisos"),
    "model": Text("Model", "Modelo"),
    "learned": Text("Trained up to", "Entrenado hasta"),
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
    **{
        name: name
        for name in (
            *("ask", "level", "owner", "industry", "segment", "region", "service_line", "rank", "readiness", "rule"),
            *("evidence", "pool", "in_pool", "expected", "ready_and_free", "clients", "open_opportunities"),
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
    parts = (_PAGE, _PLAN, _LISTS, _REST, _MOVES, _POOLS, _TRUST, _BECAME, _READ)
    return {**{name: text for part in parts for name, text in part.items()}, **columns, **codes}


def words(language: str) -> dict[str, str]:
    return {name: text.in_language(language) for name, text in all_words().items()}
