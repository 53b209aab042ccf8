// What the first view needs, asked for all at once: left alone, the browser finds one file in another, five times over.

const CONTROLS = ["clocks.js", "filters.js", "legend.js", "tools.js"];

// What each view of main.js imports, beside what main.js does (page.html asks for that), in the order in which it is wanted.
const NEEDED = {
  "": ["view-start.js"],
  actors: ["view-actor.js", ...CONTROLS, "network.js", "relations.js", "table.js", "tabs.js", "drawing.js", "rings.js", "vendor/cytoscape.esm.min.mjs"],
  between: ["view-between.js", ...CONTROLS, "periods.js", "signals.js", "standing.js", "timeline.js"],
  documents: ["view-document.js"],
  find: ["view-find.js"],
  paths: ["view-paths.js", ...CONTROLS],
  relations: ["view-relation.js"],
};

const [view] = location.hash.replace(/^#\/?/, "").split(/[/?]/, 1);
for (const name of NEEDED[view] ?? []) {
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.href = new URL(name, import.meta.url);
  document.head.append(link);
}
