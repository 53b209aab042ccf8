// Words and deeds of two sides over time: columns stacked by class, one side above the line, the other below it. What runs
// both ways stands above.

import { h, svg } from "./dom.js";
import { floor, month, named, unitFor, UNITS } from "./periods.js";
import { visible } from "./text.js";
import { CLASS_NAMES, CLASSES, counted } from "./words.js";

const HEIGHT = 260;
const EDGE = { left: 34, right: 10, top: 24, bottom: 44 };

/**
 * Columns of `rows` ({period, direction, class, count, attested}), drawn anew whenever the width changes.
 * `directions` are [up, down, both ways]; `names` what each is called. Gives {element, unit()}.
 */
export function timeline(rows, directions, names) {
  const months = rows.map((row) => month(row.period));
  const [first, last] = [Math.min(...months), Math.max(...months)];
  const element = h("div", { class: "timeline" });
  let unit = "month";
  const draw = () => {
    const width = Math.max(280, element.clientWidth);
    unit = unitFor(last - first + 1, width - EDGE.left - EDGE.right);
    const drawn = rows.map((row) => (row.direction === directions[2] ? { ...row, direction: directions[0] } : row));
    element.replaceChildren(chart(stacked(drawn, unit), { first: floor(first, unit), last, unit, width, directions: directions.slice(0, 2), names: names.slice(0, 2) }));
  };
  new ResizeObserver(draw).observe(element);
  return { element, span: [first, last + 1], unit: () => unit };
}

/** Rows put together by period: Map(month -> Map(direction -> Map(class -> {count, attested}))). */
export function stacked(rows, unit) {
  const periods = new Map();
  for (const row of rows) {
    const at = floor(month(row.period), unit);
    const sides = periods.get(at) ?? periods.set(at, new Map()).get(at);
    const classes = sides.get(row.direction) ?? sides.set(row.direction, new Map()).get(row.direction);
    const sum = classes.get(row.class) ?? { count: 0, attested: 0 };
    classes.set(row.class, { count: sum.count + row.count, attested: sum.attested + row.attested });
  }
  return periods;
}

function chart(periods, { first, last, unit, width, directions, names }) {
  const step = UNITS[unit];
  const columns = Math.floor((last - first) / step) + 1;
  const [inner, tall] = [width - EDGE.left - EDGE.right, HEIGHT - EDGE.top - EDGE.bottom];
  const room = inner / columns;
  const heights = directions.map((side) => Math.max(0, ...[...periods.values()].map((sides) => total(sides.get(side)))));
  const scale = (tall - 2) / Math.max(1, heights[0] + heights[1]);
  const line = EDGE.top + heights[0] * scale + 1;
  const made = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": `${names[0]} above the line, ${names[1]} below it, by ${unit}` });
  for (const [at, sides] of periods) {
    const x = EDGE.left + ((at - first) / step) * room;
    const bar = Math.min(26, Math.max(1.5, room - 2));
    directions.forEach((side, index) => made.append(...column(sides.get(side), {
      x: x + (room - bar) / 2, bar, scale, line, up: index === 0, title: `${named(at, unit)}, ${names[index]}` })));
  }
  made.append(svg("line", { class: "axis", x1: EDGE.left, x2: width - EDGE.right, y1: line, y2: line }),
    ...names.map((name, index) => svg("text", { class: "side-of", x: EDGE.left, y: index ? HEIGHT - 26 : 14 }, `${visible(name)} ${index ? "↓" : "↑"}`)),
    ...labels(first, columns, { unit, room }), ...heights.map((height, index) => height > 0 && svg("text", { class: "tick", x: EDGE.left - 6, "text-anchor": "end",
      y: line + (index ? height * scale : -height * scale) + (index ? 0 : 9) }, String(height))).filter(Boolean));
  return made;
}

function total(classes) {
  return [...(classes?.values() ?? [])].reduce((sum, each) => sum + each.count, 0);
}

function column(classes, { x, bar, scale, line, up, title }) {
  let height = 1;
  return CLASSES.filter((quadClass) => classes?.has(quadClass)).flatMap((quadClass) => {
    const { count, attested } = classes.get(quadClass);
    return [[attested, ""], [count - attested, " alleged"]].filter(([part]) => part > 0).map(([part, alleged]) => {
      const size = part * scale;
      height += size;
      const told = `${title}: ${CLASS_NAMES[quadClass]}, ${part}${alleged && ", only alleged"}`;
      return svg("rect", { class: `part ${quadClass}${alleged}`, x, width: bar, y: up ? line - height : line + height - size, height: Math.max(0.5, size - 0.5) },
        svg("title", {}, told));
    });
  });
}

function labels(first, columns, { unit, room }) {
  const every = Math.max(1, Math.ceil(76 / room));
  const found = [];
  for (let index = 0; index < columns; index += every) {
    found.push(svg("text", { class: "tick", x: EDGE.left + (index + 0.5) * room, y: HEIGHT - 6, "text-anchor": columns === 1 ? "middle" : index === 0 ? "start" : "middle" },
      named(first + index * UNITS[unit], unit)));
  }
  return found;
}

/** The same as a table, for whoever does not see the picture. */
export function timelineTable(rows, directions, names, unit) {
  const periods = [...stacked(rows, unit)].sort((a, b) => a[0] - b[0]);
  const used = CLASSES.filter((quadClass) => rows.some((row) => row.class === quadClass));
  const row = (at, name, classes) => h("tr", {}, h("th", { scope: "row" }, named(at, unit)), h("td", {}, h("bdi", { dir: "auto" }, visible(name))),
    used.map((each) => h("td", { class: "number" }, classes.get(each)?.count ?? "")));
  const rowsOf = ([at, sides]) => directions.map((side, index) => sides.has(side) && row(at, names[index], sides.get(side)));
  const head = ["Period", "From whom to whom", ...used.map((each) => CLASS_NAMES[each])];
  return h("details", { class: "same" }, h("summary", {}, `The same as a table (${counted(periods.length, unit)})`),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Timeline as a table" }, h("table", {},
      h("thead", {}, h("tr", {}, head.map((title, index) => h("th", { scope: "col", class: index > 1 ? "number" : null }, title)))),
      h("tbody", {}, periods.flatMap(rowsOf)))));
}
