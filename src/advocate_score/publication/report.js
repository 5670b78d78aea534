function render() {
  document.documentElement.lang = state.language;
  document.title = `${say("title")} · ${night.as_of}`;
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = say(one.dataset.word);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
  for (const one of document.querySelectorAll("[data-language]")) one.setAttribute("aria-pressed", String(one.dataset.language === state.language));
  const banner = night.banner[state.language] ?? "";
  document.getElementById("page").replaceChildren(
    ...(banner ? [el("p", { class: "banner", role: "note" }, el("strong", {}, say("caution")), ` ${banner}`)] : []),
    glanceSection(), listsSection(), movesSection(), poolsSection(), trustSection(), becameSection(), driftSection(), ...readSection(), originSection());
  refilter();
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
document.getElementById("print").addEventListener("click", () => window.print());
document.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("beforeprint", () => listTable.whole(1000));
window.addEventListener("afterprint", () => listTable.whole(50));
colours("");
render();
