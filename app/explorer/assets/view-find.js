// Everything that matches some words: actors, quotes, documents.

import { ask } from "./api.js";
import { announce, h } from "./dom.js";
import { amended, to } from "./route.js";
import { actor, voice } from "./show.js";
import { failed, nothing, waiting } from "./states.js";
import { marked } from "./text.js";
import { counted } from "./words.js";

const GROUPS = { actor: "Actors", quote: "Quotes", document: "Documents" };

export function open(root) {
  const title = h("h1", { tabindex: "-1" });
  const found = h("div", {});
  root.append(h("div", { class: "page narrow" }, title, found));
  let asked = null;

  async function update(parameters) {
    asked?.abort();
    asked = new AbortController();
    const query = parameters.get("q") ?? "";
    title.replaceChildren("Search: ", h("q", { dir: "auto" }, query));
    found.replaceChildren(waiting());
    try {
      const kinds = await Promise.all(Object.keys(GROUPS).map(async (kind) => {
        const page = await ask(["search"], { q: query, kind, limit: 25, known_at: parameters.get("known_at") }, asked.signal);
        return [kind, page.items];
      }));
      const all = kinds.reduce((sum, [, items]) => sum + items.length, 0);
      announce(`${counted(all, "hit")}`);
      found.replaceChildren(...(all ? kinds.filter(([, items]) => items.length).map(group) : [nothing("Nothing matches these words.")]));
    } catch (error) {
      found.replaceChildren(failed(error, () => update(parameters)));
    }
  }

  const group = ([kind, items]) => h("section", { "aria-label": GROUPS[kind] }, h("h2", {}, GROUPS[kind], h("small", {}, ` ${items.length}`)),
    h("ul", { class: "entries" }, items.map((hit) => h("li", { class: "entry" }, row(hit)))));
  return { title: () => "Search", update, leave: () => asked?.abort() };
}

function row(hit) {
  if (hit.kind === "actor") {
    const other = hit.text !== hit.actor.name && ["also ", h("bdi", {}, marked(hit.text, hit.highlight))];
    return h("p", { class: "row" }, actor(hit.actor), h("small", {}, hit.actor.kind), other && h("small", {}, other));
  }
  if (hit.kind === "quote") {
    return [h("blockquote", { dir: "auto" }, h("a", { href: amended({ read: hit.claim.relation }) }, marked(hit.text, hit.highlight))),
      h("p", { class: "small" }, voice(hit.claim), hit.claim.stance !== "affirms" && ` (${hit.claim.stance})`)];
  }
  return [h("p", {}, h("a", { href: to(["documents", hit.document.id]), dir: "auto" }, marked(hit.text, hit.highlight))),
    h("p", { class: "small" }, actor(hit.document.publisher), ` · ${hit.document.published_on}`)];
}

