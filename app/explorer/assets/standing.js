// What stands between two actors: each state as a bar over the days on which it holds.

import { h } from "./dom.js";
import { place } from "./periods.js";
import { sentence, statusChip } from "./show.js";
import { span } from "./words.js";

/** Bars of states over `[first, last]` in months; what has no known beginning or end fades out there. */
export function standing(relations, [first, last]) {
  const wide = Math.max(1, last - first);
  const share = (months) => Math.min(100, Math.max(0, ((months - first) / wide) * 100));
  return h("ul", { class: "standing" }, relations.map((relation) => {
    const left = relation.start ? share(place(relation.start)) : 0;
    const right = relation.end ? share(place(relation.end, true)) : 100;
    const open = [!relation.start && "unbegun", !relation.end && (relation.end_status === "ongoing" ? "ongoing" : "unended")].filter(Boolean);
    return h("li", {}, h("p", { class: "row" }, sentence(relation), h("span", { class: "small" }, span(relation)), statusChip(relation)),
      h("div", { class: "track", "aria-hidden": "true" }, h("i", { class: ["bar-of", relation.class, relation.attested ? "" : "alleged", ...open].filter(Boolean).join(" "),
        style: { left: `${left}%`, width: `${Math.max(1, right - left)}%` } })));
  }));
}
