// An actor: who it is, its network drawn and as a table, and its relations with the words that stand for them.

import { address, ask } from "./api.js";
import { clocks } from "./clocks.js";
import { announce, h, renew } from "./dom.js";
import { attested, filters } from "./filters.js";
import { box } from "./find.js";
import { legend } from "./legend.js";
import { network } from "./network.js";
import { amended, go, here, to } from "./route.js";
import { failed, nothing, waiting } from "./states.js";
import { relations } from "./relations.js";
import { table, tableRows } from "./table.js";
import { tabs } from "./tabs.js";
import { name } from "./text.js";
import { curl, csv, graphml, save, tool } from "./tools.js";
import { CLASSES, counted } from "./words.js";

export function open(root, [id]) {
  const head = h("header", { class: "who one" }, waiting(2));
  const key = legend();
  const time = clocks();
  const canvas = h("div", { class: "picture" }, waiting(4));
  const list = relations();
  const rows = h("div", { class: "pane" });
  const side = tabs("Actors or relations", [["Actors", rows], ["Relations", list.element]]);
  const hops = h("div", { class: "segments", role: "group", "aria-label": "Hops" }, [1, 2, 3].map((count) => h("button", { type: "button",
    onclick: () => go(amended({ hops: count === 1 ? null : count })) }, counted(count, "hop"))));
  const stand = h("label", { class: "row switch" }, h("input", { type: "checkbox", role: "switch", onchange: (event) =>
    go(amended({ rollup: event.target.checked ? "representatives" : null })) }), "With those who act for it");
  const tools = h("div", { class: "tools", role: "group", "aria-label": "Take away" });
  root.append(h("div", { class: "page" }, head, h("div", { class: "controls" }, key.element, hops, stand, time.element),
    h("div", { class: "split" }, h("section", { class: "drawn", "aria-label": "Network" }, canvas, tools), h("section", { class: "side", "aria-label": "The same as lists" }, side))));

  let picture = null;
  let graph = null;
  let asked = null;
  let title = "Actor";
  let drawnFor = null;

  const acts = {
    open: (other) => go(to(["actors", other])),
    unfold: (other) => {
      const unfolded = here().parameters.getAll("unfold");
      if (!unfolded.includes(other)) go(amended({ unfold: [...unfolded, other] }));
    },
    between: (a, b) => go(to(["between", a, b])),
  };

  async function update(parameters) {
    const key_ = [...parameters].filter(([each]) => each !== "read").join("&");
    if (key_ === drawnFor) return;
    drawnFor = key_;
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    key.update(parameters);
    stand.querySelector("input").checked = parameters.get("rollup") === "representatives";
    time.update(parameters);
    try {
      await Promise.all([who(parameters, signal), pictured(parameters, signal), counts(parameters, signal), list.update(id, parameters, signal)]);
    } catch (error) {
      if (error.name === "AbortError") return;
      asked.abort(); // or what is still on its way would be drawn over the failure
      drawnFor = null;
      cleared();
      canvas.replaceChildren(failed(error, () => update(parameters)));
    }
  }

  async function who(parameters, signal) {
    const actor = await ask(["actors", id], { known_at: parameters.get("known_at") }, signal);
    title = actor.name;
    head.replaceChildren(h("p", { class: "kicker" }, actor.kind), h("h1", { tabindex: "-1" }, name(actor.name)),
      actor.description && h("p", { class: "lead" }, name(actor.description)) || "",
      h("p", { class: "small row" }, actor.names.map((each) => h("span", { lang: each.lang }, name(each.value))),
        actor.identifiers.map((each) => h("span", { class: "quietly" }, `${each.scheme} ${each.value}`))),
      h("div", { class: "row onwards" }, box("Compare with …", (other) => go(to(["between", id, other.id]))),
        box("Path to …", (other) => go(to(["paths", id, other.id])))));
  }

  async function counts(parameters, signal) {
    const { facets } = await ask(["actors", id, "relations"], { ...filters(parameters), class: null, facets: "class", limit: 1,
      attested: attested(parameters) }, signal);
    key.update(parameters, { ...Object.fromEntries(CLASSES.map((each) => [each, 0])), ...facets.class });
  }

  /** Make the picture, still empty, while it is being asked what to draw. */
  async function prepared(signal) {
    const { drawing } = await import("./drawing.js");
    signal.throwIfAborted();
    picture ??= drawing(canvas, acts);
  }

  function cleared() {
    picture?.close();
    picture = null;
  }

  async function pictured(parameters, signal) {
    [...hops.children].forEach((button, index) => button.setAttribute("aria-pressed", String(index + 1 === depth(parameters))));
    canvas.setAttribute("aria-busy", "true");
    const asked_ = { hops: depth(parameters), unfolded: parameters.getAll("unfold"), filters: filters(parameters), alleged: !attested(parameters) };
    [graph] = await Promise.all([network(id, asked_, signal), prepared(signal)]);
    signal.throwIfAborted();
    canvas.removeAttribute("aria-busy");
    renew(rows, graph.nodes.size > 1 ? table(graph, id, acts) : nothing("Nobody is tied to it under these conditions."));
    tools.replaceChildren(...takeAway());
    if (graph.nodes.size < 2) {
      cleared();
      canvas.replaceChildren(h("p", { class: "lead quietly" }, "Nothing to draw under these conditions."));
      return;
    }
    canvas.querySelector(":scope > :is(.waiting, p)")?.remove();
    picture.draw(graph);
    announce(`${counted(graph.nodes.size, "actor")} drawn`);
  }

  const takeAway = () => [
    curl(() => address(["actors", id, "relations"], filters(here().parameters))),
    tool("CSV", () => save(`${id}.csv`, csv(tableRows(graph, id)), "text/csv")),
    tool("PNG", () => picture && save(`${id}.png`, picture.png())),
    tool("GraphML", () => save(`${id}.graphml`, graphml(graph), "application/graphml+xml")),
  ];

  return {
    title: () => title,
    update,
    leave() {
      asked?.abort();
      cleared();
    },
  };
}

function depth(parameters) {
  return Math.min(3, Math.max(1, Number(parameters.get("hops")) || 1));
}
