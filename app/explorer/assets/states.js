// What a view shows while it has nothing to show: waiting, nothing found (and what was searched), something went wrong.

import { announce, h } from "./dom.js";
import { ask } from "./api.js";
import { amended, here } from "./route.js";
import { counted, day } from "./words.js";

/** A place held for what is being asked for. */
export function waiting(lines = 3) {
  return h("div", { class: "waiting", "aria-busy": "true" }, h("span", { class: "unseen" }, "Loading"),
    Array.from({ length: lines }, () => h("i", {})));
}

/** Nothing found: in what, and what would widen the question. */
export function nothing(sentence) {
  const box = h("div", { class: "nothing" }, h("p", { class: "lead" }, sentence));
  announce(sentence);
  coverage().then((words) => box.append(words)).catch(() => {});
  return box;
}

async function coverage() {
  const { parameters } = here();
  const known = parameters.get("known_at");
  const stats = await ask(["stats"], { known_at: known });
  const searched = stats.relations
    ? `Searched: ${counted(stats.relations, "relation")} between ${counted(stats.actors, "actor")}, ` +
      `${counted(stats.claims, "claim")} from ${counted(stats.documents, "document")} and ${counted(stats.datasets, "dataset")}` +
      (stats.first_day ? `, dated ${stats.first_day === stats.last_day ? day(stats.first_day) : `${day(stats.first_day)} to ${day(stats.last_day)}`}.` : ".")
    : "Nothing at all was known then.";
  const wider = [
    parameters.get("valid_at") && h("a", { href: amended({ valid_at: null }) }, "Any time"),
    known && h("a", { href: amended({ known_at: null }) }, "As known today"),
    parameters.has("class") && h("a", { href: amended({ class: null }) }, "All kinds of relations"),
  ].filter(Boolean);
  return h("div", {}, h("p", {}, searched), wider.length > 0 && h("p", { class: "row" }, "Ask wider: ", wider));
}

/** What went wrong, in the service's words. */
export function failed(error, again) {
  if (error.name === "AbortError") return "";
  if ([404, 410].includes(error.status) && here().parameters.has("known_at")) return nothing(`Not known then. ${error.message}`);
  announce(error.message);
  if (!error.status && !error.faults) console.error(error);
  return h("div", { class: "failed", role: "alert" }, h("h2", {}, error.title ?? "Something went wrong"), h("p", {}, error.message),
    (error.faults ?? []).filter((fault) => fault !== error.message).map((fault) => h("p", {}, fault)),
    again && h("button", { type: "button", onclick: again }, "Try again"));
}
