// Two actors compared: words and deeds in both directions over time, what stands, mixed signals, the latest relations.

import { address, ask } from "./api.js";
import { clocks } from "./clocks.js";
import { announce, h } from "./dom.js";
import { attested, filters } from "./filters.js";
import { box } from "./find.js";
import { legend } from "./legend.js";
import { amended, go, here, to } from "./route.js";
import { actor, entry, swatch } from "./show.js";
import { signals } from "./signals.js";
import { standing } from "./standing.js";
import { failed, nothing, waiting } from "./states.js";
import { timeline, timelineTable } from "./timeline.js";
import { csv, curl, pictureOf, save, tool } from "./tools.js";
import { CLASS_NAMES, CLASSES, counted, signed } from "./words.js";

export function open(root, [a, b]) {
  const head = h("header", { class: "who" }, waiting(2));
  const key = legend();
  const time = clocks();
  const stand = h("label", { class: "row switch" }, h("input", { type: "checkbox", role: "switch", onchange: (event) =>
    go(amended({ rollup: event.target.checked ? null : "none" })) }), "With those who act for them");
  const tools = h("div", { class: "tools", role: "group", "aria-label": "Take away" });
  const body = h("div", { class: "dyad" }, waiting(8));
  root.append(h("div", { class: "page" }, head, h("div", { class: "controls" }, key.element, stand, time.element), tools, body));
  let title = "Two actors";
  let asked = null;
  let drawnFor = null;

  async function update(parameters) {
    const key_ = [...parameters].filter(([each]) => each !== "read").join("&");
    if (key_ === drawnFor) return;
    drawnFor = key_;
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    key.update(parameters);
    stand.querySelector("input").checked = parameters.get("rollup") !== "none";
    time.update(parameters);
    body.setAttribute("aria-busy", "true");
    try {
      const dyad = await compared(a, b, parameters, signal);
      title = `${dyad.a.name} and ${dyad.b.name}`;
      head.replaceChildren(...named(dyad));
      key.update(parameters, sums(dyad.totals));
      const drawn = pictured(dyad);
      body.replaceChildren(...drawn.parts);
      tools.replaceChildren(curl(() => question(a, b, here().parameters)),
        tool("CSV", () => save(`${a}-${b}.csv`, csv(cells(dyad)), "text/csv")),
        drawn.picture && tool("PNG", async () => save(`${a}-${b}.png`, await pictureOf(drawn.picture()))) || "");
      announce(`${counted(dyad.basis.relations, "relation")} between ${title}`);
    } catch (error) {
      if (error.name === "AbortError") return;
      drawnFor = null;
      body.replaceChildren(failed(error, () => update(parameters)));
    } finally {
      if (!signal.aborted) body.removeAttribute("aria-busy");
    }
  }
  return { title: () => title, update, leave: () => asked?.abort() };
}

/** What is asked: monthly rows, which the picture puts together as its width allows. */
function parametersOf(parameters) {
  return { ...filters(parameters), rollup: parameters.get("rollup") ?? "representatives", interval: "month", attested: attested(parameters) ?? "any" };
}

function question(a, b, parameters) {
  return address(["dyads", a, b], parametersOf(parameters));
}

/** The dyad, each row of the timeline with how much of it is attested: asked twice, since a row does not tell. */
async function compared(a, b, parameters, signal) {
  const wanted = parametersOf(parameters);
  const [dyad, sure] = await Promise.all([ask(["dyads", a, b], wanted, signal),
    wanted.attested === "any" ? ask(["dyads", a, b], { ...wanted, attested: "true" }, signal) : null]);
  const key = (row) => `${row.period} ${row.direction} ${row.class}`;
  const counts = new Map((sure ?? dyad).timeline.map((row) => [key(row), row.count]));
  return { ...dyad, timeline: dyad.timeline.map((row) => ({ ...row, attested: counts.get(key(row)) ?? 0 })) };
}

function named({ a, b }) {
  return [h("p", { class: "kicker" }, "Words and deeds"), h("h1", { tabindex: "-1" }, actor(a), " and ", actor(b)),
    h("div", { class: "row onwards" }, h("a", { href: to(["between", b.id, a.id]) }, "Swap sides"), h("a", { href: to(["paths", a.id, b.id]) }, "Paths between them"),
      box("Compare with …", (other) => go(to(["between", a.id, other.id]))))];
}

function sums(totals) {
  const counts = Object.fromEntries(CLASSES.map((each) => [each, 0]));
  for (const total of totals) counts[total.class] += total.count;
  return counts;
}

function pictured(dyad) {
  const { a, b } = dyad;
  const directions = ["a->b", "b->a", "any"];
  const names = [`${a.name} → ${b.name}`, `${b.name} → ${a.name}`, "Both ways"];
  if (!dyad.basis.relations) return { parts: [nothing("Nothing goes on between the two under these conditions.")] };
  const chart = dyad.timeline.length > 0 && timeline(dyad.timeline, directions, names);
  const section = (heading, note, ...content) => h("section", { "aria-label": heading }, h("h2", {}, heading, note && h("small", {}, ` ${note}`)), content);
  const parts = [
    dyad.signals.length > 0 && section("Words against deeds", counted(dyad.signals.length, "mixed signal"), signals(dyad.signals)),
    section("Over time", dyad.undated ? `${counted(dyad.undated, "relation")} without a known month of beginning not drawn` : "",
      chart ? [chart.element, timelineTable(dyad.timeline, directions, names, "year")] : h("p", { class: "quietly" }, "No beginning is known to the month."), totals(dyad, directions, names)),
    dyad.standing.length > 0 && section("What stands", counted(dyad.standing.length, "state"), standing(dyad.standing, chart ? chart.span : [0, 1])),
    section("Latest", "", h("ul", { class: "entries" }, dyad.latest.map(entry))),
  ];
  return { parts: parts.filter(Boolean), picture: chart && (() => chart.element.querySelector("svg")) };
}

function totals(dyad, directions, names) {
  const reciprocal = (side) => dyad.reciprocity[side] ?? {};
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Totals" }, h("table", {}, h("thead", {}, h("tr", {}, ["From whom to whom", "Class", "Relations", "Intensity"].map((each, index) =>
    h("th", { scope: "col", class: index > 1 ? "number" : null }, each)))),
  h("tbody", {}, dyad.totals.map((row) => h("tr", {}, h("th", { scope: "row" }, h("bdi", { dir: "auto" }, names[directions.indexOf(row.direction)])),
    h("td", {}, h("span", { class: "chip" }, swatch(row.class), CLASS_NAMES[row.class])), h("td", { class: "number" }, row.count), h("td", { class: "number" }, signed(row.intensity)))))),
  h("p", { class: "small" }, directions.slice(0, 2).map((side, index) => [index > 0 && " · ", h("bdi", { dir: "auto" }, names[index]),
    `: ${reciprocal(side).mutual ?? 0} friendly ones returned, ${reciprocal(side).one_sided ?? 0} not, ${reciprocal(side).denied ?? 0} denied`])));
}

function cells(dyad) {
  return [["period", "direction", "class", "count", "attested", "intensity"],
    ...dyad.timeline.map((row) => [row.period, row.direction, row.class, row.count, row.attested, row.intensity])];
}
