/** Candidates with what is known of their accounts, by level. */
const candidates = (() => {
  const accounts = new Map(rowsOf("accounts").map((account) => [account.account_id, account]));
  const byLevel = new Map(night.levels.map(({ level }) => [level, []]));
  for (const row of rowsOf("candidates")) byLevel.get(row.level).push({ ...accounts.get(row.account_id), ...row });
  return byLevel;
})();
const CHOICES = ["industry", "segment", "region", "owner"];
const list = { level: 1, search: "", planned: false, industry: "", segment: "", region: "", owner: "" };

const reasonsOf = (row) => [1, 2, 3].map((place) => told(row, `reason_${place}`)).filter((reason) => reason);
const factOf = (row) => row.fact + told(row, "fact");
const searched = (row) => [row.account_name, row.account_id, row.industry, row.segment, row.region, row.owner,
  row.contact, row.contact_name, row.contact_title, factOf(row), told(row, "moment"), ...reasonsOf(row)].join("\n").toLowerCase();

function fits(row) {
  return (!list.planned || row.planned === 1)
    && CHOICES.every((choice) => list[choice] === "" || row[choice] === list[choice])
    && searched(row).includes(list.search.trim().toLowerCase());
}

function readinessCell(row) {
  const share = (one) => `${100 * one}%`;
  const known = row.low !== undefined && row.low !== null;
  return [el("strong", {}, percent(row.readiness)),
    known ? el("span", { class: "meter", "aria-hidden": "true", style: `--low:${share(row.low)};--high:${share(row.high)};--at:${share(row.readiness)}` }) : "",
    known ? soft(range(row.low, row.high)) : ""];
}

const kindOf = (row) => [row.industry, row.segment, row.region].filter(Boolean).join(" · ");
const accountCell = (row, ...badges) => [el("strong", {}, name(row.account_name || row.account_id)), ...badges,
  soft(name(kindOf(row))), soft(name(row.account_id))];
const contactCell = (row) => [name(row.contact_name || row.contact || say("no_contact")),
  row.contact_title ? soft(name(row.contact_title)) : "", row.contact_name ? soft(name(row.contact)) : "",
  row.permission ? soft(known("", row.permission)) : ""];
const reasonsCell = (row) => el("ul", {}, ...reasonsOf(row).map((reason) => el("li", {}, reason)));

const accountColumn = (...badges) => ({ key: "account", label: say("account"), value: (row) => row.account_name || row.account_id,
  cell: (row) => accountCell(row, ...badges.map((one) => one(row))) });
const ownerColumn = () => ({ key: "owner", label: say("owner"), value: (row) => row.owner, cell: (row) => name(row.owner || say("none")) });
const contactColumn = () => ({ key: "contact", label: say("contact"), value: (row) => row.contact_name || row.contact, cell: contactCell });
const readinessColumn = () => ({ key: "readiness", label: say("readiness"), number: true, value: (row) => row.readiness, cell: readinessCell });

const listColumns = () => [
  { key: "rank", label: say("rank"), number: true, value: (row) => row.rank },
  accountColumn((row) => (row.planned ? badge(say("in_plan")) : "")),
  ownerColumn(),
  readinessColumn(),
  { key: "reasons", label: say("reasons"), cell: reasonsCell },
  { key: "moment", label: say("moment"), value: (row) => told(row, "moment"), cell: (row) => [told(row, "moment"), soft(name(factOf(row)))] },
  { key: "asks", label: say("asks"), number: true, value: (row) => row.asks, cell: (row) => [count(row.asks),
    row.last_asked ? soft(`${say("last_asked")} ${day(row.last_asked)}`) : ""] },
  contactColumn(),
  /* further columns */
];

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
  return el("form", { class: "filters", role: "search", "aria-label": say("lists") }, el("label", {}, say("search"), search), ...CHOICES.map(choice),
    el("label", { class: "check" }, planned, say("only_planned")),
    el("button", { type: "button", id: "clear", onclick: clearFilters }, say("clear")));
}

function clearFilters() {
  Object.assign(list, { search: "", planned: false }, Object.fromEntries(CHOICES.map((one) => [one, ""])));
  for (const control of document.querySelectorAll("#lists .filters input, #lists .filters select")) {
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
  tables.splice(tables.indexOf(listTable), 1);
  document.getElementById("list").replaceWith(panel());
  refilter();
}

function panel() {
  const rows = candidates.get(list.level);
  const level = night.levels[list.level - 1];
  listShown = el("span", { id: "shown", "aria-live": "polite" });
  listTable = dataTable({ caption: levelName(list.level), columns: listColumns(), rows, quiet: true,
    sort: { key: "rank", down: false }, printed: 1000,
    empty: say(rows.length ? "nothing_found" : "nobody") });
  return el("div", { id: "list", role: "tabpanel", "aria-labelledby": `tab-${list.level}` },
    el("h3", { class: "paper" }, levelName(list.level)),
    el("p", { class: "note" }, listShown, ` · ${say("threshold")} ${percent(level.threshold)} · ${say("evidence")}: ${say(level.evidence)}`),
    listTable.element);
}

const accountsOnLists = () => new Set([...candidates.values()].flat().map((row) => row.account_id)).size;

function listsSection() {
  const rows = night.levels.map(({ level }) => ({ level: levelName(level), ...night.counts.levels[level] }));
  const heads = [["level", say("level")], ...["ready", "eligible", "listed", "resting"].map((key) => [key, say(key), true, (row) => count(row[key])])];
  return section("lists", say("lists"),
    note(say("lists_note", { accounts: count(night.counts.accounts ?? 0), listed: count(accountsOnLists()) })),
    el("figure", {}, ladderFigure(), el("figcaption", {}, say("ladder_note")), asTable(say("ladder"), heads, rows)),
    tabs(), filters(), panel());
}
