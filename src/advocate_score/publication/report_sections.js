const small = (caption, heads, rows, cards = false) => dataTable({ caption, rows, cards, columns: heads.map(([key, label, number, cell]) => (
  { key, label, number, value: (row) => row[key], cell })) }).element;
const asTable = (caption, heads, rows) => el("details", {}, el("summary", {}, say("table_of")), small(caption, heads, rows));

/** The planned asks, with what the lists say of the client at that level. */
function planRows() {
  const listed = new Map([...candidates.values()].flat().map((row) => [`${row.level} ${row.account_id}`, row]));
  return rowsOf("plan").map((row) => ({ ...listed.get(`${row.level} ${row.account_id}`), ...row }));
}

function planSection() {
  const rows = planRows();
  const perLevel = night.levels.map(({ level }) => [askName(level), rows.filter((row) => row.level === level).length]);
  const tiles = [[say("asks_in_all"), rows.length], ...perLevel];
  const columns = [
    { key: "priority", label: say("number"), number: true, value: (row) => row.priority },
    accountColumn((row) => (row.exploration ? badge(say("by_lot"), "lot") : "")),
    { key: "ask", label: say("ask"), value: (row) => levelName(row.level), cell: (row) => askName(row.level) },
    contactColumn(),
    ownerColumn(),
    { key: "why", label: say("why"), value: (row) => told(row, "why"), cell: (row) => [told(row, "why"),
      told(row, "fact") ? soft(`${say("cite")}: `, name(told(row, "fact"))) : ""] },
    { key: "reasons", label: say("best_reasons"), cell: reasonsCell },
    readinessColumn(),
  ];
  const text = (row) => [row.account_name, row.account_id, row.owner, row.contact_name, row.contact, kindOf(row), askName(row.level)].join("\n");
  const table = dataTable({ caption: say("plan"), columns, rows, quiet: true, sort: { key: "priority", down: false }, searched: text, empty: say("plan_empty"), printed: 1000 });
  return section("plan", say("plan"), rows.length ? note(say("plan_note")) : "",
    rows.length ? el("dl", { class: "tiles" }, ...tiles.map(([label, number]) => el("div", {}, el("dt", {}, label), el("dd", {}, count(number))))) : "",
    table.element);
}

function restSection() {
  const rules = Object.entries(night.counts.rules).map(([rule, accounts]) => ({ rule, accounts })).sort((one, other) => other.accounts - one.accounts);
  const rows = rowsOf("resting");
  const levels = (row) => (row.levels ? row.levels.split(" ").map((level) => askName(Number(level))).join(", ") : say("every_level"));
  const columns = [
    { key: "account", label: say("account"), value: (row) => row.account_name || row.account_id,
      cell: (row) => [el("strong", {}, name(row.account_name || row.account_id)), soft(name(row.account_id))] },
    ownerColumn(),
    { key: "rule", label: say("because"), value: (row) => known("rule_", row.rule) },
    { key: "levels", label: say("rest_of"), value: levels },
    { key: "since", label: say("since"), days: true, value: (row) => row.since, cell: (row) => day(row.since) || say("none") },
    { key: "until", label: say("until"), days: true, value: (row) => row.until || "9999-12-31", cell: (row) => (row.until ? day(row.until) : say("no_end")) },
  ];
  const text = (row) => [row.account_name, row.account_id, row.owner, known("rule_", row.rule)].join("\n");
  const table = dataTable({ caption: say("rest"), columns, rows, quiet: true, sort: { key: "until", down: false }, searched: text, empty: say("nobody_rests") });
  return section("rest", say("rest"), rows.length ? note(say("rest_note")) : "",
    rules.length ? el("div", { class: "half" }, el("h3", {}, say("rest_by_rule")), bars(rules.map(({ rule, accounts }) => [known("rule_", rule), accounts]))) : "",
    rows.length >= night.most_resting ? note(say("rest_cut", { n: count(rows.length) })) : "", table.element);
}

