// A relation's evidence as a page of its own.

import { h } from "./dom.js";
import { fill } from "./evidence.js";

export function open(root, [id]) {
  const body = h("div", { class: "page narrow" });
  root.append(body);
  let known = undefined;
  return {
    title: () => "Evidence",
    async update(parameters) {
      if (known === parameters.get("known_at")) return;
      known = parameters.get("known_at");
      await fill(body, id, known);
    },
    leave() {},
  };
}
