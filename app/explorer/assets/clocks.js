// The two clocks: a slider for when things hold in the world, a switch for when the service knew them.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { amended, go } from "./route.js";
import { day } from "./words.js";

const MARGIN = 12; // months before the first dated relation, whose beginning is often not known

/** Both clocks; `update(parameters)` shows where they stand. */
export function clocks() {
  let months = [];
  const slider = h("input", { type: "range", min: "0", value: "0", max: "0", "aria-label": "When it holds" });
  const shown = h("output", {});
  const allTime = h("button", { type: "button", class: "quiet", onclick: () => go(amended({ valid_at: null })) }, "Any time");
  const date = h("input", { type: "date", "aria-label": "As known on", hidden: true });
  const known = h("label", { class: "row switch" }, h("input", { type: "checkbox", role: "switch" }), "Known at");
  const box = known.querySelector("input");

  const value = () => months[Number(slider.value) - 1] ?? null;
  slider.addEventListener("input", () => label(value()));
  slider.addEventListener("change", () => go(amended({ valid_at: value() })));
  box.addEventListener("change", () => {
    date.hidden = !box.checked;
    if (box.checked) date.focus();
    else go(amended({ known_at: null }));
  });
  date.addEventListener("change", () => go(amended({ known_at: date.value || null })));

  const label = (valid) => {
    shown.value = valid ? day(valid) : "any time";
    slider.setAttribute("aria-valuetext", shown.value);
  };
  label(null);
  const ready = ask(["stats"]).then((stats) => {
    months = stats.first_day ? between(stats.first_day, stats.last_day) : [];
    slider.max = String(months.length);
  }).catch(() => {});
  return {
    element: h("div", { class: "clocks", role: "group", "aria-label": "Clocks" }, h("span", { class: "row when" }, h("span", { "aria-hidden": "true" }, "Holds at"), slider, shown, allTime),
      h("span", { class: "row" }, known, date)),
    async update(parameters) {
      await ready;
      const valid = parameters.get("valid_at");
      slider.value = String(valid ? Math.max(0, months.indexOf(valid.slice(0, 7))) + 1 : 0);
      if (valid && !months.includes(valid.slice(0, 7))) slider.value = "0";
      label(valid);
      allTime.disabled = !valid;
      const at = parameters.get("known_at");
      box.checked = Boolean(at);
      date.hidden = !at;
      date.value = /^\d{4}-\d\d-\d\d$/.test(at ?? "") ? at : "";
      date.title = at && !date.value ? `revision or instant ${at}` : "";
    },
  };
}

/** Every month from a year before the first day to today, or to a quarter after the last day if that is long ago. */
function between(first, last) {
  const number = (date) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
  const today = number(new Date().toISOString());
  const until = today - number(last) < 36 ? Math.max(today, number(last)) : number(last) + 3;
  const found = [];
  for (let month = number(first) - MARGIN; month <= until; month += 1) {
    found.push(`${String(Math.floor(month / 12)).padStart(4, "0")}-${String((month % 12) + 1).padStart(2, "0")}`);
  }
  return found;
}
