// A relation's evidence: every claim for and against, the words where they stand, the versions, and what was known when.

import { ask, Problem } from "./api.js";
import { h } from "./dom.js";
import { amended, go, here } from "./route.js";
import { classChip, sentence, statusChip, voice } from "./show.js";
import { failed, waiting } from "./states.js";
import { cut, name, visible } from "./text.js";
import { aboutness, attributes, counted, instant, meaning, signed, span } from "./words.js";

const STANCES = { affirms: "For", denies: "Against", doubts: "In doubt" };
const AROUND = 240; // code points of a document shown before and after a quote

let _drawer = null;

/** Open, renew or close the panel as the address says: `read` names the relation. */
export function follow(parameters) {
  const id = parameters.get("read");
  if (!id) {
    if (_drawer?.open) _drawer.close();
    return;
  }
  _drawer ??= drawer();
  if (!_drawer.open) _drawer.showModal();
  const known = parameters.get("known_at");
  const key = `${id} ${known}`;
  if (_drawer.dataset.key === key) return;
  _drawer.dataset.key = key;
  const body = _drawer.querySelector(".body");
  fill(body, id, known).then(() => body.querySelector("h2")?.focus());
}

function drawer() {
  const made = h("dialog", { class: "drawer", "aria-label": "Evidence" },
    h("button", { type: "button", class: "quiet close", "aria-label": "Close", onclick: () => made.close() }, "✕"), h("div", { class: "body" }));
  made.addEventListener("click", (event) => event.target === made && made.close()); // on what lies behind it
  made.addEventListener("close", () => {
    delete made.dataset.key;
    const read = here().parameters.get("read");
    if (read) go(amended({ read: null }));
    if (document.activeElement !== document.body && !made.contains(document.activeElement)) return;
    // what led here was drawn anew in the meantime: the focus goes to what stands in its place
    [...document.querySelectorAll("main [data-relation]")].find((link) => link.dataset.relation === read)?.focus();
  });
  document.body.append(made);
  return made;
}

/** Fill a place with a relation's evidence, as known at `known` (null: now). */
export async function fill(place, id, known) {
  place.replaceChildren(waiting(5));
  try {
    const relation = await ask(["relations", id], { known_at: known });
    const { items: versions } = await ask(["relations", id, "versions"], { limit: 100 });
    place.replaceChildren(...shown(relation, versions, known));
    await showTexts(place, relation.claims, known);
  } catch (error) {
    const unknown = error instanceof Problem && (error.status === 404 || error.status === 410) && known;
    place.replaceChildren(...(unknown ? [h("h2", { tabindex: "-1" }, error.status === 410 ? "Withdrawn by then" : "Not yet known then"),
      h("p", {}, error.message), whenKnown(known)] : [failed(error, () => fill(place, id, known))]));
  }
}

function shown(relation, versions, known) {
  return [
    h("h2", { tabindex: "-1" }, sentence(relation)),
    h("p", { class: "row" }, classChip(relation), statusChip(relation), h("span", { class: "small" }, meaning(relation.status))),
    h("dl", { class: "facts" },
      fact("When", span(relation)),
      Object.keys(relation.attributes).length > 0 && fact("Details", name(attributes(relation.attributes))),
      fact("Intensity", relation.intensity === null ? "none" : `${signed(relation.intensity)} on a scale from −10 to +10`),
      fact("Affirmed by", counted(relation.publishers, "publisher")),
      relation.about && fact("About", h("a", { href: amended({ read: relation.about.relation }) }, aboutness(relation.about.as)))),
    ...Object.entries(STANCES).map(([stance, title]) => side(title, relation.claims.filter((claim) => claim.stance === stance))),
    relation.about_this.length > 0 && h("section", {}, h("h3", {}, "What is said about it"),
      h("ul", { class: "entries" }, relation.about_this.map((other) => h("li", { class: `entry ${other.class}` },
        h("p", {}, sentence(other)), h("p", { class: "small" }, `This is ${aboutness(other.about.as)} · `, span(other)))))),
    h("section", {}, h("h3", {}, "Versions"), h("ol", { class: "versions" }, versions.map((version) => versionOf(version, known)))),
    whenKnown(known),
  ].filter(Boolean);
}

