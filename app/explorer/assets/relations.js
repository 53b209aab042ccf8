// An actor's relations as a list, a page at a time, each with its words.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { attested, filters } from "./filters.js";
import { entry } from "./show.js";
import { nothing, waiting } from "./states.js";
import { counted } from "./words.js";

const PAGE = 20;

/** A list; `update(id, parameters)` fills it. */
export function relations() {
  const items = h("ul", { class: "entries" });
  const total = h("p", { class: "small quietly" });
  const more = h("button", { type: "button", hidden: true }, "More");
  const element = h("div", { class: "pane" }, total, items, more);

  async function page(id, asked, cursor, signal) {
    const found = await ask(["actors", id, "relations"], { ...asked, include: "claims", limit: PAGE, count: cursor ? null : "exact", cursor }, signal);
    if (!cursor) items.replaceChildren(); // what is shown stays until there is something else
    items.append(...found.items.map(entry));
    more.hidden = !found.next;
    more.onclick = () => page(id, asked, found.next, signal);
    if (cursor) return;
    total.textContent = found.total ? `${counted(found.total, "relation")}, latest first` : "";
    if (!found.total) items.append(h("li", {}, nothing("No relation under these conditions.")));
  }

  return {
    element,
    update(id, parameters, signal) {
      if (!items.childElementCount) items.append(h("li", {}, waiting(6)));
      return page(id, { ...filters(parameters), attested: attested(parameters) }, null, signal);
    },
  };
}
