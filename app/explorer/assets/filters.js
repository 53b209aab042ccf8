// What an address asks for, as the API has it.

import { CLASSES } from "./words.js";

/** The classes that are shown: all, unless the address names some. */
export function chosen(parameters) {
  const named = parameters.getAll("class").filter((each) => CLASSES.includes(each));
  return named.length ? named : CLASSES;
}

/** The parameters that every question about relations takes. */
export function filters(parameters) {
  const classes = chosen(parameters);
  return { class: classes.length < CLASSES.length ? classes : null, valid_at: parameters.get("valid_at"), known_at: parameters.get("known_at"),
    rollup: parameters.get("rollup") };
}

/** What counts: null where alleged relations are wanted too. */
export function attested(parameters) {
  return parameters.get("alleged") === "no" ? "true" : null;
}
