function render() {
  document.documentElement.lang = state.language;
  document.title = `${say("title")} · ${night.as_of}`;
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = say(one.dataset.word);
  for (const one of document.querySelectorAll("[data-label-word]")) one.setAttribute("aria-label", say(one.dataset.labelWord));
  for (const one of document.querySelectorAll("[data-language]")) one.setAttribute("aria-pressed", String(one.dataset.language === state.language));
  document.querySelector("header time").textContent = day(night.as_of);
  const banner = night.banner[state.language] ?? "";
  tables.length = 0;
  const sections = [
    planSection(), listsSection(), restSection(), movesSection(), poolsSection(), trustSection(), becameSection(), readSection()];
  document.getElementById("page").replaceChildren(
    ...(banner ? [el("p", { class: "banner", role: "note" }, el("strong", {}, say("caution")), ` ${banner}`)] : []), ...sections);
  contents(sections);
  refilter();
}

let seen = new IntersectionObserver(() => {});

/** The table of contents: a link a section; the one in sight is marked. */
function contents(sections) {
  const links = new Map(sections.map((one) => [one.id, el("a", { href: `#${one.id}`, onclick: closeContents }, one.querySelector("h2").textContent)]));
  document.getElementById("contents").replaceChildren(...[...links.values()].map((link) => el("li", {}, link)));
  const mark = (id) => links.forEach((link, one) => (one === id ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  seen.disconnect();
  seen = new IntersectionObserver((found) => found.filter((one) => one.isIntersecting).forEach((one) => mark(one.target.id)), { rootMargin: "-20% 0px -75% 0px" });
  for (const one of sections) seen.observe(one);
  mark(sections[0].id);
}

const contentsButton = document.getElementById("contents-button");

function openContents(open) {
  contentsButton.setAttribute("aria-expanded", String(open));
}

function closeContents() {
  openContents(false);
}

function colours(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const one of document.querySelectorAll("[data-theme-choice]")) one.setAttribute("aria-pressed", String(one.dataset.themeChoice === theme));
}

for (const one of document.querySelectorAll("[data-language]")) {
  one.addEventListener("click", () => { state.language = one.dataset.language; render(); });
}
for (const one of document.querySelectorAll("[data-theme-choice]")) {
  one.addEventListener("click", () => colours(one.dataset.themeChoice));
}
contentsButton.addEventListener("click", () => openContents(contentsButton.getAttribute("aria-expanded") !== "true"));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || contentsButton.getAttribute("aria-expanded") !== "true") return;
  closeContents();
  contentsButton.focus();
});
document.getElementById("print").addEventListener("click", () => window.print());
document.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("beforeprint", () => tables.forEach((table) => table.whole()));
window.addEventListener("afterprint", () => tables.forEach((table) => table.paged()));
colours("");
render();
