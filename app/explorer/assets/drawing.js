// The network as a picture: Cytoscape on a canvas, coloured from the stylesheet, to be used by mouse, touch and keyboard.

import cytoscape from "./vendor/cytoscape.esm.min.mjs";
import { announce, h } from "./dom.js";
import { rings } from "./rings.js";
import { visible } from "./text.js";
import { colour } from "./theme.js";
import { CLASS_NAMES, CLASSES, counted, grouped } from "./words.js";

const SHAPES = { state: "round-rectangle", bloc: "round-hexagon", organization: "round-diamond", person: "ellipse", group: "round-octagon",
  place: "round-triangle" };
const NEAR = 34; // of the centre: a line that comes so near is bowed around it
const BOW = 76;
const BOW_STEP = 16;
const CROWD = 120; // lines: from here on those that touch nobody who is open are the background, until somebody is pointed at
const MANY_EDGES = 600; // from here on they are left out while the picture is moved

/** A picture in `place`. `acts`: open(id), unfold(id), between(a, b). */
export function drawing(place, acts) {
  const canvas = h("div", { class: "canvas", tabindex: "0", role: "application", "aria-roledescription": "network",
    "aria-label": "Network. Arrow keys go from actor to actor, Enter unfolds, Space opens. The table has the same." });
  const zoom = h("div", { class: "zoom" }, [["+", "Larger", 1.3], ["−", "Smaller", 1 / 1.3], ["⤢", "Show all", 0]].map(([sign, label, factor]) =>
    h("button", { type: "button", "aria-label": label, title: label, onclick: () => scale(factor) }, sign)));
  const hint = h("span", { class: "hint", hidden: true }, "Fine lines run among the others. Choose an actor to bring its own forward.");
  place.append(canvas, hint, zoom);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const cy = cytoscape({ container: canvas, minZoom: 0.15, maxZoom: 3, boxSelectionEnabled: false, autounselectify: true, style: looks() });
  let graph = { nodes: new Map(), edges: [] };
  let background = [];
  let at = null;

  const scale = (factor) => {
    if (factor) cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
    else fit();
  };
  const fit = () => {
    cy.fit(undefined, 34);
    if (cy.zoom() > 1.25) {
      cy.zoom(1.25);
      cy.center();
    }
  };
  const themed = () => cy.style(looks());
  let size = null;
  const resized = new ResizeObserver(([{ contentRect }]) => {
    const before = size;
    size = `${contentRect.width} ${contentRect.height}`;
    if (before === null || before === size) return; // it begins by telling the size that is known
    cy.resize();
    if (graph.nodes.size) fit();
  });
  resized.observe(canvas);
  addEventListener("theme", themed);

  cy.on("tap", "node", ({ target }) => (target.data("stub") ? acts.unfold(target.data("hub")) : point(target.id())));
  cy.on("dbltap", "node", ({ target }) => target.data("stub") || acts.unfold(target.id()));
  cy.on("tap", "edge", ({ target }) => target.data("tie") || acts.between(target.data("source"), target.data("target")));
  cy.on("tap", ({ target }) => target === cy && point(null));
  cy.on("mouseover", "node, edge", () => canvas.classList.add("pointing"));
  cy.on("mouseout", "node, edge", () => canvas.classList.remove("pointing"));

  /** Bring one actor forward, with what it is tied to. */
  function point(id) {
    at = id;
    cy.batch(() => {
      cy.elements().removeClass("dim at forth");
      if (!id) return;
      const node = cy.getElementById(id);
      cy.elements().not(node.closedNeighborhood()).addClass("dim");
      node.addClass("at").connectedEdges().addClass("forth");
    });
    if (id) announce(spoken(graph, id));
    acts.pointed?.(id);
  }

  canvas.addEventListener("focus", () => at ?? point([...graph.nodes.keys()][0] ?? null));
  canvas.addEventListener("keydown", (event) => {
    const direction = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (direction) point(next(cy, at, direction) ?? at);
    else if (event.key === "Enter" && at) acts.unfold(at);
    else if (event.key === " " && at) acts.open(at);
    else if (event.key === "Escape") point(null);
    else if (event.key === "+" || event.key === "-") scale(event.key === "+" ? 1.3 : 1 / 1.3);
    else return;
    event.preventDefault();
  });

  return {
    draw(found) {
      const first = !graph.nodes.size;
      graph = found;
      const places = rings(found.nodes, found.edges, Math.min(1.4, Math.max(0.75, cy.width() / cy.height())));
      const before = new Map(cy.nodes().map((node) => [node.id(), { ...node.position() }]));
      const { actors, lines, quiet } = elements(found, places);
      background = quiet;
      hint.hidden = !quiet.length;
      delete canvas.dataset.complete;
      cy.batch(() => {
        cy.elements().remove();
        cy.add([...actors, ...lines]);
      });
      cy.renderer().hideEdgesOnViewport = found.edges.length > MANY_EDGES;
      if (first || still || found.nodes.size > 60) return finish();
      cy.nodes().forEach((node) => {
        const goal = { ...node.position() };
        node.position(before.get(node.id()) ?? before.get(node.data("hub")) ?? goal);
        node.animate({ position: goal }, { duration: 260, easing: "ease-out" });
      });
      setTimeout(finish, 280);
    },
    png: () => cy.png({ output: "blob", full: true, scale: 2, bg: colour("--ground") }),
    point,
    close() {
      removeEventListener("theme", themed);
      resized.disconnect();
      cy.destroy();
    },
  };

  function finish() {
    if (cy.destroyed()) return;
    fit();
    canvas.dataset.drawn = `${graph.nodes.size} ${graph.edges.length}`;
    cy.one("render", () => setTimeout(complete, 0, background)); // most of the lines, so not before the others can be seen
  }

  function complete(lines) {
    if (cy.destroyed() || lines !== background) return; // something else is drawn by now
    cy.add(lines);
    if (at && graph.nodes.has(at)) point(at);
    canvas.dataset.complete = canvas.dataset.drawn;
  }
}

