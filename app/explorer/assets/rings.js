// Where each actor stands: one ring per hop, each beside the one it came by, so that few lines cross.

const GAP = 150; // between two rings, at least
const ROOM = 74; // along a ring, for one actor and its name

/** Positions of `nodes` (Map of {id, depth}) around the centre, rings `stretch` times as wide as high: Map(id -> {x, y}). */
export function rings(nodes, edges, stretch) {
  const near = new Map([...nodes.keys()].map((id) => [id, new Set()]));
  for (const { source, target } of edges) {
    near.get(source).add(target);
    near.get(target).add(source);
  }
  const angles = new Map();
  const places = new Map();
  let radius = 0;
  const deepest = Math.max(0, ...[...nodes.values()].map((node) => node.depth));
  for (let depth = 0; depth <= deepest; depth += 1) {
    const ring = [...nodes.values()].filter((node) => node.depth === depth);
    if (depth > 0) radius = Math.max(radius + GAP, (ring.length * ROOM) / (2 * Math.PI));
    const wish = new Map(ring.map((node) => [node.id, wished(near.get(node.id), angles, places)]));
    ring.sort((a, b) => wish.get(a.id) - wish.get(b.id) || (a.id < b.id ? -1 : 1));
    const turn = depth === 0 ? 0 : offset(ring, wish);
    ring.forEach((node, index) => {
      const angle = turn + (2 * Math.PI * index) / ring.length;
      angles.set(node.id, angle);
      places.set(node.id, { x: depth === 0 ? 0 : stretch * radius * Math.cos(angle), y: depth === 0 ? 0 : radius * Math.sin(angle) });
    });
  }
  return places;
}

/** The direction in which those lie that a node is tied to, as far as they have a place off the centre. */
function wished(others, angles, places) {
  let x = 0;
  let y = 0;
  for (const id of others) {
    if (!places.has(id) || (places.get(id).x === 0 && places.get(id).y === 0)) continue;
    x += Math.cos(angles.get(id));
    y += Math.sin(angles.get(id));
  }
  return x || y ? (Math.atan2(y, x) + 2 * Math.PI) % (2 * Math.PI) : 0;
}

/** How far to turn a ring so that its actors stand near where they wish to. */
function offset(ring, wish) {
  let x = 0;
  let y = 0;
  ring.forEach((node, index) => {
    const off = wish.get(node.id) - (2 * Math.PI * index) / ring.length;
    x += Math.cos(off);
    y += Math.sin(off);
  });
  return wish.size && [...wish.values()].some(Boolean) ? Math.atan2(y, x) : -Math.PI / 2;
}