function fact(term, value) {
  return [h("dt", {}, term), h("dd", {}, value)];
}

function side(title, claims) {
  if (!claims.length) return null;
  return h("section", {}, h("h3", {}, title, h("small", {}, ` ${counted(claims.length, "claim")}`)), h("ul", { class: "claims" }, claims.map(claimed)));
}

function claimed(claim) {
  const details = attributes(claim.attributes);
  return h("li", { "data-claim": claim.id },
    claim.quote ? h("blockquote", { dir: "auto" }, visible(claim.quote.exact)) : h("p", { class: "small" }, "No words quoted."),
    h("p", { class: "small" }, voice(claim)),
    (details || claim.coded_by || claim.confidence !== null) && h("p", { class: "small quietly" }, name([details,
      claim.confidence !== null && `confidence ${claim.confidence}`, claim.coded_by && `coded by: ${claim.coded_by}`].filter(Boolean).join(" · "))),
    claim.quote && Number.isInteger(claim.quote.start) && h("div", { class: "passage" }));
}

/** Put the quotes back where they stand, in the documents that have a text. */
async function showTexts(place, claims, known) {
  const quoted = claims.filter((claim) => claim.document && Number.isInteger(claim.quote?.start));
  const texts = new Map();
  for (const claim of quoted) {
    const id = claim.document.id;
    if (!texts.has(id)) texts.set(id, await ask(["documents", id], { known_at: known }).catch(() => null));
    const text = texts.get(id)?.text;
    const spot = [...place.querySelectorAll("[data-claim]")].find((item) => item.dataset.claim === claim.id)?.querySelector(".passage");
    if (text && spot) spot.replaceChildren(passage(text, claim.quote));
  }
}

function passage(text, { start, end }) {
  const [before, quote, after] = around(text, start, end);
  const part = h("p", { dir: "auto" });
  const narrow = () => part.replaceChildren(before.length > AROUND ? "… " : "", before.slice(-AROUND).join(""), h("mark", {}, visible(quote)),
    after.slice(0, AROUND).join(""), after.length > AROUND ? " …" : "");
  narrow();
  const more = h("button", { type: "button", class: "quiet", onclick: () => {
    part.replaceChildren(before.join(""), h("mark", {}, visible(quote)), after.join(""));
    more.remove();
  } }, "The whole text");
  return h("details", { open: true }, h("summary", {}, "Where it stands"), part, (before.length > AROUND || after.length > AROUND) && more);
}

function around(text, start, end) {
  const pieces = cut(text, [[start, end]]);
  const index = pieces.findIndex((piece) => piece.marked);
  const side = (part) => Array.from(part.map((piece) => piece.text).join(""));
  return [side(pieces.slice(0, index)), pieces[index]?.text ?? "", side(pieces.slice(index + 1))];
}

function versionOf(version, known) {
  const record = version.record;
  return h("li", {}, h("a", { href: amended({ known_at: version.revision }), "aria-current": String(version.revision) === known ? "true" : null },
    instant(version.at)), ` ${version.op}`, version.by && ` by ${version.by}`, record && ` · ${span(record)}`,
    version.reason && h("span", { class: "quietly" }, " · ", name(version.reason)));
}

function whenKnown(known) {
  const input = h("input", { type: "date", value: /^\d{4}-\d\d-\d\d$/.test(known ?? "") ? known : null });
  return h("form", { class: "row known", onsubmit: (event) => {
    event.preventDefault();
    go(amended({ known_at: input.value || null }));
  } }, h("label", {}, "What did we know on ", input), h("button", { type: "submit" }, "Show"),
  known && h("a", { href: amended({ known_at: null }) }, "What we know today"));
}