/** What is drawn: the actors with their stubs, the lines, and those that are the background in a crowd. */
function elements({ nodes, edges }, places) {
  const heaviest = Math.max(1, ...edges.map((edge) => edge.count));
  const width = (count) => 1.4 + 5 * (Math.log1p(count) / Math.log1p(Math.max(heaviest, 8)));
  const actors = [];
  const ties = [];
  for (const node of nodes.values()) {
    const place = places.get(node.id);
    actors.push({ group: "nodes", position: { ...place }, data: { id: node.id, label: short(visible(node.name)), shape: SHAPES[node.kind] ?? "rectangle",
      size: node.depth === 0 ? 46 : node.depth === 1 ? 30 : 24, center: node.depth === 0 ? 1 : 0 } });
    if (!node.hidden) continue;
    const away = Math.hypot(place.x, place.y) || 1;
    const stub = place.x || place.y ? { x: place.x + (64 * place.x) / away, y: place.y + (64 * place.y) / away } : { x: 62, y: 74 };
    actors.push({ group: "nodes", position: stub, data: { id: `more ${node.id}`, hub: node.id, stub: 1, label: `+${grouped(node.hidden)} more` } });
    ties.push({ group: "edges", data: { id: `to more ${node.id}`, source: node.id, target: `more ${node.id}`, tie: 1 } });
  }
  const bows = new Map();
  const crowded = edges.length > CROWD;
  const [lines, quiet] = [[], []];
  edges.forEach(({ source, target, class: quadClass, count, attested }, index) => {
    const loud = !crowded || nodes.get(source).open || nodes.get(target).open;
    for (const [alleged, part] of [[0, attested], [1, count - attested]]) {
      if (!part || source === target) continue;
      const data = { id: `edge ${index} ${alleged}`, source, target, width: width(part), alleged };
      if (crosses(places.get(source), places.get(target))) {
        const way = `${source} ${target}`;
        bows.set(way, (bows.get(way) ?? BOW - BOW_STEP) + BOW_STEP);
        data.bow = bows.get(way);
      }
      (loud ? lines : quiet).push({ group: "edges", classes: loud ? quadClass : [quadClass, "quiet"], data });
    }
  });
  return { actors, lines: [...ties, ...lines], quiet };
}

