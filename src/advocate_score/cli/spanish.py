"""The Spanish of the text on stdout, keyed by the English. Metrics, signals, rules and files keep their own names."""

import os
from collections.abc import Mapping


def in_language(text: str, language: str) -> str:
    """`text` in the language; unchanged if there is no translation."""
    return SPANISH.get(text, text) if language == "es" else text


def terminal_language(environment: Mapping[str, str] = os.environ) -> str:
    """The language of the terminal's locale, used without a configuration; English for every locale but Spanish."""
    settings = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, settings), "")
    return "es" if locale.lower().partition("_")[0].partition(".")[0] == "es" else "en"


_COLUMNS = {
    "account id": "cuenta",
    "account name": "nombre",
    "accepted": "aceptadas",
    "accounts": "cuentas",
    "active": "activa",
    "after": "después",
    "aggregate": "cálculo",
    "ask": "petición",
    "asks": "peticiones",
    "asks last 365d": "peticiones en un año",
    "attribute": "atributo",
    "baseline": "referencia",
    "beats history": "mejor que el historial",
    "before": "antes",
    "benefit": "beneficio",
    "bound": "límite",
    "break even attribution": "atribución de equilibrio",
    "check": "comprobación",
    "clients": "clientes",
    "cost": "coste",
    "counted": "contadas",
    "deduplicated": "repetidas",
    "delivered": "entregadas",
    "difference": "diferencia",
    "direction": "sentido",
    "drifted": "ha cambiado",
    "eligible": "disponibles",
    "fit": "afinidad",
    "high": "máx.",
    "interval": "intervalo",
    "kind": "tipo",
    "last asked at": "última petición",
    "left out": "omitidas",
    "level": "nivel",
    "lift": "frente al azar",
    "listed": "en la lista",
    "lookback days": "días atrás",
    "low": "mín.",
    "method": "método",
    "metric": "métrica",
    "n after": "n después",
    "n before": "n antes",
    "name": "nombre",
    "never asked": "sin peticiones",
    "note": "nota",
    "observed": "observado",
    "of": "de",
    "opportunities": "oportunidades",
    "owner": "responsable",
    "permission": "permiso",
    "predicted": "previsto",
    "quarantined": "en cuarentena",
    "rank": "puesto",
    "readiness": "preparación",
    "reason": "motivo",
    "reference": "frente a",
    "result": "resultado",
    "resting": "en descanso",
    "rows": "filas",
    "rows in": "filas leídas",
    "rule": "regla",
    "suggested contact id": "contacto sugerido",
    "table": "tabla",
    "until": "hasta",
    "value": "valor",
    "verdict": "veredicto",
    "why": "por qué",
    "why inactive": "por qué no",
    "won deals": "ventas ganadas",
    "won value": "valor ganado",
}
_VALUES = {
    "as_predicted": "como se previó",
    "base rate": "tasa base",
    "category": "categoría",
    "champion": "campeón",
    "cold scorecard": "criterio experto",
    "denied": "denegado",
    "failed": "no superada",
    "granted": "concedido",
    "levels": "niveles",
    "limited": "pocas peticiones",
    "masked": "oculto, pocas cuentas",
    "needs_approval": "requiere aprobación",
    "no": "no",
    "no case": "ningún caso",
    "database": "la base de datos",
    "nothing": "nada",
    "passed": "superada",
    "pooled": "todos",
    "scorecard": "criterio experto",
    "smoothed history": "historial suavizado",
    "store": "el almacén",
    "signal": "señal",
    "solid": "muchas peticiones",
    "told": "informativa",
    "too_few": "muy pocas",
    "too_high": "demasiado alto",
    "too_low": "demasiado bajo",
    "wrong_order": "orden contrario",
    "industry": "sector",
    "segment": "segmento",
    "region": "región",
    "language": "idioma",
    "owner": "responsable",
    "unknown": "desconocido",
    "yes": "sí",
}
_TABLES = {
    "Data cut: {cut} · signals active: {signals}": "Corte de los datos: {cut} · señales activas: {signals}",
    "Quarantined rows": "Filas en cuarentena",
    "Signals": "Señales",
    "Tables": "Tablas",
    "The rows themselves: {folder}": "Las filas mismas: {folder}",
    "no row has a date": "ninguna fila tiene fecha",
    "{active} active, {inactive} inactive": "{active} activas, {inactive} inactivas",
    "{rows} rows × {signals} signals as of {as_of} → {file}": "{rows} filas × {signals} señales a {as_of} → {file}",
}
_MODEL = {
    "All origins together": "Todos los orígenes juntos",
    "Blend minus baseline, log loss, accounts resampled": (
        "Mezcla menos referencia, pérdida logarítmica, remuestreando cuentas"
    ),
    "By origin: pooled log loss": "Por origen: pérdida logarítmica conjunta",
    "Held-out asks, all origins together": "Peticiones apartadas, todos los orígenes juntos",
    "It was champion before, and returned without the gate.": "Ya fue el campeón, y ha vuelto sin pasar el control.",
    "Logged to MLflow: run {run_id}": "Registrado en MLflow: ejecución {run_id}",
    "Negative controls": "Controles negativos",
    "No recipe tried was better.": "Ninguna receta probada fue mejor.",
    "Predictions: {file}": "Predicciones: {file}",
    "Promotion gate": "Control de promoción",
    "Compared with {beside}, the promotion gate would hold it back": (
        "Comparado con {beside}, el control de promoción lo retendría"
    ),
    "Compared with {beside}, the promotion gate would promote it": (
        "Comparado con {beside}, el control de promoción lo promovería"
    ),
    "Registered {model_name} version {version} as challenger (run {run_id})": (
        "Registrado {model_name}, versión {version}, como aspirante (ejecución {run_id})"
    ),
    "Version {version} of {model_name} is the champion.": "La versión {version} de {model_name} es el campeón.",
    "the scorecard that serves until the first promotion, the base rate and the smoothed history": (
        "el criterio experto, que sirve hasta la primera promoción, la tasa base y el historial suavizado"
    ),
    "version {version}, another recipe": "la versión {version}, de otra receta",
    "version {version}, the same recipe": "la versión {version}, de la misma receta",
    "Mature asks as of {as_of}: {asks}, of which yes: {yes}; signals: {signals}": (
        "Peticiones maduras a {as_of}: {asks}, de ellas aceptadas: {yes}; señales: {signals}"
    ),
    "{trials} recipes tried, log loss {log_loss_before:.4f} → {log_loss:.4f} on later asks": (
        "{trials} recetas probadas, pérdida logarítmica {log_loss_before:.4f} → {log_loss:.4f} en peticiones "
        "posteriores"
    ),
}
_NIGHT = {
    "In use: {now}, as it was.": "En uso: {now}, como estaba.",
    "In use: {now}, before: {before}.": "En uso: {now}; antes: {before}.",
    "It would have been held; forced: {forced}": "Se habría retenido; forzada: {forced}",
    "Lists:  {folder}": "Listas:  {folder}",
    "Model: {model} · evidence: {evidence}": "Modelo: {model} · base: {evidence}",
    "Not in use: `current` leads to another night.": "No está en uso: `current` lleva a otra noche.",
    "Nothing changed since this date was published.": "Nada ha cambiado desde que se publicó esta fecha.",
    "Publication as of {as_of}": "Publicación a {as_of}",
    "Published {as_of} ({files} files).": "Publicación completa: {as_of} ({files} archivos).",
    "Read with care: {banner}": "Lea con cautela: {banner}",
    "Removed, older than [outputs] retention_days: {days}": (
        "Eliminadas, anteriores a [outputs] retention_days: {days}"
    ),
    "Report: {folder}/report.html": "Informe: {folder}/report.html",
    "Withdrawn: {days}; back with 'rollback --to DATE', or by other inputs.": (
        "Retiradas: {days}; vuelven con 'rollback --to DATE', o con otras entradas."
    ),
}
_CLIENTS = {
    "Model: {model}": "Modelo: {model}",
    "Ready, but resting": "Preparadas, pero en descanso",
    "What if, level {level}: {sentence}": "Y si, nivel {level}: {sentence}",
    "   Whom to ask: {contact}, permission {permission}": "   A quién pedirlo: {contact}, permiso {permission}",
    "nobody known": "no se conoce a nadie",
    "Whom to ask, {levels}: {contact}, permission {permission}": (
        "A quién pedírselo, {levels}: {contact}, permiso {permission}"
    ),
    "Moment: {moment}": "Momento: {moment}",
    "Why, {levels}: {reasons}": "Por qué, {levels}: {reasons}",
    "Why not now, {levels}: {detail}": "Por qué no ahora, {levels}: {detail}",
    "as of {as_of}": "a {as_of}",
    "may be asked": "se le puede pedir",
    "may not be asked": "no se le puede pedir",
    "rests until {until}": "descansa hasta {until}",
    "{ask} for {prospect}, as of {as_of}: may be asked": "{ask} para {prospect}, a {as_of}: se les puede pedir",
    "Clients that share something with the prospect: {number}": (
        "Clientes que tienen algo en común con el interesado: {number}"
    ),
}
_ERASURE = {
    "Not erased: accounts whose id differs from its own in spelling alone, such as in case: {alike}": (
        "No se borraron: cuentas cuyo id solo difiere del suyo en la grafía, como en mayúsculas: {alike}"
    ),
    "Could not be read, and may hold it: {names}": "No se pudo leer, y puede contenerla: {names}",
    "Delivered to the {place}: nights {written}; taken out: {removed}.": (
        "Entregado a {place}: noches {written}; retiradas: {removed}."
    ),
    "Erased; also erased, because merged with it: {merged}": (
        "Borrada; también, por estar fusionadas con ella: {merged}"
    ),
    "Erased.": "Borrada.",
    "Models that learned from it: train again to forget": (
        "Modelos que aprendieron de ella: entrene de nuevo para olvidar"
    ),
    "Not known whether they learned from it: versions {versions}": (
        "No se sabe si aprendieron de ella: versiones {versions}"
    ),
    "Publications rewritten: {days}": "Publicaciones reescritas: {days}",
    "Rows of the account taken out of the database: {forgotten}": (
        "Filas de la cuenta retiradas de la base de datos: {forgotten}"
    ),
    "Rows taken away: {recorded} of the kept asks, {quarantined} of the quarantine.": (
        "Filas retiradas: {recorded} de las peticiones guardadas, {quarantined} de la cuarentena."
    ),
    "Runs leave its rows out from now on. Backups, and files written with --out, are not reached.": (
        "Desde ahora las ejecuciones omiten sus filas. No se llega a las copias de seguridad ni a lo escrito con --out."
    ),
    "Your exports in {exports} still hold it, and are yours to edit: rows of {rows}": (
        "Sus exportaciones en {exports} aún la contienen, y le toca a usted editarlas: filas de {rows}"
    ),
    "none held it": "ninguna la contenía",
    "{day}: files that were not as published are gone: {files}": (
        "{day}: se han quitado ficheros que no estaban como se publicaron: {files}"
    ),
}
_PROGRAMME = {
    "Activity, last 365 days to {as_of}": "Actividad, últimos 365 días hasta {as_of}",
    "Advocates who delivered most in the last 365 days": (
        "Clientes referentes que más entregaron en los últimos 365 días"
    ),
    "Answers: {new} new, {changed} changed, {unchanged} unchanged; {kept} in all in {file}": (
        "Respuestas nuevas: {new}; cambiadas: {changed}; iguales: {unchanged}; en total en {file}: {kept}"
    ),
    "Asks off the plan: {asks}": "Peticiones fuera del plan: {asks}",
    "By level": "Por nivel",
    "Changes of recorded asks": "Cambios en las peticiones anotadas",
    "Drift from {before} to {after}": "Cambio de {before} a {after}",
    "Every figure, also by industry, with its definition: {file}": (
        "Todas las cifras, también por sector, con su definición: {file}"
    ),
    "Every later run reads them beside the asks of the export; 'train' learns from them once they are mature.": (
        "Toda ejecución posterior las lee junto a las peticiones de la exportación; 'train' aprende de ellas cuando "
        "maduran."
    ),
    "Health, last 365 days to {as_of}": "Salud, últimos 365 días hasta {as_of}",
    "Not measurable: {metric}: needs {needs}": "No se puede medir: {metric}: necesita {needs}",
    "Outcome, last 365 days to {as_of}": "Resultado, últimos 365 días hasta {as_of}",
    "Over time": "En el tiempo",
    "By kind of client: {shown} of {judged} with enough answers, of {all}": (
        "Por tipo de cliente: {shown} de {judged} con respuestas suficientes, de {all}"
    ),
    "Predicted and answered, as of {as_of}": "Previsto y respondido, a {as_of}",
    "Rows without an answer, passed over: {rows}": "Filas sin respuesta, omitidas: {rows}",
    "'erase' does not reach this copy: delete it once it is not needed.": (
        "'erase' no llega a esta copia: bórrela cuando no haga falta."
    ),
    "Recorded asks: {asks} copied to {file}": "Peticiones anotadas: {asks} copiadas a {file}",
    "Recorded asks: {written} from the backup, {taken_away} taken away; {left_out} of erased accounts stay out": (
        "Peticiones anotadas: {written} de la copia, {taken_away} retiradas; {left_out} de cuentas borradas no vuelven"
    ),
    "Taken back: {asks}; left in {file}: {kept}": "Retiradas: {asks}; quedan en {file}: {kept}",
    "makes today's lists and plan without it": "hace las listas y el plan de hoy sin ella",
    "Return on the programme, an estimate": "Retorno del programa, una estimación",
    "Return on the programme: not estimated; needs {needs}": "Retorno del programa: sin estimar; necesita {needs}",
    "Under-represented: {industry}, {advocates} of {accounts} accounts are advocates ({share}; elsewhere "
    "{share_elsewhere})": (
        "Poco representado: {industry}, {advocates} de {accounts} cuentas son clientes referentes ({share}; en el "
        "resto {share_elsewhere})"
    ),
    "deals that name the reference they had": "ventas que nombren la referencia que tuvieron",
    "to date": "hasta hoy",
    "Asks judged: {judged}; left out: {before_any_publication} made before any publication, {learned_from} that the "
    "model learned from": (
        "Peticiones juzgadas: {judged}; fuera: {before_any_publication} anteriores a toda publicación, {learned_from} "
        "de las que se aprendió"
    ),
}
_START = {
    "Configuration, with a comment on every setting: {config}": (
        "Configuración, con un comentario en inglés en cada ajuste: {config}"
    ),
    "Enough to begin with: accounts, and one table of what happened, such as interactions. Then, in this order:": (
        "Para empezar bastan las cuentas (accounts) y una tabla de lo que pasó, como interactions. Después, en este "
        "orden:"
    ),
    "MLflow: mlflow ui --backend-store-uri {tracking_uri}   (in .venv/bin after 'make demo')": (
        "MLflow: mlflow ui --backend-store-uri {tracking_uri}   (en .venv/bin tras 'make demo')"
    ),
    "Nothing to try it on yet? advocate-score demo --out demo makes up clients and goes all the way.": (
        "¿Aún no tiene con qué probar? advocate-score demo --out demo inventa clientes y recorre todo el camino."
    ),
    "Promoted version {version}: {passed} checks of the gate passed": (
        "Promovida la versión {version}: {passed} comprobaciones del control superadas"
    ),
    "Put your exports into {tables}, with headers as in {templates}.": (
        "Ponga sus exportaciones en {tables}, con los encabezados de {templates}."
    ),
    "Tables and configuration: {tables}, {config}": "Tablas y configuración: {tables}, {config}",
    "Tables: {folder} · truth, for evaluation only: {truth}": (
        "Tablas: {folder} · la verdad, solo para evaluar: {truth}"
    ),
    "once asks were answered; then 'promote'": "cuando haya peticiones respondidas; después, 'promote'",
    "says what is wrong with the tables, and changes none": "dice qué está mal en las tablas, y no cambia ninguna",
    "the lists: day one needs no model and no asks": "las listas: el primer día no hace falta modelo ni peticiones",
}
_NEXT = {
    "Next: {command}{why}": "Siguiente paso: {command}{why}",
    "its predictions can be compared with answers once it exists": (
        "sus previsiones se pueden comparar con respuestas en cuanto exista"
    ),
    "lists every check; as things stand the gate holds it back, and the model in use stays": (
        "enumera cada comprobación; por ahora el control lo retiene y sigue el modelo en uso"
    ),
    "needs no model and no asks; 'train' learns from asks that were answered": (
        "no necesita modelo ni peticiones; 'train' aprende de las que se respondieron"
    ),
    "once there are asks and answers; until then readiness is the scorecard's": (
        "cuando haya peticiones y respuestas; hasta entonces la preparación es la del criterio experto"
    ),
    "no model was promoted yet: readiness is the scorecard's": (
        "aún no se ha promovido ningún modelo: la preparación es la del criterio experto"
    ),
}

