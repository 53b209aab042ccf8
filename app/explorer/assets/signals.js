// Mixed signals: what one side says beside what it does, each with whoever says so, and how far apart in time.

import { h } from "./dom.js";
import { sentence, statusChip, swatch, voice } from "./show.js";
import { visible } from "./text.js";
import { CLASS_NAMES, counted, signed, span } from "./words.js";

/** A list of signals as the API gives them, a word and a deed side by side. */
export function signals(found) {
  return h("ol", { class: "signals" }, found.map((signal) => h("li", { class: "signal", "data-severity": signal.severity },
    half("What is said", signal.word), h("p", { class: "apart" }, h("b", {}, apart(signal)), h("span", {}, `severity ${signal.severity}`)), half("What is done", signal.deed))));
}

function half(title, relation) {
  const claim = relation.claims?.find((each) => each.quote) ?? relation.claims?.[0];
  return h("div", { class: `half ${relation.class}${relation.attested ? "" : " alleged"}` },
    h("p", { class: "kicker" }, title), h("p", {}, sentence(relation)),
    claim?.quote && h("blockquote", { dir: "auto" }, visible(claim.quote.exact)),
    claim && h("p", { class: "small" }, voice(claim)),
    h("p", { class: "small row" }, h("span", {}, span(relation)), h("span", { class: "chip" }, swatch(relation.class, !relation.attested), CLASS_NAMES[relation.class]),
      statusChip(relation), h("span", {}, `intensity ${signed(relation.intensity)}`)));
}

/** How the two lie in time. A negative lag means that the deed ended first. */
function apart({ lag, lag_certain: certain }) {
  const days = lag === 0 ? "perhaps on the same days" : `${counted(Math.abs(lag), "day")} ${lag > 0 ? "later" : "earlier"}`;
  if (certain) return lag === 0 ? "on the same days" : days;
  return lag === 0 ? days : `${days}, as far as the dates are known`;
}
