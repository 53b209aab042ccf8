// Every state is an address: `#/actors/russia?hops=2&valid_at=2026-02`. Links are plain links, Back works by itself.

const CLOCKS = ["valid_at", "known_at"];

/** Where we are: the path's parts and the parameters. */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { parts: path.split("/").filter(Boolean).map(decoded), parameters: new URLSearchParams(query) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of another place; both clocks stay as they are, unless said otherwise. */
export function to(parts, parameters = {}) {
  const clocks = Object.fromEntries(CLOCKS.map((name) => [name, here().parameters.get(name)]));
  return written(parts, { ...clocks, ...parameters });
}

/** The address of this place with some parameters changed; null takes one away. */
export function amended(changes) {
  const { parts, parameters } = here();
  const kept = {};
  for (const name of parameters.keys()) kept[name] = parameters.getAll(name);
  return written(parts, { ...kept, ...changes });
}

/** Go somewhere. `replace` leaves no step behind for Back. */
export function go(address, replace = false) {
  if (address === location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function written(parts, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of [value].flat()) if (each !== null && each !== undefined && each !== "") query.append(name, each);
  }
  const path = `#/${parts.map(encodeURIComponent).join("/")}`;
  return String(query) ? `${path}?${query}` : path;
}
