// The legend, which is the filter: each class of relations can be switched off, and so can what is only alleged.

import { h } from "./dom.js";
import { chosen } from "./filters.js";
import { amended, go, here } from "./route.js";
import { swatch } from "./show.js";
import { CLASS_NAMES, CLASS_TERMS, CLASSES, grouped } from "./words.js";

/** A legend; `update(parameters, counts)` shows what is on and how many there are. */
export function legend() {
  const buttons = new Map(CLASSES.map((quadClass) => [quadClass, h("button", { type: "button", class: "toggle", title: CLASS_TERMS[quadClass],
    "data-class": quadClass, onclick: () => toggle(quadClass) }, swatch(quadClass), h("span", {}, CLASS_NAMES[quadClass]), h("small", {}))]));
  const alleged = h("button", { type: "button", class: "toggle", "data-class": "alleged", title: "What is only claimed, and vouched for by nobody who answers for it",
    onclick: () => go(amended({ alleged: here().parameters.get("alleged") === "no" ? null : "no" })) },
  h("i", { class: "swatch alleged", "aria-hidden": "true" }), "Only alleged");
  return {
    element: h("div", { class: "legend", role: "group", "aria-label": "Legend and filter" }, [...buttons.values()], alleged),
    update(parameters, counts = {}) {
      const on = chosen(parameters);
      for (const [quadClass, button] of buttons) {
        button.setAttribute("aria-pressed", String(on.includes(quadClass)));
        button.querySelector("small").textContent = counts[quadClass] === undefined ? "" : ` ${grouped(counts[quadClass])}`;
      }
      alleged.setAttribute("aria-pressed", String(parameters.get("alleged") !== "no"));
    },
  };
}

function toggle(quadClass) {
  const on = chosen(here().parameters);
  const wanted = on.includes(quadClass) ? on.filter((each) => each !== quadClass) : CLASSES.filter((each) => on.includes(each) || each === quadClass);
  go(amended({ class: wanted.length && wanted.length < CLASSES.length ? wanted : null })); // the last one off means all on
}
