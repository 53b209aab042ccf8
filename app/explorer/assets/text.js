// Text of the world: offsets that count code points, names in any direction, controls that would hide what is there.

import { h } from "./dom.js";

const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/gu;
// Joiners are spelling in scripts whose letters join, and in pictures; among other letters they only hide.
const JOINED = /[\p{L}\p{M}\p{Extended_Pictographic}\ufe0f]$/u;
const UNJOINED = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Han}]$/u;

/** A text with what can't be seen made visible: an override of direction must not turn one name into another. */
export function visible(text) {
  return text.replace(CONTROLS, (control, at) => {
    if (control === "\n") return control;
    const before = text.slice(Math.max(0, at - 2), at);
    return (control === "\u200c" || control === "\u200d") && JOINED.test(before) && !UNJOINED.test(before) ? control : "⌧";
  });
}

/** A name as an element of its own direction. */
export function name(text) {
  return h("bdi", { dir: "auto" }, visible(text));
}

/** A text cut at `[start, end)` pairs of code points: pieces of {text, marked}. JavaScript counts UTF-16 units. */
export function cut(text, spans) {
  const points = Array.from(text);
  const pieces = [];
  let at = 0;
  for (const [start, end] of united(spans)) {
    if (start > at) pieces.push({ text: points.slice(at, start).join(""), marked: false });
    pieces.push({ text: points.slice(start, end).join(""), marked: true });
    at = end;
  }
  if (at < points.length) pieces.push({ text: points.slice(at).join(""), marked: false });
  return pieces;
}

function united(spans) {
  const found = [];
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}

/** The pieces as elements, the marked ones as such. */
export function marked(text, spans) {
  return cut(text, spans).map((piece) => (piece.marked ? h("mark", {}, visible(piece.text)) : piece.text));
}
