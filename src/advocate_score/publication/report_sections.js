const accountsOnLists = () => new Set([...candidates.values()].flat().map((row) => row.account_id)).size;
const small = (caption, heads, rows) => dataTable({ caption, rows, size: 25, columns: heads.map(([key, label, number, cell]) => (
  { key, label, number, value: (row) => row[key], cell })) }).element;
const asTable = (caption, heads, rows) => el("details", {}, el("summary", {}, say("table_of")), small(caption, heads, rows));

function glanceSection() {
  const moves = rowsOf("moves");
  const tiles = [["scored", night.counts.accounts ?? 0], ["listed_accounts", accountsOnLists()], ["planned_asks", rowsOf("plan").length]];
  if (night.hold.compared_with) {
    tiles.push(["came_total", moves.filter((row) => row.kind === "came").length], ["left_total", moves.filter((row) => row.kind === "left").length]);
  }
  const rows = night.levels.map(({ level }) => ({ level: levelName(level), ...night.counts.levels[level] }));
  const heads = [["level", say("level")], ...["ready", "eligible", "listed", "resting"].map((key) => [key, say(key), true, (row) => count(row[key])])];
  return section("glance", say("glance"),
    el("dl", { class: "tiles" }, ...tiles.map(([key, number]) => el("div", {}, el("dt", {}, say(key)), el("dd", {}, count(number))))),
    el("figure", {}, el("div", { class: "wide" }, ladderFigure()), el("figcaption", {}, say("ladder_note")), asTable(say("ladder"), heads, rows)));
}

function movesSection() {
  const since = night.hold.compared_with;
  if (!since) return section("moves", say("moves"), note(say("no_night")));
  const because = (row) => say(`why_${row.why}`, { rule: known("rule_", row.rule) });
  const columns = [
    { key: "kind", label: say("move"), value: (row) => say(row.kind), cell: (row) => el("span", { class: `badge ${row.kind}` }, say(row.kind)) },
    { key: "level", label: say("level"), value: (row) => levelName(row.level) },
    { key: "account", label: say("account"), value: (row) => row.account_name || row.account_id,
      cell: (row) => [name(row.account_name || row.account_id), el("div", { class: "soft" }, name(row.account_id))] },
    { key: "now", label: say("was_now"), number: true, value: (row) => row.now, cell: (row) => `${percent(row.before)} → ${percent(row.now)}` },
    { key: "why", label: say("because"), value: because, cell: because },
  ];
  return section("moves", say("moves"), note(say("moves_since", { date: since })),
    dataTable({ caption: say("moves"), columns, rows: rowsOf("moves"), size: 25, quiet: true, empty: say("no_moves") }).element);
}

function poolsSection() {
  const gaps = dataTable({ caption: say("gaps"), rows: rowsOf("gaps"), size: 10, empty: say("no_gaps"), columns: [
    { key: "kind", label: say("kind"), value: (row) => `${known("", row.attribute)}: ${row.value}`,
      cell: (row) => [`${known("", row.attribute)}: `, name(row.value)] },
    { key: "pool", label: say("pool"), value: (row) => known("", row.pool) },
    ...["in_pool", "expected", "open_opportunities", "clients", "ready", "ready_and_free"].map((key) => (
      { key, label: say(key), number: true, value: (row) => row[key], cell: (row) => figure(row[key], 0) })),
  ] });
  return section("pools", say("pools"), el("div", { class: "pair" }, ...Object.keys(night.wanted).sort().reverse().map(circle)), gaps.element);
}

function circle(pool) {
  const members = rowsOf("pools").filter((row) => row.pool === pool);
  const [low, high] = night.wanted[pool];
  const spread = ["industry", "segment", "region", "service_line"].map((attribute) => el("div", {}, el("h4", {}, say(attribute)), bars(tally(members, attribute))));
  return el("div", { class: "card" }, el("h3", {}, say(pool)), note(say("members", { n: count(members.length), low, high })),
    el("div", { class: "spread" }, ...spread),
    el("details", {}, el("summary", {}, say("members_list")), small(say(pool), [["rank", say("rank"), true],
      ["account_name", say("account"), false, (row) => name(row.account_name || row.account_id)], ["industry", say("industry"), false, (row) => name(row.industry)],
      ["readiness", say("readiness"), true, (row) => percent(row.readiness)]], members)));
}

function tally(rows, attribute) {
  const counts = new Map();
  for (const row of rows) counts.set(row[attribute], (counts.get(row[attribute]) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1));
}

