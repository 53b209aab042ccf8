// Actors, relations and claims as they look everywhere on the page.

import { h, joined } from "./dom.js";
import { amended, to } from "./route.js";
import { name } from "./text.js";
import { attributes, CLASS_NAMES, CLASS_TERMS, day, meaning, span } from "./words.js";

/** An actor's name, as a link to its page. */
export function actor(ref) {
  return h("a", { class: "actor", href: to(["actors", ref.id]), title: ref.kind }, name(ref.name));
}

/** The mark of a quad class: a colour with a shape, words hollow and deeds filled. */
export function swatch(quadClass, alleged = false) {
  return h("i", { class: `swatch ${quadClass}${alleged ? " alleged" : ""}`, "aria-hidden": "true" });
}

/** The class of a relation in words. */
export function classChip(relation) {
  return h("span", { class: "chip", title: CLASS_TERMS[relation.class] }, swatch(relation.class, !relation.attested), CLASS_NAMES[relation.class]);
}

/** Whether it stands. */
export function statusChip(relation) {
  return h("span", { class: `chip status ${relation.status}`, title: meaning(relation.status) }, relation.status);
}

/** Who did what to whom, as a link that opens the evidence. */
export function sentence(relation) {
  return h("span", { class: "sentence" }, actor(relation.source), " ",
    h("a", { class: "deed", href: amended({ read: relation.id }), "data-relation": relation.id }, relation.label), " ",
    h("span", { "aria-hidden": "true" }, "→ "), actor(relation.target));
}

/** A relation as an entry of a list, with the words that stand for it if the answer has them. */
export function entry(relation) {
  const said = relation.claims?.find((claim) => claim.quote);
  return h("li", { class: `entry ${relation.class}${relation.attested ? "" : " alleged"}` },
    h("p", {}, sentence(relation)),
    said && h("blockquote", { dir: "auto" }, said.quote.exact),
    h("p", { class: "small row" }, h("span", {}, span(relation)), classChip(relation), statusChip(relation),
      Object.keys(relation.attributes).length > 0 && h("span", {}, name(attributes(relation.attributes)))));
}

/** Whose word it is, by whom we have it, and where it stands. */
export function voice(claim) {
  const publisher = claim.document?.publisher;
  return h("span", { class: "voice" },
    claim.claimant ? ["said by ", actor(claim.claimant)] : publisher ? ["in the publisher’s own voice: ", actor(publisher)] : "from a dataset",
    claim.said_on && ` on ${day(claim.said_on)}`,
    claim.via.length > 0 && [", to ", joined(claim.via, actor)],
    claim.document && h("span", {}, " · ", h("a", { href: to(["documents", claim.document.id]) },
      claim.document.title ? name(claim.document.title) : "untitled text"),
      claim.claimant && publisher && [", published by ", actor(publisher)], `, ${day(claim.document.published_on)}`),
    claim.dataset && [" · ", name(claim.dataset.title), claim.record && ` (record ${claim.record})`]);
}
