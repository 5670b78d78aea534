/** Every table of the page, for printing. */
const tables = [];

/**
 * A table that sorts by its headings and shows a page of rows at a time; on a phone, a card a row.
 * columns: {key, label, number, days, value(row), cell(row)}; without `value` there is nothing to sort by.
 * quiet: its caption is for those who do not see the heading above it. cards: whether rows are cards on a phone.
 * searched: row → the text in which a search field above the table looks. printed: the most rows on paper.
 */
function dataTable({ caption, columns, rows, sort = null, size = 25, empty = "", quiet = false, cards = true, searched = null, printed = 200 }) {
  const shown = { rows, sort, page: 0, size };
  const body = el("tbody", { role: "rowgroup" });
  const label = ({ label: said }) => said.charAt(0).toUpperCase() + said.slice(1);
  const headings = columns.map((column) => el("th", { scope: "col", role: "columnheader", class: cellClass(column) },
    column.value ? el("button", { type: "button", onclick: () => resort(column) }, label(column)) : label(column)));
  const pages = el("div", { class: "pages", role: "group", "aria-label": caption });
  const nothing = el("p", { class: "empty", hidden: true }, empty);
  const more = el("p", { class: "note paper", hidden: true });
  const table = el("table", { class: cards ? "cards" : null, role: "table" }, el("caption", { class: quiet ? "unseen" : null }, caption),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row", "data-label": say("sort_by") }, ...headings)), body);
  const frame = el("div", { class: "scroll", role: "region", "aria-label": caption }, table);
  new ResizeObserver(letScroll).observe(frame);

  function letScroll() {
    if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
  }
  function cellClass(column) {
    return `${column.number ? "number " : ""}k-${column.key}`;
  }
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
    const days = (one, other) => (one < other ? -1 : Number(one > other));
    const compare = column.number ? (one, other) => (one ?? -1) - (other ?? -1) : column.days ? days : collate;
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
    body.replaceChildren(...part.map((row) => el("tr", { role: "row" }, ...columns.map((column) =>
      el("td", { role: "cell", class: cellClass(column), "data-label": label(column) },
        el("div", { class: "cell" }, column.cell ? column.cell(row) : column.value(row)))))));
    headings.forEach((heading, place) => {
      const is = columns[place].key === shown.sort?.key;
      if (is) heading.setAttribute("aria-sort", shown.sort.down ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    });
    frame.hidden = shown.rows.length === 0;
    nothing.hidden = shown.rows.length > 0;
    pages.hidden = last === 0;
    more.hidden = shown.size !== printed || last === 0;
    more.textContent = say("paper_only", { n: count(printed), all: count(shown.rows.length) });
    pages.replaceChildren(
      el("button", { type: "button", disabled: shown.page === 0, onclick: () => step(-1) }, say("before")),
      el("span", {}, say("page", { n: count(shown.page + 1), all: count(last + 1) })),
      el("button", { type: "button", disabled: shown.page === last, onclick: () => step(1) }, say("next")));
  }
  function show(found) {
    shown.rows = found;
    shown.page = 0;
    draw();
  }
  function searchField() {
    let texts = null;
    const number = el("span", { "aria-live": "polite" }, say("shown", { n: count(rows.length), all: count(rows.length) }));
    const field = el("input", { type: "search", autocomplete: "off", oninput: () => {
      texts ??= rows.map((row) => searched(row).toLowerCase());
      const wanted = field.value.trim().toLowerCase();
      show(rows.filter((_, place) => texts[place].includes(wanted)));
      nothing.textContent = wanted ? say("nothing_found") : empty;
      number.textContent = say("shown", { n: count(shown.rows.length), all: count(rows.length) });
    } });
    return el("form", { class: "filters alone", role: "search", "aria-label": caption }, el("label", {}, say("search"), field),
      el("p", { class: "note" }, number));
  }
  draw();
  const made = {
    element: el("div", { class: "table" }, searched && rows.length > size ? searchField() : "", frame, nothing, pages, more),
    show,
    sorted: () => shown.sort,
    whole: () => { shown.size = printed; draw(); },
    paged: () => { shown.size = size; draw(); },
  };
  tables.push(made);
  return made;
}
