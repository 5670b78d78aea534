"""The words of the report around the figures, and short names of the reasons for which rows are quarantined, in English
and Spanish. The short name of a rule is kept with the rule.

The codes are those of `policy` and `tables`; a code without a name is shown as it is.
"""

from advocate_score.policy import rules
from advocate_score.text import Text

REASONS = {
    "short_row": ("too few cells in the row", "faltan celdas en la fila"),
    "long_row": ("too many cells in the row", "sobran celdas en la fila"),
    "stray_quote": ("stray quote", "comilla suelta"),
    "stray_carriage_return": ("stray carriage return", "retorno de carro suelto"),
    "undecodable": ("not in the declared encoding", "no está en la codificación declarada"),
    "not_a_json_object": ("not a JSON object", "no es un objeto JSON"),
    "error_or_formula": ("error or formula in a cell", "error o fórmula en una celda"),
    "nul_byte": ("NUL byte", "byte NUL"),
    "oversized_cell": ("cell too long", "celda demasiado larga"),
    "missing_required": ("required value missing", "falta un valor obligatorio"),
    "scientific_id": ("id in scientific notation", "identificador en notación científica"),
    "bad_id_checksum": ("id with a wrong checksum", "identificador con suma de control errónea"),
    "not_a_time": ("not a time", "no es una fecha"),
    "spreadsheet_serial": ("spreadsheet's number instead of a date", "número de hoja de cálculo en vez de fecha"),
    "time_in_dst_gap": ("local time that does not exist", "hora local que no existe"),
    "not_a_number": ("not a number", "no es un número"),
    "not_an_integer": ("not a whole number", "no es un número entero"),
    "not_finite": ("not a finite number", "no es un número finito"),
    "too_large": ("number too large", "número demasiado grande"),
    "out_of_range": ("out of range", "fuera de rango"),
    "not_a_flag": ("neither yes nor no", "ni sí ni no"),
    "not_a_choice": ("not one of the choices", "no es una de las opciones"),
    "recorded_before_occurred": ("recorded before it happened", "registrado antes de ocurrir"),
    "answered_before_asked": ("answered before it was asked", "respondido antes de pedirse"),
    "ended_before_start": ("ended before it started", "terminado antes de empezar"),
    "negative_amount": ("negative amount", "importe negativo"),
    "unknown_currency": ("unknown currency", "moneda desconocida"),
    "mixed_currency": ("another currency than most rows", "otra moneda que la mayoría de las filas"),
    "older_version": ("older version of a row", "versión anterior de una fila"),
    "conflicting_versions": ("versions that contradict each other", "versiones que se contradicen"),
    "after_data_cut": ("later than the export", "posterior a la exportación"),
    "unknown_account": ("unknown account", "cuenta desconocida"),
    "merge_cycle": ("merged in a circle", "fusiones en círculo"),
    "unknown_survivor": ("merged into an unknown account", "fusionada con una cuenta desconocida"),
    "erased": ("account that was erased", "cuenta borrada"),
}