/** Whether the straight line between two places would run through whoever is in the centre, and seem to be about it. */
function crosses(a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const along = -(a.x * dx + a.y * dy) / (dx * dx + dy * dy || 1);
  return along > 0 && along < 1 && Math.hypot(a.x + along * dx, a.y + along * dy) < NEAR;
}

function short(label) {
  const points = Array.from(label);
  return points.length > 26 ? `${points.slice(0, 25).join("")}…` : label;
}

/** What is said of an actor when it is reached by keyboard. */
function spoken({ nodes, edges }, id) {
  const node = nodes.get(id);
  if (!node) return "";
  const counts = CLASSES.map((quadClass) => [quadClass, edges.filter((edge) => edge.class === quadClass && (edge.source === id || edge.target === id))
    .reduce((sum, edge) => sum + edge.count, 0)]).filter(([, count]) => count);
  return [`${node.name}, ${node.kind}, ${node.depth ? counted(node.depth, "hop") : "in the centre"}`,
    ...counts.map(([quadClass, count]) => `${CLASS_NAMES[quadClass]}: ${count}`), node.hidden && `${node.hidden} more not drawn`].filter(Boolean).join("; ");
}

/** The nearest actor in a direction. */
function next(cy, from, [dx, dy]) {
  const start = from ? cy.getElementById(from).position() : { x: 0, y: 0 };
  let best = null;
  cy.nodes("[^stub]").forEach((node) => {
    const [x, y] = [node.position("x") - start.x, node.position("y") - start.y];
    const along = x * dx + y * dy;
    const cost = along + 2 * Math.abs(x * dy - y * dx);
    if (node.id() !== from && along > 1 && (!best || cost < best.cost)) best = { cost, id: node.id() };
  });
  return best?.id;
}

function looks() {
  const ink = colour("--ink");
  const ground = colour("--ground");
  const line = colour("--line");
  return [
    { selector: "node", style: { shape: "data(shape)", width: "data(size)", height: "data(size)", "background-color": colour("--node"), "border-width": 1.5,
      "border-color": colour("--node-edge"), label: "data(label)", color: ink, "font-family": "system-ui, sans-serif", "font-size": 12.5, "text-valign": "bottom",
      "text-margin-y": 4, "text-outline-color": ground, "text-outline-width": 2.5, "text-outline-opacity": 0.9, "min-zoomed-font-size": 6 } },
    { selector: "node[center = 1]", style: { "background-color": colour("--accent"), "border-color": colour("--accent"), "font-weight": 700, "font-size": 15 } },
    { selector: "node[stub]", style: { shape: "round-rectangle", width: 66, height: 24, "background-color": ground, "border-style": "dashed",
      "border-color": line, "text-valign": "center", "text-margin-y": 0, "font-size": 11, "text-outline-width": 0, color: colour("--soft") } },
    { selector: "edge", style: { width: "data(width)", "curve-style": "bezier", "control-point-step-size": 26, "target-arrow-shape": "triangle", "arrow-scale": 0.9,
      opacity: 0.9, "z-index": 1 } },
    { selector: "edge[bow]", style: { "curve-style": "unbundled-bezier", "control-point-distances": "data(bow)", "control-point-weights": 0.5 } },
    { selector: "edge[tie]", style: { width: 1, "line-color": line, "target-arrow-shape": "none", "line-style": "dotted" } },
    ...CLASSES.map((quadClass) => ({ selector: `edge.${quadClass}`, style: { "line-color": colour(`--${quadClass}`), "target-arrow-color": colour(`--${quadClass}`) } })),
    { selector: "edge[alleged = 1]", style: { "line-style": "dashed", "line-dash-pattern": [6, 4] } },
    { selector: "edge.quiet", style: { width: 1, opacity: 0.3, "z-index": 0, "curve-style": "straight", "target-arrow-shape": "none" } },
    { selector: "edge.forth[^tie]", style: { width: "data(width)", opacity: 0.9, "z-index": 1, "curve-style": "bezier", "target-arrow-shape": "triangle" } },
    { selector: "edge.forth[bow]", style: { "curve-style": "unbundled-bezier" } },
    { selector: ".dim", style: { opacity: 0.16 } },
    { selector: "node.at", style: { "border-color": colour("--focus"), "border-width": 4 } },
  ];
}
