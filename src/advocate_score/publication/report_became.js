/** How earlier lists did: figures over all accounts together, none of any single one. */
function becameSection() {
  const { became } = night;
  const title = say("became");
  if (!became.levels) return section("became", title, note(say("became_nothing", { days: became.days ?? 0 })));
  const rows = became.levels.map((row) => ({ ...row, name: row.level === "pooled" ? say("all_levels") : levelName(Number(row.level)) }));
  const all = rows[0];
  const share = (row) => (row.observed === null ? say("none") : `${percent(row.observed)} (${range(row.low, row.high)})`);
  const columns = [["name", say("level")], ["listed", say("were_listed"), true, (row) => count(row.listed)],
    ["asked", say("were_asked"), true, (row) => count(row.asked)], ["asks", say("asks_judged"), true, (row) => count(row.asks)],
    ["yes", say("said_yes"), true, (row) => (row.yes === null ? say("none") : count(row.yes))], ["observed", say("yes_share"), true, share],
    ["predicted", say("predicted"), true, (row) => percent(row.predicted)], ["verdict", say("verdict"), false, (row) => say(`verdict_${row.verdict}`)]];
  return section("became", title,
    note(say("became_note", { nights: count(became.nights), first: day(became.first), last: day(became.last), within: became.within, days: became.days })),
    small(say("became_table"), columns, rows, true),
    note(all.yes === null ? say("became_few", { n: count(all.asked) }) : say("became_chosen")),
    becameBeside(became.beside),
    ...(became.segments ? becameSegments(became.segments) : []),
    became.calibration.length ? becameFigure(became.calibration) : "");
}

function becameBeside(beside) {
  if (!beside.n) return "";
  const facts = { n: count(beside.n), share: percent(beside.observed), low: percent(beside.low), high: percent(beside.high) };
  return note(say("observed" in beside ? "beside" : "beside_few", facts));
}

/** Kinds of client for which predictions were wrong, and those that are asked least. */
function becameSegments({ judged, rows }) {
  const none = say("none");
  const columns = [["attribute", say("kind"), false, (row) => `${say(row.attribute)}: ${row.value}`],
    ["clients", say("clients"), true, (row) => count(row.clients)], ["never_asked", say("never_asked"), true, (row) => percent(row.never_asked)],
    ["observed", say("yes_share"), true, (row) => (row.observed === null ? none : `${percent(row.observed)} (${range(row.low, row.high)})`)],
    ["predicted", say("predicted"), true, (row) => (row.predicted === null ? none : percent(row.predicted))],
    ["verdict", say("verdict"), false, (row) => say(`verdict_${row.verdict}`)]];
  const text = note(say(judged ? "segments_note" : "segments_few", { n: count(judged) }));
  return rows.length ? [small(say("segments_table"), columns, rows, true), text] : [text];
}

function becameFigure(bins) {
  const interval = (row) => range(row.low, row.high);
  const heads = [["predicted", say("predicted"), true, (row) => percent(row.predicted)], ["observed", say("observed"), true, (row) => percent(row.observed)],
    ["low", say("interval"), true, interval], ["n", say("asks_tested"), true, (row) => count(row.n)]];
  return el("figure", { class: "card half" }, el("h3", {}, say("became_calibration")), calibrationFigure(bins),
    asTable(say("became_calibration"), heads, bins), el("figcaption", {}, say("calibration_note")));
}
