// The page: which view an address means, and what all views share. Begin reading here.

import { announce, h } from "./dom.js";
import * as evidence from "./evidence.js";
import * as find from "./find.js";
import { here } from "./route.js";
import { failed } from "./states.js";
import * as theme from "./theme.js";

// A view is opened once for a path and then told of every change of its parameters, so its controls keep their focus.
const VIEWS = {
  "": () => import("./view-start.js"),
  actors: () => import("./view-actor.js"),
  between: () => import("./view-between.js"),
  documents: () => import("./view-document.js"),
  find: () => import("./view-find.js"),
  paths: () => import("./view-paths.js"),
  relations: () => import("./view-relation.js"),
};

const main = document.getElementById("main");
let shown = { key: null, view: null };
let turn = 0;

async function show() {
  const { parts, parameters } = here();
  evidence.follow(parameters);
  const key = parts.join("/");
  const mine = ++turn;
  try {
    const turned = shown.key !== key;
    const first = shown.key === null;
    if (turned) await turnTo(key, parts, mine);
    if (mine !== turn) return;
    await shown.view.update(parameters);
    if (mine !== turn) return;
    document.title = [shown.view.title(), "Entente"].filter(Boolean).join(" – ");
    if (turned && !first && !document.querySelector("dialog[open]")) (main.querySelector("h1") ?? main).focus({ preventScroll: true });
  } catch (error) {
    if (mine === turn) main.replaceChildren(h("div", { class: "page narrow" }, failed(error, () => location.reload())));
  }
}

async function turnTo(key, parts, mine) {
  const { open } = await (VIEWS[parts[0] ?? ""] ?? lost)();
  if (mine !== turn) return;
  shown.view?.leave();
  main.replaceChildren();
  shown = { key, view: open(main, parts.slice(1)) };
  scrollTo(0, 0);
}

async function lost() {
  return {
    open(root) {
      root.append(h("div", { class: "page narrow" }, h("h1", { tabindex: "-1" }, "There is nothing here"),
        h("p", {}, h("a", { href: "#/" }, "Back to the start"))));
      announce("There is nothing here");
      return { title: () => "Nothing here", update() {}, leave() {} };
    },
  };
}

theme.start(document.getElementById("theme"));
find.start(document.querySelector(".seek"));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
document.querySelector(".foot").append(
  h("p", {}, "Entente keeps who said what, in which words, and when it was known. ",
    h("b", {}, "Solid"), " is attested; ", h("b", {}, "dashed"), " is only alleged."),
  h("p", {}, h("a", { href: "docs" }, "Everything here can be asked for by program"), " · drawn with Cytoscape.js"));
addEventListener("hashchange", show);
show();