function trustSection() {
  const { proof } = night;
  if (!proof.calibration) return section("trust", say("trust"), note(say("no_proof")));
  const interval = (row) => `${percent(row.low)} – ${percent(row.high)}`;
  const heads = [["predicted", say("predicted"), true, (row) => percent(row.predicted)], ["observed", say("observed"), true, (row) => percent(row.observed)],
    ["low", say("interval"), true, interval], ["n", say("asks_tested"), true, (row) => count(row.n)]];
  const drawing = (level) => [calibrationFigure(proof.calibration[level]), asTable(say("calibration"), heads, proof.calibration[level])];
  const chart = el("div", {}, ...drawing("pooled"));
  const options = Object.keys(proof.calibration).sort((one, other) => (one === "pooled" ? -1 : other === "pooled" ? 1 : one - other))
    .map((level) => el("option", { value: level }, level === "pooled" ? say("all_levels") : levelName(Number(level))));
  const pick = el("select", { id: "calibration-level", "aria-label": say("level"), oninput: (event) => chart.replaceChildren(...drawing(event.target.value)) }, ...options);
  const lift = [["share", say("share"), true, (row) => percent(row.share)], ["lift", say("lift"), true, (row) => figure(row.lift)],
    ["low", say("interval"), true, (row) => `${figure(row.low)} – ${figure(row.high)}`]];
  return section("trust", say("trust"), note(say("proof_note", { n: count(proof.asks), first: proof.first, last: proof.last })),
    el("div", { class: "pair" },
      el("figure", { class: "card" }, el("h3", {}, say("calibration")), pick, chart, el("figcaption", {}, say("calibration_note"))),
      el("figure", { class: "card" }, el("h3", {}, say("lift")), liftFigure(proof.lift), asTable(say("lift"), lift, proof.lift), el("figcaption", {}, say("lift_note")))));
}

function driftSection() {
  const { hold } = night;
  if (!hold.compared_with) return section("drift", say("drift"), note(say("no_night")));
  const heads = [["level", say("level"), false, (row) => levelName(row.level)], ["psi", say("index"), true, (row) => figure(row.psi)],
    ["psi_bound", say("bound"), true, (row) => figure(row.psi_bound)], ["overlap", say("stayed"), true, (row) => percent(row.overlap)]];
  const signals = [["signal", say("signal")], ["psi", say("index"), true, (row) => figure(row.psi)], ["chance", say("bound"), true, (row) => figure(row.chance)]];
  return section("drift", say("drift"), note(say("drift_note", { date: hold.compared_with })),
    hold.forced ? el("p", { class: "banner" }, say("forced", { why: hold.forced })) : "",
    el("div", { class: "pair" }, small(say("readiness"), heads, hold.levels ?? []),
      (hold.signals ?? []).length ? small(say("signals_moved"), signals, hold.signals) : note(say("signals_steady"))));
}

function readSection() {
  const tables = Object.entries(night.manifest.rows ?? {}).map(([table, counts]) => ({ table, ...counts }));
  const heads = [["table", say("table")], ...["rows_in", "accepted", "deduplicated", "quarantined"].map((key) => [key, say(key), true, (row) => count(row[key])])];
  const apart = Object.entries(night.quarantine).flatMap(([table, reasons]) => Object.entries(reasons)
    .map(([reason, rows]) => ({ table, code: reason.split(" ")[0], column: reason.split(" ")[1] ?? "", rows })));
  const why = [["table", say("table")], ["column", say("column")], ["code", say("rule"), false, (row) => known("set_", row.code)], ["rows", say("rows_in"), true, (row) => count(row.rows)]];
  const rules = Object.entries(night.counts.rules).map(([rule, accounts]) => ({ rule, accounts })).sort((one, other) => other.accounts - one.accounts);
  return [
    section("rest", say("why_rest"), bars(rules.map(({ rule, accounts }) => [known("rule_", rule), accounts])), note(say("why_rest_note"))),
    section("rows", say("rows"), el("div", { class: "pair" }, small(say("rows"), heads, tables),
      apart.length ? small(say("quarantine"), why, apart) : note(say("nothing_quarantined")))),
  ];
}

function originSection() {
  const { manifest } = night;
  const model = manifest.model ?? {};
  const facts = [["run_id", manifest.run_id], ["model", `${model.name ?? ""} ${model.version ?? ""} (${model.digest ?? ""})`], ["learned", night.trained_as_of || say("none")],
    ...["engine", "software", "signal_schema", "configuration"].map((key) => [key, manifest[key]])];
  const line = ([key, value]) => [el("dt", {}, say(key)), el("dd", {}, String(value ?? say("none")))];
  const inputs = Object.entries(manifest.inputs ?? {}).map(([table, digest]) => el("li", {}, `${table}: ${digest}`));
  const warnings = (manifest.warnings ?? []).filter((warning) => !Object.values(night.banner).includes(warning));
  return section("origin", say("origin"), el("dl", { class: "facts" }, ...facts.flatMap(line)),
    warnings.length ? el("details", {}, el("summary", {}, `${say("warnings")} (${count(warnings.length)})`), el("ul", { lang: "en" }, ...warnings.map((warning) => el("li", {}, warning)))) : "",
    el("details", {}, el("summary", {}, say("inputs")), el("ul", { class: "digests" }, ...inputs)));
}
