// A document: its text with every quoted passage marked, and the claims that were read in it.

import { ask, askAll } from "./api.js";
import { h, joined } from "./dom.js";
import { amended } from "./route.js";
import { actor, voice } from "./show.js";
import { failed, nothing, waiting } from "./states.js";
import { marked, name, visible } from "./text.js";
import { counted, day } from "./words.js";

const MOST = 200; // claims listed

export function open(root, [id]) {
  const page = h("div", { class: "page narrow" }, waiting(6));
  root.append(page);
  let title = "Document";
  let known = undefined;

  async function update(parameters) {
    if (known === parameters.get("known_at")) return;
    known = parameters.get("known_at");
    try {
      const [document_, claims] = await Promise.all([ask(["documents", id], { known_at: known }),
        askAll(["claims"], { document: id, known_at: known }, MOST)]);
      title = document_.title ?? "Untitled text";
      page.replaceChildren(...shown(document_, claims));
    } catch (error) {
      page.replaceChildren(h("h1", { tabindex: "-1" }, "Document"), failed(error, () => { known = undefined; update(parameters); }));
    }
  }
  return { title: () => title, update, leave() {} };
}

function shown(document_, claims) {
  const spans = claims.items.filter((claim) => Number.isInteger(claim.quote?.start)).map((claim) => [claim.quote.start, claim.quote.end]);
  return [
    h("h1", { tabindex: "-1" }, document_.title ? name(document_.title) : "Untitled text"),
    h("p", { class: "row" }, actor(document_.publisher), h("span", {}, day(document_.published_on)), document_.language && h("span", {}, document_.language),
      document_.sources.length > 0 && h("span", {}, "relying on ", joined(document_.sources, actor))),
    document_.url && h("p", { class: "small" }, visible(document_.url)),
    document_.text ? h("div", { class: "text", dir: "auto", lang: document_.language }, marked(document_.text, spans))
      : h("p", { class: "lead quietly" }, "The text itself is not kept here, only the words that are quoted."),
    h("h2", {}, "Read in it", h("small", {}, ` ${counted(document_.claims, "claim")}`)),
    claims.items.length ? h("ul", { class: "claims" }, claims.items.map((claim) => h("li", {},
      h("p", {}, h("a", { href: amended({ read: claim.relation }) }, claim.quote ? h("q", { dir: "auto" }, visible(claim.quote.exact)) : "A claim without a quote"),
        claim.stance !== "affirms" && ` (${claim.stance})`), h("p", { class: "small" }, voice(claim))))) : nothing("No claim was read in it."),
  ];
}