function movesSection() {
  const since = night.hold.compared_with;
  if (!since) return section("moves", say("moves"), note(say("no_night")));
  const because = (row) => say(`why_${row.why}`, { rule: known("rule_", row.rule) });
  const rows = rowsOf("moves");
  const columns = [
    { key: "kind", label: say("move"), value: (row) => say(row.kind), cell: (row) => badge(say(row.kind), row.kind) },
    { key: "level", label: say("level"), value: (row) => levelName(row.level) },
    { key: "account", label: say("account"), value: (row) => row.account_name || row.account_id,
      cell: (row) => [el("strong", {}, name(row.account_name || row.account_id)), soft(name(row.account_id))] },
    { key: "now", label: say("was_now"), number: true, value: (row) => row.now, cell: (row) => `${percent(row.before)} → ${percent(row.now)}` },
    { key: "because", label: say("because"), value: because, cell: because },
  ];
  const number = (kind) => count(rows.filter((row) => row.kind === kind).length);
  return section("moves", say("moves"), note(say("moves_since", { date: day(since), came: number("came"), left: number("left") })),
    dataTable({ caption: say("moves"), columns, rows, quiet: true, empty: say("no_moves") }).element);
}

function poolsSection() {
  const gaps = dataTable({ caption: say("gaps"), rows: rowsOf("gaps"), size: 10, empty: say("no_gaps"), columns: [
    { key: "kind", label: say("kind"), value: (row) => `${known("", row.attribute)}: ${row.value}`,
      cell: (row) => [`${known("", row.attribute)}: `, name(row.value)] },
    { key: "pool", label: say("pool"), value: (row) => known("", row.pool) },
    ...["in_pool", "expected", "open_opportunities", "clients", "ready", "ready_and_free"].map((key) => (
      { key, label: say(key), number: true, value: (row) => row[key], cell: (row) => figure(row[key], 0) })),
  ] });
  return section("pools", say("pools"), ...Object.keys(night.wanted).sort().reverse().flatMap(pool), gaps.element);
}

function pool(which) {
  const members = rowsOf("pools").filter((row) => row.pool === which);
  const [low, high] = night.wanted[which];
  const ready = members.filter((row) => !row.below_threshold).length;
  const spread = ["industry", "segment", "region", "service_line"].map((attribute) => el("div", {}, el("h4", {}, say(attribute)), bars(tally(members, attribute))));
  const columns = [
    { key: "rank", label: say("rank"), number: true, value: (row) => row.rank },
    { key: "account", label: say("account"), value: (row) => row.account_name || row.account_id,
      cell: (row) => [el("strong", {}, name(row.account_name || row.account_id)), row.below_threshold ? badge(say("below_threshold"), "below") : "", soft(name(row.account_id))] },
    { key: "kind", label: say("kind"), value: (row) => row.industry, cell: (row) => name([kindOf(row), row.service_line].filter(Boolean).join(" · ")) },
    ownerColumn(),
    { key: "readiness", label: say("readiness"), number: true, value: (row) => row.readiness, cell: (row) => percent(row.readiness) },
  ];
  return [el("h3", {}, say(which)), note(say("members", { n: count(members.length), low, high })),
    members.length > ready ? note(say("members_below", { ready: count(ready) })) : "",
    dataTable({ caption: say(which), columns, rows: members, quiet: true, empty: say("no_members") }).element,
    members.length ? el("details", {}, el("summary", {}, say("spread")), el("div", { class: "spread" }, ...spread)) : ""];
}

function tally(rows, attribute) {
  const counts = new Map();
  for (const row of rows) counts.set(row[attribute], (counts.get(row[attribute]) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1));
}

function trustSection() {
  const { proof } = night;
  return section("trust", say("trust"), ...(proof.calibration ? proofFigures(proof) : [note(say("no_proof"))]), ...driftTables());
}

