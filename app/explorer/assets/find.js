// The search box: completes names as they are typed (a combobox), and leads to everything that matches.

import { ask } from "./api.js";
import { announce, h } from "./dom.js";
import { go, here, to } from "./route.js";
import { name } from "./text.js";
import { counted } from "./words.js";

let _boxes = 0;

/** A box that completes actors. `chosen` gets the actor; `searched`, if there is one, gets words that are no choice. */
export function box(label, chosen, searched = null) {
  const id = `box${++_boxes}`;
  const list = h("ul", { class: "options", id, role: "listbox", "aria-label": "Actors", hidden: true });
  const input = h("input", { type: "search", role: "combobox", placeholder: label, "aria-label": label, "aria-controls": id,
    "aria-expanded": "false", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", dir: "auto", maxlength: "200" });
  let options = [];
  let at = -1;
  let asked = null;

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (option) => {
    asked?.abort();
    close();
    input.value = "";
    option.pick();
  };
  const point = (index) => {
    at = index;
    [...list.children].forEach((item, each) => item.setAttribute("aria-selected", String(each === at)));
    const item = list.children[at];
    if (!item) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  };
  const everywhere = (query) => ({ key: "", shown: ["Search quotes and documents for ", h("b", {}, name(query))], pick: () => searched(query) });
  const offer = (found, query) => {
    const pointed = options[at]?.key;
    options = found.map((hit) => ({
      key: hit.id,
      shown: [name(hit.name), h("small", {}, hit.matched && hit.matched !== hit.name ? name(hit.matched) : hit.kind)],
      pick: () => chosen(hit),
    }));
    if (searched) options.push(everywhere(query));
    list.replaceChildren(...options.map((option, index) => h("li", { role: "option", id: `${id}-${index}`, "aria-selected": "false",
      onmousedown: (event) => event.preventDefault(), onclick: () => choose(option) }, option.shown)));
    if (!options.length) list.replaceChildren(h("li", { class: "none" }, "Nobody of that name"));
    list.hidden = false;
    point(options.findIndex((option) => option.key === pointed)); // who was pointed at before this list came still is
    input.setAttribute("aria-expanded", "true");
    announce(found.length ? counted(found.length, "suggestion") : "No suggestion");
  };

  input.addEventListener("input", async () => {
    asked?.abort();
    point(-1); // who goes on typing means what is typed
    const query = input.value.trim();
    if (!query) return close();
    asked = new AbortController();
    try {
      const known = here().parameters.get("known_at");
      let { items } = await ask(["suggest"], { q: query, limit: 8, known_at: known }, asked.signal);
      if (!items.length) { // nobody's name begins so: forgive a slip, or another spelling
        const page = await ask(["search"], { q: query, kind: "actor", limit: 8, known_at: known }, asked.signal);
        items = page.items.map((hit) => ({ ...hit.actor, matched: hit.text }));
      }
      offer(items, query);
    } catch (error) {
      if (error.name !== "AbortError") offer([], query);
    }
  });
  input.addEventListener("keydown", (event) => {
    const last = options.length - 1;
    if (event.key === "ArrowDown" && !list.hidden) point(at >= last ? 0 : at + 1);
    else if (event.key === "ArrowUp" && !list.hidden) point(at <= 0 ? last : at - 1);
    else if (event.key === "Escape" && !list.hidden) close();
    else if (event.key === "Enter") {
      if (at >= 0) choose(options[at]);
      else if (searched && input.value.trim()) choose(everywhere(input.value.trim()));
      else if (options.length && !list.hidden) choose(options[0]);
      else return;
    } else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  return h("div", { class: "box" }, input, list);
}

/** The box at the top of every page. `/` leads to it, as in many services. */
export function start(place) {
  const made = box("Find actors, quotes, documents", (hit) => go(to(["actors", hit.id])), (query) => go(to(["find"], { q: query })));
  place.append(made);
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    made.querySelector("input").focus();
  });
}
