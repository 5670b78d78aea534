/** The ladder: a card a level, with three bars as long as the clients are many. */
function ladderFigure() {
  const most = Math.max(1, night.counts.accounts ?? 0);
  return el("ol", { class: "ladder" }, ...night.levels.map((level) => ladderStep(level, most)));
}

function ladderStep({ level }, most) {
  const counts = night.counts.levels[level];
  const bar = (kind) => el("div", { class: kind }, el("dt", {}, say(kind)), el("dd", {}, count(counts[kind]),
    el("span", { class: "line", "aria-hidden": "true", style: `--share:${counts[kind] / most}` })));
  return el("li", {}, el("h3", {}, levelName(level)), el("dl", {}, ...["ready", "eligible", "resting"].map(bar)));
}

function axes(width, height, left, bottom, ticks, label) {
  return ticks.flatMap(({ x, y, text }) => (x === undefined
    ? [el("line", { class: "grid", x1: left, x2: width, y1: y, y2: y }), el("text", { x: left - 8, y: y + 4, class: "end" }, text)]
    : [el("text", { x, y: bottom + 20, class: "middle" }, text)]))
    .concat(label.x ? [el("text", { x: (left + width) / 2, y: height - 4, class: "middle soft" }, label.x)] : [])
    .concat(label.y ? [el("text", { x: 2, y: 14, class: "soft" }, label.y)] : []);
}

/** Predicted beside actual yes: a dot a group of asks, with its interval. */
function calibrationFigure(bins) {
  const [left, right, top, bottom] = [52, 448, 28, 300];
  const x = (share) => left + (right - left) * share;
  const y = (share) => bottom - (bottom - top) * share;
  const shares = [0, 0.25, 0.5, 0.75, 1];
  const ticks = shares.flatMap((one) => [{ y: y(one), text: percent(one) }, { x: x(one), text: percent(one) }]);
  const dots = bins.flatMap((bin) => [
    el("line", { class: "whisker", x1: x(bin.predicted), x2: x(bin.predicted), y1: y(bin.low), y2: y(bin.high) }),
    el("circle", { class: "dot", cx: x(bin.predicted), cy: y(bin.observed), r: 5 })]);
  return el("svg", { class: "chart", viewBox: "0 0 470 350", role: "img", "aria-label": say("calibration") },
    ...axes(right, 350, left, bottom, ticks, { x: say("predicted"), y: say("observed") }),
    el("line", { class: "ideal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }), ...dots);
}

/** Lift of the readiest shares, with its interval; asking at random is 1. */
function liftFigure(points) {
  const [left, right, top, bottom] = [52, 448, 28, 300];
  const most = Math.max(2, Math.ceil(Math.max(...points.map((point) => point.high))));
  const x = (place) => left + (right - left) * (place + 0.5) / points.length;
  const y = (lift) => bottom - (bottom - top) * lift / most;
  const wide = (right - left) / points.length * 0.5;
  const grid = Array.from({ length: most + 1 }, (_, lift) => ({ y: y(lift), text: `${lift}×` }));
  const ticks = [...grid, ...points.map((point, place) => ({ x: x(place), text: percent(point.share) }))];
  const bars = points.flatMap((point, place) => [
    el("rect", { class: "liftbar", x: x(place) - wide / 2, y: y(point.lift), width: wide, height: bottom - y(point.lift), rx: 3 }),
    el("line", { class: "whisker", x1: x(place), x2: x(place), y1: y(point.low), y2: y(point.high) })]);
  return el("svg", { class: "chart", viewBox: "0 0 470 350", role: "img", "aria-label": say("lift") },
    ...axes(right, 350, left, bottom, ticks, { x: say("share") }), ...bars,
    el("line", { class: "ideal", x1: left, x2: right, y1: y(1), y2: y(1) }));
}

/** Shares of a whole as bars with their words. */
function bars(counts) {
  const most = Math.max(1, ...counts.map(([, number]) => number));
  return el("ul", { class: "bars" }, ...counts.map(([label, number]) => el("li", {},
    el("span", {}, name(label || say("none"))), el("span", { class: "line", style: `--share:${number / most}`, "aria-hidden": "true" }),
    el("span", { class: "number" }, count(number)))));
}
