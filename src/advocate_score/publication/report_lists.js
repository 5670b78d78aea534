/** Candidates with what is known of their accounts, by level. */
const candidates = (() => {
  const accounts = new Map(rowsOf("accounts").map((account) => [account.account_id, account]));
  const byLevel = new Map(night.levels.map(({ level }) => [level, []]));
  for (const row of rowsOf("candidates")) byLevel.get(row.level).push({ ...accounts.get(row.account_id), ...row });
  return byLevel;
})();
const CHOICES = ["industry", "segment", "region", "owner"];
const list = { level: 1, search: "", planned: false, industry: "", segment: "", region: "", owner: "", sort: null };

const reasonsOf = (row) => [1, 2, 3].map((place) => told(row, `reason_${place}`)).filter((reason) => reason !== "");
const factOf = (row) => row.fact + told(row, "fact");
const searched = (row) => [row.account_name, row.account_id, row.industry, row.segment, row.region, row.owner,
  row.contact, factOf(row), told(row, "moment"), ...reasonsOf(row)].join("\n").toLowerCase();

function fits(row) {
  return (!list.planned || row.planned === 1)
    && CHOICES.every((choice) => list[choice] === "" || row[choice] === list[choice])
    && searched(row).includes(list.search.trim().toLowerCase());
}

function readinessCell(row) {
  const share = (one) => `${100 * one}%`;
  return [el("span", { class: "meter", "aria-hidden": "true", style: `--low:${share(row.low)};--high:${share(row.high)};--at:${share(row.readiness)}` }),
    el("strong", {}, percent(row.readiness)),
    el("div", { class: "soft" }, `${Math.round(100 * row.low)}–${percent(row.high)}`)];
}

const listColumns = () => [
  { key: "rank", label: say("rank"), number: true, value: (row) => row.rank },
  { key: "account", label: say("account"), value: (row) => row.account_name || row.account_id, cell: accountCell },
  { key: "industry", label: say("industry"), value: (row) => row.industry, cell: (row) => [name(row.industry || say("none")),
    el("div", { class: "soft" }, name([row.segment, row.region].filter(Boolean).join(" · ")))] },
  { key: "owner", label: say("owner"), value: (row) => row.owner, cell: (row) => name(row.owner || say("none")) },
  { key: "readiness", label: say("readiness"), number: true, value: (row) => row.readiness, cell: readinessCell },
  { key: "reasons", label: say("reasons"), cell: (row) => el("ul", {}, ...reasonsOf(row).map((reason) => el("li", {}, reason))) },
  { key: "moment", label: say("moment"), value: (row) => told(row, "moment"), cell: (row) => [told(row, "moment"),
    el("div", { class: "soft" }, name(factOf(row)))] },
  { key: "asks", label: say("asks"), number: true, value: (row) => row.asks, cell: (row) => [count(row.asks),
    row.last_asked ? el("div", { class: "soft" }, `${say("last_asked")} ${row.last_asked}`) : ""] },
  { key: "contact", label: say("contact"), value: (row) => row.contact, cell: (row) => [name(row.contact || say("none")),
    el("div", { class: "soft" }, known("", row.permission))] },
  /* further columns */
];

function accountCell(row) {
  return [el("strong", {}, name(row.account_name || row.account_id)),
    row.planned ? el("span", { class: "badge" }, say("in_plan")) : "", el("div", { class: "soft" }, name(row.account_id))];
}

function choice(which) {
  const values = [...new Set([...candidates.values()].flat().map((row) => row[which]))].filter(Boolean)
    .sort(new Intl.Collator(state.language).compare);
  const options = values.map((value) => el("option", { value, selected: value === list[which] }, value));
  return el("label", {}, say(which), el("select", { id: which, oninput: (event) => { list[which] = event.target.value; refilter(); } },
    el("option", { value: "" }, say("all")), ...options));
}

function filters() {
  const search = el("input", { id: "search", type: "search", value: list.search, autocomplete: "off",
    oninput: (event) => { list.search = event.target.value; refilter(); } });
  const planned = el("input", { id: "planned", type: "checkbox", oninput: (event) => { list.planned = event.target.checked; refilter(); } });
  planned.checked = list.planned;
  return el("form", { class: "filters", role: "search" }, el("label", {}, say("search"), search), ...CHOICES.map(choice),
    el("label", { class: "check" }, planned, say("only_planned")),
    el("button", { type: "button", id: "clear", onclick: clearFilters }, say("clear")));
}

function clearFilters() {
  Object.assign(list, { search: "", planned: false }, Object.fromEntries(CHOICES.map((one) => [one, ""])));
  for (const control of document.querySelectorAll(".filters input, .filters select")) {
    if (control.type === "checkbox") control.checked = false;
    else control.value = "";
  }
  refilter();
}

let listTable;
let listShown;

function refilter() {
  const all = candidates.get(list.level);
  const found = all.filter(fits);
  listTable.show(found);
  listShown.textContent = say("shown", { n: count(found.length), all: count(all.length) });
}

function tabs() {
  const buttons = night.levels.map(({ level }) => el("button", { type: "button", role: "tab", id: `tab-${level}`,
    "aria-controls": "list", "aria-selected": String(level === list.level), tabindex: level === list.level ? "0" : "-1",
    onclick: () => choose(level), onkeydown: arrows }, levelName(level)));
  return el("div", { class: "tabs", role: "tablist", "aria-label": say("lists") }, ...buttons);
}

function arrows(event) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  choose((list.level - 1 + by + night.levels.length) % night.levels.length + 1);
  document.getElementById(`tab-${list.level}`).focus();
}

function choose(level) {
  list.level = level;
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const is = tab.id === `tab-${level}`;
    tab.setAttribute("aria-selected", String(is));
    tab.tabIndex = is ? 0 : -1;
  }
  document.getElementById("list").replaceWith(panel());
  refilter();
}

function panel() {
  const rows = candidates.get(list.level);
  const level = night.levels[list.level - 1];
  listShown = el("span", { id: "shown", "aria-live": "polite" });
  listTable = dataTable({ caption: levelName(list.level), columns: listColumns(), rows, quiet: true,
    sort: { key: "rank", down: false },
    empty: say(rows.length ? "nothing_found" : "nobody") });
  return el("div", { id: "list", role: "tabpanel", "aria-labelledby": `tab-${list.level}` },
    el("p", { class: "note" }, listShown, ` · ${say("threshold")} ${percent(level.threshold)} · ${say("evidence")}: ${say(level.evidence)}`),
    listTable.element);
}

function listsSection() {
  return section("lists", say("lists"), tabs(), filters(), panel());
}
