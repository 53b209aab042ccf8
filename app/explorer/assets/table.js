// The network as a table: every actor that is drawn, how far it is, and what goes on between it and the others drawn.

import { h } from "./dom.js";
import { actor, swatch } from "./show.js";
import { visible } from "./text.js";
import { CLASS_NAMES, CLASSES, day, grouped } from "./words.js";

/** The table; `acts` as in the drawing. */
export function table(graph, center, acts) {
  const rows = counted(graph, center);
  const used = CLASSES.filter((quadClass) => rows.some((row) => row.counts[quadClass]));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Actors of the network" }, h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Actor"), h("th", { scope: "col", class: "number" }, "Hop"),
      used.map((quadClass) => h("th", { scope: "col", class: "number", title: CLASS_NAMES[quadClass] }, swatch(quadClass), h("span", { class: "unseen" }, CLASS_NAMES[quadClass]))),
      h("th", { scope: "col" }, h("span", { class: "unseen" }, "Unfold")))),
    h("tbody", {}, rows.map((row) => h("tr", {}, h("th", { scope: "row" }, stop(actor(row.node), row.node), row.alleged && h("small", { class: "quietly" }, " alleged only"), during(row)),
      h("td", { class: "number" }, row.node.depth), used.map((quadClass) => h("td", { class: "number" }, row.counts[quadClass] ? grouped(row.counts[quadClass]) : "")),
      h("td", {}, h("button", { type: "button", class: "quiet", "data-stop": `unfold ${row.node.id}`, "aria-label": `Unfold ${visible(row.node.name)}`,
        onclick: () => acts.unfold(row.node.id) }, row.node.hidden ? `+${grouped(row.node.hidden)} more` : "Unfold")))))));
}

function stop(link, { id }) {
  link.dataset.stop = `open ${id}`;
  return link;
}

function during({ first, last }) {
  const days = [first, last].filter(Boolean).map(day);
  return days.length > 0 && h("small", { class: "during" }, days[0] === days[1] ? days[0] : days.join(" – "));
}

/** The same as rows of cells. */
export function tableRows(graph, center) {
  const header = ["id", "name", "kind", "hop", ...CLASSES, "first", "last", "not_drawn"];
  return [header, ...counted(graph, center).map(({ node, counts, first, last }) =>
    [node.id, node.name, node.kind, node.depth, ...CLASSES.map((each) => counts[each] ?? 0), first, last, node.hidden])];
}

function counted({ nodes, edges }, center) {
  const rows = new Map([...nodes.values()].map((node) => [node.id, { node, counts: {}, first: null, last: null, attested: 0, all: 0 }]));
  for (const edge of edges) {
    for (const end of new Set([edge.source, edge.target])) {
      const row = rows.get(end);
      row.counts[edge.class] = (row.counts[edge.class] ?? 0) + edge.count;
      row.all += edge.count;
      row.attested += edge.attested;
      if (edge.first && !(row.first <= edge.first && row.first)) row.first = edge.first;
      if (edge.last && !(row.last >= edge.last)) row.last = edge.last;
    }
  }
  return [...rows.values()].map((row) => ({ ...row, alleged: row.all > 0 && !row.attested }))
    .sort((a, b) => (b.node.id === center) - (a.node.id === center) || a.node.depth - b.node.depth || b.all - a.all || (a.node.id < b.node.id ? -1 : 1));
}