_PROTECTION = {
    "What protects clients": "Lo que protege a los clientes",
    "What the protecting rules do here": "Lo que hacen aquí las reglas que protegen",
    "contacts who objected": "contactos que se oponen",
    "permissions denied": "permisos denegados",
    "open cases": "incidencias abiertas",
    "renewals pending": "renovaciones pendientes",
    "renewals lost": "renovaciones perdidas",
    "asks refused": "peticiones rechazadas",
    "asks made lately": "peticiones recientes",
    "accounts that are not clients, or are at risk": "cuentas que no son clientes o están en riesgo",
    "rows that may say no and cannot be read": "filas que pueden decir que no y no se pueden leer",
    "rows that say no under an id that no account has": (
        "filas que dicen que no con un identificador que ninguna cuenta tiene"
    ),
    "score would hold: {why}": "score la retendría: {why}",
    "  said in: {rows}": "  consta en: {rows}",
    "{account_id} may be asked again, as far as {rule} goes": (
        "Se puede volver a pedir a {account_id}, por lo que toca a {rule}"
    ),
    "Kept with your name and reason in {file}": "Guardado con su nombre y el motivo en {file}",
    "writes today's lists again": "escribe de nuevo las listas de hoy",
    "takes who was asked or said no off today's lists and plan": (
        "quita de las listas y del plan de hoy a quien se preguntó o dijo que no"
    ),
    "what": "qué",
    "now": "ahora",
    "last time": "la vez anterior",
    "where": "dónde",
    "number": "número",
    "settles": "se resuelve con",
}

SPANISH: Mapping[str, str] = {
    **_PROTECTION,
    **_COLUMNS,
    **_VALUES,
    **_TABLES,
    **_MODEL,
    **_NIGHT,
    **_CLIENTS,
    **_ERASURE,
    **_PROGRAMME,
    **_START,
    **_NEXT,
}