_PAGE = {
    "title": ("Advocacy candidates", "Candidatos a prescriptor"),
    "as_of": ("As of", "A fecha de"),
    "skip": ("Skip to the content", "Ir al contenido"),
    "theme": ("Colours", "Colores"),
    "theme_auto": ("Auto", "Auto"),
    "theme_light": ("Light", "Claro"),
    "theme_dark": ("Dark", "Oscuro"),
    "print": ("Print", "Imprimir"),
    "no_script": (
        "This page needs JavaScript to show its lists. The same lists stand beside it as CSV files.",
        "Esta página necesita JavaScript para mostrar las listas. Las mismas listas están junto a ella en CSV.",
    ),
    "misuse": (
        "Readiness is an estimate about accounts, not about people. A no is accepted and remembered.",
        "La preparación es una estimación sobre cuentas, no sobre personas. Un no se acepta y se recuerda.",
    ),
    "caution": ("Read with care:", "Lea con cautela:"),
    "none": ("—", "—"),
    "yes": ("yes", "sí"),
    "no": ("no", "no"),
    "all": ("all", "todos"),
    "table_of": ("The figures as a table", "Las cifras en una tabla"),
}
_GLANCE = {
    "glance": ("Tonight at a glance", "Esta noche, de un vistazo"),
    "scored": ("accounts scored", "cuentas valoradas"),
    "listed_accounts": ("accounts on a list", "cuentas en alguna lista"),
    "planned_asks": ("asks planned", "peticiones planificadas"),
    "came_total": ("came onto a list", "entradas en las listas"),
    "left_total": ("left a list", "salidas de las listas"),
    "ladder": ("The ladder: accounts at each level", "La escalera: cuentas en cada nivel"),
    "ladder_note": (
        "Ready: readiness at or above the level's threshold. Free: no rule forbids asking. Resting: a rule does.",
        "Preparadas: alcanzan el umbral del nivel. Disponibles: ninguna regla impide pedírselo. En descanso: una regla "
        "lo impide.",
    ),
    "level": ("Level", "Nivel"),
    "ready": ("ready", "preparadas"),
    "eligible": ("free", "disponibles"),
    "listed": ("listed", "en la lista"),
    "resting": ("resting", "en descanso"),
    "threshold": ("threshold", "umbral"),
}
_LISTS = {
    "lists": ("Who to ask", "A quién pedírselo"),
    "search": ("Search", "Buscar"),
    "owner": ("Owner", "Responsable"),
    "industry": ("Industry", "Sector"),
    "segment": ("Segment", "Segmento"),
    "region": ("Region", "Región"),
    "only_planned": ("Only those in the plan", "Solo las del plan"),
    "clear": ("Clear", "Limpiar"),
    "in_plan": ("in the plan", "en el plan"),
    "rank": ("Rank", "Puesto"),
    "account": ("Account", "Cuenta"),
    "readiness": ("Readiness", "Preparación"),
    "reasons": ("Why", "Por qué"),
    "moment": ("Moment and what to cite", "Momento y qué citar"),
    "asks": ("Asks in a year", "Peticiones en un año"),
    "last_asked": ("last", "última"),
    "contact": ("Contact", "Contacto"),
    "shown": ("{n} of {all} shown", "{n} de {all} a la vista"),
    "page": ("Page {n} of {all}", "Página {n} de {all}"),
    "before": ("Back", "Atrás"),
    "next": ("Next", "Siguiente"),
    "nobody": ("Nobody is free to be asked at this level.", "Nadie está disponible en este nivel."),
    "nothing_found": ("Nothing fits these filters.", "Nada encaja con estos filtros."),
    "evidence": ("Evidence", "Base"),
    "scorecard": ("expert scorecard, no asks yet", "criterio experto, aún sin peticiones"),
    "limited": ("few asks", "pocas peticiones"),
    "solid": ("many asks", "muchas peticiones"),
    "granted": ("permission granted", "permiso concedido"),
    "needs_approval": ("needs approval", "requiere aprobación"),
    "unknown": ("permission unknown: ask", "permiso desconocido: preguntar"),
    "denied": ("permission denied", "permiso denegado"),
}
_MOVES = {
    "moves": ("Who moved since the last night", "Quién se ha movido desde la última noche"),
    "moves_since": (
        "Compared with {date}. At most fifty of each kind and level are shown.",
        "Comparado con {date}. Se muestran como mucho cincuenta de cada tipo y nivel.",
    ),
    "no_night": ("There is no earlier night to compare with.", "No hay ninguna noche anterior con la que comparar."),
    "no_moves": ("Nobody came onto a list or left one.", "Nadie ha entrado en una lista ni ha salido de ella."),
    "move": ("Move", "Movimiento"),
    "came": ("came", "entra"),
    "left": ("left", "sale"),
    "was_now": ("Readiness then and now", "Preparación antes y ahora"),
    "because": ("Because", "Porque"),
    "why_free": ("free again; it rested: {rule}", "vuelve a estar disponible; descansaba: {rule}"),
    "why_new": ("scored for the first time", "se valora por primera vez"),
    "why_rose": ("readiness rose", "su preparación ha subido"),
    "why_room": ("others left the list", "otras han salido de la lista"),
    "why_rests": ("rests now: {rule}", "ahora descansa: {rule}"),
    "why_gone": ("no longer scored", "ya no se valora"),
    "why_fell": ("readiness fell", "su preparación ha bajado"),
    "why_overtaken": ("others are readier", "otras están más preparadas"),
}
_POOLS = {
    "pools": ("Standing circles", "Círculos estables"),
    "reference_pool": ("Reference pool", "Grupo de referencias"),
    "advisory_board": ("Advisory board", "Consejo asesor"),
    "members": ("{n} members; {low} to {high} wanted", "{n} miembros; se quieren de {low} a {high}"),
    "members_list": ("Members", "Miembros"),
    "diversity": ("Diversity", "Diversidad"),
    "service_line": ("Service line", "Línea de servicio"),
    "gaps": ("Where the circles fall short", "Dónde se quedan cortos los círculos"),
    "no_gaps": ("No gap was found.", "No se ha encontrado ningún hueco."),
    "pool": ("Circle", "Círculo"),
    "kind": ("Kind of client", "Tipo de cliente"),
    "in_pool": ("In the circle", "En el círculo"),
    "expected": ("Wanted", "Se quieren"),
    "ready_and_free": ("Ready and free", "Preparadas y disponibles"),
    "clients": ("Clients", "Clientes"),
    "open_opportunities": ("Open opportunities", "Oportunidades abiertas"),
}
_TRUST = {
    "trust": ("Can it be trusted?", "¿Es de fiar?"),
    "no_proof": (
        "Nobody knows yet how this model does on later asks: calibration and lift are shown once a model was promoted "
        "that could be tested on them.",
        "Aún no se sabe cómo acierta este modelo con peticiones posteriores: la calibración y el alza se muestran "
        "cuando se promueve un modelo que pudo probarse con ellas.",
    ),
    "proof_note": (
        "The model's recipe, taught with earlier asks and tested on {n} later ones ({first} to {last}) before it was "
        "promoted. Bars: 90 % intervals.",
        "La receta del modelo, enseñada con peticiones anteriores y probada con {n} posteriores ({first} a {last}) "
        "antes de promoverlo. Barras: intervalos del 90 %.",
    ),
    "calibration": ("Calibration: said and done", "Calibración: lo dicho y lo hecho"),
    "calibration_note": (
        "A dot on the line: of the asks given such a readiness, just as many ended in a yes.",
        "Un punto sobre la línea: de las peticiones con esa preparación, otras tantas acabaron en sí.",
    ),
    "predicted": ("readiness said", "preparación dicha"),
    "observed": ("ended in a yes", "acabaron en sí"),
    "lift": ("Lift: the best against blind choice", "Alza: los mejores frente a elegir a ciegas"),
    "lift_note": (
        "How many times as many yes the readiest bring, compared with asking blindly.",
        "Cuántas veces más síes dan los más preparados que pidiendo a ciegas.",
    ),
    "share": ("the readiest", "los más preparados"),
    "interval": ("90 % interval", "intervalo del 90 %"),
    "asks_tested": ("asks", "peticiones"),
    "all_levels": ("All levels", "Todos los niveles"),
    "drift": ("Has anything drifted?", "¿Ha cambiado algo?"),
    "drift_note": (
        "Tonight against {date}. Stability index of readiness: up to its bound it is chance; share of the best who "
        "stayed.",
        "Esta noche frente a {date}. Índice de estabilidad de la preparación: hasta su límite es azar; proporción de "
        "los mejores que se han quedado.",
    ),
    "index": ("Stability index", "Índice de estabilidad"),
    "bound": ("Bound", "Límite"),
    "stayed": ("Best who stayed", "Mejores que siguen"),
    "signals_moved": ("Signals that moved", "Señales que han cambiado"),
    "signals_steady": ("No signal moved beyond chance.", "Ninguna señal ha cambiado más allá del azar."),
    "signal": ("Signal", "Señal"),
    "forced": ("Published although a gate held it, because: {why}", "Publicada pese a una retención, porque: {why}"),
}
_BECAME = {
    "became": ("What became of those we listed", "Qué fue de las cuentas de las listas"),
    "became_nothing": (
        "Too early to say: no list of an earlier night that stands here is {days} days old, which is how long an ask "
        "waits for its answer.",
        "Es pronto para decirlo: aquí no hay listas de otra noche que tengan ya {days} días, que es el plazo de "
        "respuesta de una petición.",
    ),
    "became_note": (
        "The lists of {nights} nights, {first} to {last}. An ask counts if its account stood on the list of that level "
        "up to {within} days before, or on the last one, and if its {days} days for an answer are over. In brackets: "
        "90 % intervals.",
        "Las listas de {nights} noches, de {first} a {last}. Una petición cuenta si la cuenta estaba en la lista de "
        "ese nivel hasta {within} días antes, o en la última, y si ya han pasado sus {days} días para responder. "
        "Entre paréntesis: intervalos del 90 %.",
    ),
    "became_chosen": (
        "These are the answers of those who were asked. Somebody chose them: the others might have answered otherwise. "
        "Of few accounts nothing is told, since little can be learned from them.",
        "Son las respuestas de aquellos a quienes se les pidió. Alguien los eligió: los demás podrían haber respondido "
        "otra cosa. De pocas cuentas no se dice nada, porque poco se aprende de ellas.",
    ),
    "became_few": (
        "Accounts of these lists that were asked, and whose time to answer is over: {n}. They are too few to say how "
        "the lists did.",
        "Cuentas de estas listas a las que se les pidió algo y cuyo plazo de respuesta ha pasado: {n}. Son muy pocas "
        "para decir si las listas acertaron.",
    ),
    "beside": (
        "Asks in the same time of accounts that stood on no such list: {n}. {share} ended in a yes ({low} – {high}). "
        "They were chosen by other reasons, so that the difference proves nothing.",
        "Peticiones del mismo tiempo a cuentas que no estaban en esas listas: {n}. Acabaron en sí el {share} ({low} – "
        "{high}). Se eligieron por otros motivos, así que la diferencia no prueba nada.",
    ),
    "beside_few": (
        "Asks in the same time of accounts that stood on no such list: {n}, of too few accounts to tell more.",
        "Peticiones del mismo tiempo a cuentas que no estaban en esas listas: {n}, de muy pocas cuentas para decir "
        "más.",
    ),
    "became_calibration": (
        "Of those who were asked: said and done",
        "De aquellos a quienes se les pidió: lo dicho y lo hecho",
    ),
    "became_table": ("Listed, asked, answered", "En lista, pedidas, respondidas"),
    "were_listed": ("accounts listed", "cuentas en lista"),
    "were_asked": ("of them asked", "se les pidió"),
    "asks_judged": ("asks", "peticiones"),
    "said_yes": ("yes", "síes"),
    "yes_share": ("ended in a yes", "acabaron en sí"),
    "verdict": ("The lists", "Las listas"),
    "verdict_too_few": ("too few to tell", "muy pocas para saberlo"),
    "verdict_as_predicted": ("said it right, as far as can be told", "acertaron, hasta donde se ve"),
    "verdict_too_high": ("promised too much", "prometieron de más"),
    "verdict_too_low": ("promised too little", "se quedaron cortas"),
}
_READ = {
    "why_rest": ("Why accounts rest", "Por qué descansan las cuentas"),
    "why_rest_note": (
        "Who, until when and why stands in resting.csv.",
        "Quién, hasta cuándo y por qué está en resting.csv.",
    ),
    "rule": ("Rule", "Regla"),
    "accounts": ("Accounts", "Cuentas"),
    "rows": ("What was read", "Qué se ha leído"),
    "table": ("Table", "Tabla"),
    "rows_in": ("Rows", "Filas"),
    "accepted": ("Accepted", "Aceptadas"),
    "deduplicated": ("Duplicates", "Duplicadas"),
    "quarantined": ("Quarantined", "En cuarentena"),
    "quarantine": ("What was set aside, and why", "Qué se ha apartado y por qué"),
    "nothing_quarantined": ("Nothing was set aside.", "No se ha apartado nada."),
    "column": ("Column", "Columna"),
    "warnings": ("Warnings", "Avisos"),
    "model": ("Model", "Modelo"),
    "learned": ("Learned up to", "Aprendió hasta"),
    "origin": ("Where this page comes from", "De dónde sale esta página"),
    "run_id": ("Run", "Ejecución"),
    "engine": ("Engine", "Motor"),
    "software": ("Version of the program", "Versión del programa"),
    "signal_schema": ("Signals", "Señales"),
    "configuration": ("Configuration", "Configuración"),
    "inputs": ("Files that were read (SHA-256)", "Ficheros leídos (SHA-256)"),
}


def all_words() -> dict[str, Text]:
    """Every word of the report by its name, including the short names of the rules."""
    codes = {f"rule_{rule.code}": rule.label for rule in rules.RULES}
    codes |= {f"set_{code}": Text(*texts) for code, texts in REASONS.items()}
    pages = (_PAGE, _GLANCE, _LISTS, _MOVES, _POOLS, _TRUST, _BECAME, _READ)
    return {name: Text(*texts) for page in pages for name, texts in page.items()} | codes


def words(language: str) -> dict[str, str]:
    return {name: text.in_language(language) for name, text in all_words().items()}
