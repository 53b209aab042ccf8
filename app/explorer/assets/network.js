// The graph that is drawn: what the service says of one actor and of those that were unfolded, put together and bounded.

import { ask } from "./api.js";

export const MOST_NODES = 150;
const PER_NODE = 24; // neighbours drawn of one actor before it says "+N more"
const UNFOLDED = 149; // neighbours drawn of one that was unfolded

/**
 * The network around `id`: {nodes: Map(id -> {id, name, kind, depth, hidden, open}), edges: [edge]}; `open` are the centre
 * and whoever was unfolded. An edge is {source, target, class, count, attested, first, last}. `asked` has hops, unfolded,
 * filters and alleged.
 */
export async function network(id, asked, signal) {
  const found = { nodes: new Map(), edges: new Map() };
  merge(found, id, await around(id, asked.hops, asked, PER_NODE, signal), 0);
  for (const each of asked.unfolded) {
    const node = found.nodes.get(each);
    if (!node) continue; // what the filters hide can't be unfolded
    node.hidden = 0;
    merge(found, each, await around(each, 1, asked, UNFOLDED, signal), node.depth);
  }
  return bounded(found, id);
}

/** As the service aggregates it. Twice: with what is only alleged and without, since an edge does not tell them apart. */
async function around(id, hops, { filters, alleged }, perNode, signal) {
  const parameters = { ...filters, depth: hops, max_nodes: MOST_NODES, per_node: perNode };
  const [all, attested] = await Promise.all(["any", "true"].map((value) =>
    value === "any" && !alleged ? null : ask(["actors", id, "network"], { ...parameters, attested: value }, signal)));
  const sure = new Map(attested.edges.map((edge) => [`${edge.source} ${edge.target}`, edge.classes]));
  const { nodes, edges, truncated } = all ?? attested;
  return {
    nodes: nodes.map((node) => ({ ...node, hidden: truncated.find((cut) => cut.id === node.id)?.hidden ?? 0 })),
    edges: edges.flatMap((edge) => Object.entries(edge.classes).map(([quadClass, count]) => ({ source: edge.source, target: edge.target,
      class: quadClass, count, attested: sure.get(`${edge.source} ${edge.target}`)?.[quadClass] ?? 0, first: edge.first, last: edge.last }))),
  };
}

function merge(found, id, { nodes, edges }, depth) {
  for (const node of nodes) {
    const known = found.nodes.get(node.id);
    if (known && node.id === id) known.hidden = node.hidden;
    else if (known) known.depth = Math.min(known.depth, node.depth + depth);
    else found.nodes.set(node.id, { ...node, depth: node.depth + depth });
    if (node.depth === 0) found.nodes.get(node.id).open = true;
  }
  for (const edge of edges) found.edges.set(`${edge.source} ${edge.target} ${edge.class}`, edge);
}

/** At most 150 nodes, the nearest and the busiest; what falls away is counted where it hung. */
function bounded({ nodes, edges }, center) {
  const weights = new Map();
  for (const edge of edges.values()) for (const end of [edge.source, edge.target]) weights.set(end, (weights.get(end) ?? 0) + edge.count);
  const ranked = [...nodes.values()].sort((a, b) =>
    (b.id === center) - (a.id === center) || a.depth - b.depth || (weights.get(b.id) ?? 0) - (weights.get(a.id) ?? 0) || (a.id < b.id ? -1 : 1));
  const kept = new Map(ranked.slice(0, MOST_NODES).map((node) => [node.id, node]));
  const cutOff = new Map();
  for (const edge of edges.values()) {
    for (const [inside, outside] of [[edge.source, edge.target], [edge.target, edge.source]]) {
      if (kept.has(inside) && !kept.has(outside)) cutOff.set(inside, (cutOff.get(inside) ?? new Set()).add(outside));
    }
  }
  for (const [id, others] of cutOff) kept.get(id).hidden += others.size;
  return { nodes: kept, edges: [...edges.values()].filter((edge) => kept.has(edge.source) && kept.has(edge.target)) };
}
