/**
 * A table that sorts by its headings and shows a page of rows at a time.
 * columns: {key, label, number, value(row), cell(row)}; without `value` there is nothing to sort by.
 * quiet: its caption is for those who do not see the heading above it.
 */
function dataTable({ caption, columns, rows, sort = null, size = 50, empty = "", quiet = false }) {
  const shown = { rows, sort, page: 0, size };
  const body = el("tbody");
  const label = ({ label: said }) => said.charAt(0).toUpperCase() + said.slice(1);
  const headings = columns.map((column) => el("th", { scope: "col", class: column.number ? "number" : null },
    column.value ? el("button", { type: "button", onclick: () => resort(column) }, label(column)) : label(column)));
  const pages = el("nav", { class: "pages", "aria-label": caption });
  const nothing = el("p", { class: "empty", hidden: true }, empty);
  const table = el("table", {}, el("caption", { class: quiet ? "unseen" : null }, caption), el("thead", {}, el("tr", {}, ...headings)), body);
  const frame = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, table);

  function resort(column) {
    const again = shown.sort?.key === column.key;
    shown.sort = { key: column.key, down: again ? !shown.sort.down : false };
    shown.page = 0;
    draw();
  }
  function ordered() {
    const column = columns.find((one) => one.key === shown.sort?.key);
    if (!column) return shown.rows;
    const collate = new Intl.Collator(state.language, { numeric: true }).compare;
    const way = shown.sort.down ? -1 : 1;
    const compare = column.number ? (one, other) => (one ?? -1) - (other ?? -1) : collate;
    return shown.rows.map((row, place) => ({ row, place, value: column.value(row) }))
      .sort((one, other) => way * compare(one.value, other.value) || one.place - other.place).map((one) => one.row);
  }
  function step(by) {
    shown.page += by;
    draw();
    frame.scrollIntoView({ block: "nearest" });
  }
  function draw() {
    const last = Math.max(0, Math.ceil(shown.rows.length / shown.size) - 1);
    shown.page = Math.min(shown.page, last);
    const part = ordered().slice(shown.page * shown.size, (shown.page + 1) * shown.size);
    body.replaceChildren(...part.map((row) => el("tr", {}, ...columns.map((column) =>
      el("td", { class: column.number ? "number" : null }, column.cell ? column.cell(row) : column.value(row))))));
    headings.forEach((heading, place) => {
      const is = columns[place].key === shown.sort?.key;
      if (is) heading.setAttribute("aria-sort", shown.sort.down ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    });
    frame.hidden = shown.rows.length === 0;
    nothing.hidden = shown.rows.length > 0;
    pages.hidden = last === 0;
    pages.replaceChildren(
      el("button", { type: "button", disabled: shown.page === 0, onclick: () => step(-1) }, say("before")),
      el("span", {}, say("page", { n: count(shown.page + 1), all: count(last + 1) })),
      el("button", { type: "button", disabled: shown.page === last, onclick: () => step(1) }, say("next")));
  }
  draw();
  return {
    element: el("div", { class: "table" }, frame, nothing, pages),
    show(found) { shown.rows = found; shown.page = 0; draw(); },
    sorted: () => shown.sort,
    whole(most) { shown.size = most; draw(); },
  };
}
