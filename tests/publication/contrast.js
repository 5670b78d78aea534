/** Texts that stand out too little from what lies behind them, by the formula of WCAG 2. */
(() => {
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = (colour) => parts(colour).slice(0, 3)
    .reduce((sum, part, place) => sum + [0.2126, 0.7152, 0.0722][place] * linear(part / 255), 0);
  const covers = (colour) => parts(colour).length < 4 || parts(colour)[3] > 0;
  const behind = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return covers(colour) || !element.parentElement ? colour : behind(element.parentElement);
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const ratio = (element) => {
    const style = getComputedStyle(element);
    const drawing = element.closest("svg");
    const [ink, paper] = [light(drawing ? style.fill : style.color), light(behind(drawing ?? element))];
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  };
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.tagName !== "title" && element.checkVisibility() && hasText(element) && ratio(element) < 4.5)
    .map((element) => `${element.tagName} ${element.textContent.slice(0, 30)} ${ratio(element).toFixed(2)}`);
})();
