// How two actors hang together: the shortest ways from one to the other, each step with its evidence.

import { address, ask } from "./api.js";
import { clocks } from "./clocks.js";
import { announce, h } from "./dom.js";
import { attested, filters } from "./filters.js";
import { box } from "./find.js";
import { legend } from "./legend.js";
import { amended, go, here, to } from "./route.js";
import { actor, entry, swatch } from "./show.js";
import { failed, nothing, waiting } from "./states.js";
import { curl } from "./tools.js";
import { counted } from "./words.js";

const WAYS = 5;
const ORDERS = { any: "At any time", overlap: "All on one day", ordered: "One after the other" };

export function open(root, [from, goal]) {
  const head = h("header", { class: "who" }, waiting(2));
  const key = legend();
  const time = clocks();
  const order = h("div", { class: "segments", role: "group", "aria-label": "When the steps hold" }, Object.entries(ORDERS).map(([value, label]) =>
    h("button", { type: "button", "data-value": value, onclick: () => go(amended({ temporal: value === "any" ? null : value })) }, label)));
  const directed = h("label", { class: "row switch" }, h("input", { type: "checkbox", role: "switch", onchange: (event) =>
    go(amended({ directed: event.target.checked ? "true" : null })) }), "Along the arrows only");
  const tools = h("div", { class: "tools", role: "group", "aria-label": "Take away" }, curl(() => address(["paths"], parametersOf(from, goal, here().parameters))));
  const body = h("div", { class: "ways" }, waiting(6));
  root.append(h("div", { class: "page" }, head, h("div", { class: "controls" }, key.element, order, directed, time.element), tools, body));
  let title = "Paths";
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
    time.update(parameters);
    for (const button of order.children) button.setAttribute("aria-pressed", String(button.dataset.value === (parameters.get("temporal") ?? "any")));
    directed.querySelector("input").checked = parameters.get("directed") === "true";
    body.setAttribute("aria-busy", "true");
    try {
      const known = { known_at: parameters.get("known_at") };
      const [source, target, found] = await Promise.all([ask(["actors", from], known, signal), ask(["actors", goal], known, signal),
        ask(["paths"], parametersOf(from, goal, parameters), signal)]);
      title = `From ${source.name} to ${target.name}`;
      head.replaceChildren(...named(source, target));
      body.replaceChildren(...(found.paths.length ? found.paths.map(way) : [nothing("No way leads from one to the other under these conditions.")]));
      announce(counted(found.paths.length, "path"));
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

function parametersOf(source, target, parameters) {
  const { rollup, ...rest } = filters(parameters); // a path names its ends exactly
  return { source, target, k: WAYS, temporal: parameters.get("temporal"), directed: parameters.get("directed"), ...rest, attested: attested(parameters) ?? "any" };
}

function named(source, target) {
  return [h("p", { class: "kicker" }, "Shortest paths"), h("h1", { tabindex: "-1" }, actor(source), " … ", actor(target)),
    h("div", { class: "row onwards" }, h("a", { href: to(["paths", target.id, source.id]) }, "The other way round"), h("a", { href: to(["between", source.id, target.id]) }, "Compare the two"),
      box("Path to …", (other) => go(to(["paths", source.id, other.id]))))];
}

function way(path, index) {
  const stops = [path.hops[0].source, ...path.hops.map((hop) => hop.target)];
  return h("section", { class: "way", "aria-label": `Path ${index + 1}` },
    h("h2", {}, stops.map((stop, at) => [at > 0 && mark(path.hops[at - 1]), actor(stop)]), h("small", {}, ` ${counted(path.length, "step")}`)),
    h("ol", { class: "hops" }, path.hops.map((hop) => h("li", {}, h("ul", { class: "entries" }, hop.relations.map(entry))))));
}

/** The step between two stops: the class of its first relation, and which way that points. */
function mark({ source, relations }) {
  const [first] = relations;
  const back = first.source.id !== source.id;
  return h("span", { class: "step", title: first.label }, back ? " ← " : " ", swatch(first.class, !first.attested), back ? " " : " → ");
}
