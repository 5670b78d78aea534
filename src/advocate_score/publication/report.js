"use strict";
const rows = [...document.querySelectorAll("section.list tbody tr")];
const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
const chosen = (name) => document.getElementById(name).value;

function filter() {
  const search = chosen("search").trim().toLowerCase();
  const owner = chosen("owner");
  const industry = chosen("industry");
  for (const row of rows) {
    row.hidden = !texts.get(row).includes(search)
      || (owner !== "" && row.dataset.owner !== owner)
      || (industry !== "" && row.dataset.industry !== industry);
  }
  for (const list of document.querySelectorAll("section.list")) {
    const shown = list.querySelector(".shown");
    if (shown) shown.textContent = list.querySelectorAll("tbody tr:not([hidden])").length;
  }
}

function sort(heading) {
  const descending = heading.getAttribute("aria-sort") === "ascending";
  const column = heading.cellIndex;
  const numeric = heading.classList.contains("number");
  const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
  const compare = (one, other) => numeric
    ? Number(value(one)) - Number(value(other))
    : value(one).localeCompare(value(other), document.documentElement.lang);
  const body = heading.closest("table").tBodies[0];
  body.append(...[...body.rows].sort((one, other) => (descending ? -1 : 1) * compare(one, other)));
  for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
}

for (const name of ["search", "owner", "industry"]) {
  document.getElementById(name).addEventListener("input", filter);
}
for (const button of document.querySelectorAll("section.list th button")) {
  button.addEventListener("click", () => sort(button.closest("th")));
}
