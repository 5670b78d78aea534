"use strict";
const words = JSON.parse(document.getElementById("words").textContent);
const night = JSON.parse(document.getElementById("night").textContent);
const state = { language: night.language };

const say = (key, facts = {}) => (words[key] ?? [key, key])[state.language === "es" ? 1 : 0]
  .replace(/\{(\w+)\}/g, (_, name) => String(facts[name]));
const known = (prefix, code) => (`${prefix}${code}` in words ? say(`${prefix}${code}`) : code);
const told = (row, name) => row[`${name}_${state.language}`];

const THOUSANDTHS = new Set(["readiness", "low", "high", "before", "now"]);

/** The rows of a table, whose texts stand in it by their places. */
function rowsOf(table) {
  const { texts, [table]: { places, plain } } = night.tables;
  const columns = [...Object.entries(places).map(([name, cells]) => [name, cells.map((place) => texts[place])]),
    ...Object.entries(plain).map(([name, cells]) => [name, THOUSANDTHS.has(name) ? cells.map((one) => (one === null ? null : one / 1000)) : cells])];
  return columns[0][1].map((_, place) => Object.fromEntries(columns.map(([name, cells]) => [name, cells[place]])));
}

/** An element; a string among its children is text and never markup. */
function el(name, attributes = {}, ...children) {
  const isDrawing = ["svg", "g", "rect", "line", "circle", "path", "text", "title"].includes(name);
  const made = isDrawing ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick" || key === "oninput" || key === "onkeydown") made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== ""));
  return made;
}

const locale = () => (state.language === "es" ? "es" : "en-GB");
const count = (number) => new Intl.NumberFormat(locale(), { useGrouping: "always" }).format(number);
const figure = (number, digits = 2) => (number === null || number === undefined ? say("none")
  : new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(number));
const percent = (share) => (share === null || share === undefined ? say("none")
  : new Intl.NumberFormat(locale(), { style: "percent" }).format(share));
const range = (low, high) => `${percent(low)} – ${percent(high)}`;
/** A day written as 2026-01-09, as people write it; anything else as it is. */
const day = (text) => (/^\d{4}-\d\d-\d\d$/.test(text)
  ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(text)) : text);
/** Of a name, which may be written from right to left. */
const name = (text) => el("bdi", {}, text);
const soft = (...content) => el("div", { class: "soft" }, ...content);
const section = (id, title, ...content) => el("section", { id, "aria-labelledby": `${id}-title` },
  el("h2", { id: `${id}-title` }, title), ...content);
const note = (text) => el("p", { class: "note" }, text);
const badge = (text, kind = "") => el("span", { class: `badge ${kind}`.trim() }, text);
const levelName = (level) => `${level} · ${askName(level)}`;
const askName = (level) => night.levels[level - 1].name[state.language];