function proofFigures(proof) {
  const interval = (row) => range(row.low, row.high);
  const heads = [["predicted", say("predicted"), true, (row) => percent(row.predicted)], ["observed", say("observed"), true, (row) => percent(row.observed)],
    ["low", say("interval"), true, interval], ["n", say("asks_tested"), true, (row) => count(row.n)]];
  const drawing = (level) => [calibrationFigure(proof.calibration[level]), asTable(say("calibration"), heads, proof.calibration[level])];
  const chart = el("div", {}, ...drawing("pooled"));
  const options = Object.keys(proof.calibration).sort((one, other) => (one === "pooled" ? -1 : other === "pooled" ? 1 : one - other))
    .map((level) => el("option", { value: level }, level === "pooled" ? say("all_levels") : levelName(Number(level))));
  const pick = el("select", { id: "calibration-level", "aria-label": say("level"), oninput: (event) => chart.replaceChildren(...drawing(event.target.value)) }, ...options);
  const lift = [["share", say("share"), true, (row) => percent(row.share)], ["lift", say("lift_times"), true, (row) => figure(row.lift)],
    ["low", say("interval"), true, (row) => `${figure(row.low)} – ${figure(row.high)}`]];
  return [note(say("proof_note", { n: count(proof.asks), first: day(proof.first), last: day(proof.last) })),
    el("div", { class: "pair" },
      el("figure", { class: "card" }, el("h3", {}, say("calibration")), pick, chart, el("figcaption", {}, say("calibration_note"))),
      el("figure", { class: "card" }, el("h3", {}, say("lift")), liftFigure(proof.lift), asTable(say("lift"), lift, proof.lift), el("figcaption", {}, say("lift_note"))))];
}

function driftTables() {
  const { hold } = night;
  if (!hold.compared_with) return [];
  const heads = [["level", say("level"), false, (row) => levelName(row.level)], ["psi", say("index"), true, (row) => figure(row.psi)],
    ["psi_bound", say("bound"), true, (row) => figure(row.psi_bound)], ["overlap", say("stayed"), true, (row) => percent(row.overlap)]];
  const signals = [["signal", say("signal")], ["psi", say("index"), true, (row) => figure(row.psi)], ["chance", say("bound"), true, (row) => figure(row.chance)]];
  return [el("h3", {}, say("drift")), note(say("drift_note", { date: day(hold.compared_with) })),
    hold.forced ? note(say("forced", { why: hold.forced })) : "",
    el("div", { class: "pair" }, small(say("readiness"), heads, hold.levels ?? []),
      (hold.signals ?? []).length ? small(say("signals_moved"), signals, hold.signals) : note(say("signals_steady")))];
}

function readSection() {
  const rows = Object.entries(night.manifest.rows ?? {}).map(([table, counts]) => ({ table, ...counts }));
  const heads = [["table", say("table")], ...["rows_in", "accepted", "deduplicated", "quarantined"].map((key) => [key, say(key), true, (row) => count(row[key])])];
  const apart = Object.entries(night.quarantine).flatMap(([table, reasons]) => Object.entries(reasons)
    .map(([reason, number]) => ({ table, code: reason.split(" ")[0], column: reason.split(" ")[1] ?? "", rows: number })));
  const why = [["table", say("table")], ["column", say("column")], ["code", say("set_why"), false, (row) => known("set_", row.code)], ["rows", say("rows_in"), true, (row) => count(row.rows)]];
  return section("read", say("read"), el("div", { class: "pair" }, small(say("rows"), heads, rows),
    apart.length ? small(say("quarantine"), why, apart) : note(say("nothing_quarantined"))), ...origin());
}

function origin() {
  const { manifest } = night;
  const model = manifest.model ?? {};
  const facts = [["run_id", manifest.run_id], ["model", `${model.name ?? ""} ${model.version ?? ""} (${model.digest ?? ""})`], ["learned", day(night.trained_as_of) || say("none")],
    ...["engine", "software", "signal_schema", "configuration"].map((key) => [key, manifest[key]])];
  const line = ([key, value]) => [el("dt", {}, say(key)), el("dd", {}, String(value ?? say("none")))];
  const inputs = Object.entries(manifest.inputs ?? {}).map(([table, digest]) => el("li", {}, `${table}: ${digest}`));
  const warnings = (manifest.warnings ?? []).filter((warning) => !Object.values(night.banner).includes(warning));
  return [
    warnings.length ? el("details", {}, el("summary", {}, `${say("warnings")} (${count(warnings.length)})`), el("ul", { lang: "en" }, ...warnings.map((warning) => el("li", {}, warning)))) : "",
    el("details", {}, el("summary", {}, say("origin")), el("dl", { class: "facts" }, ...facts.flatMap(line))),
    el("details", {}, el("summary", {}, say("inputs")), el("ul", { class: "digests" }, ...inputs))];
}
