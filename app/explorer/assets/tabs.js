// Tabs with one stop for the Tab key; the arrow keys go from one to the next.

import { h } from "./dom.js";

let _tabs = 0;

/** Tabs of [label, element] pairs; the first is open. */
export function tabs(label, pages) {
  const base = `tab${++_tabs}`;
  const buttons = pages.map(([title], index) => h("button", { type: "button", role: "tab", id: `${base}-${index}`, "aria-controls": `${base}-${index}-page`,
    onclick: () => choose(index) }, title));
  pages.forEach(([, element], index) => {
    for (const [key, value] of [["role", "tabpanel"], ["id", `${base}-${index}-page`], ["aria-labelledby", `${base}-${index}`], ["tabindex", "0"]]) element.setAttribute(key, value);
  });

  function choose(index, focus = false) {
    buttons.forEach((button, each) => {
      button.setAttribute("aria-selected", String(each === index));
      button.tabIndex = each === index ? 0 : -1;
      pages[each][1].hidden = each !== index;
    });
    if (focus) buttons[index].focus();
  }

  const bar = h("div", { class: "tabs", role: "tablist", "aria-label": label, onkeydown: (event) => {
    const at = buttons.indexOf(document.activeElement);
    const goal = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    choose((goal + buttons.length) % buttons.length, true);
  } }, buttons);
  choose(0);
  return h("div", { class: "tabbed" }, bar, pages.map(([, element]) => element));
}
