// Elements, made of tags, attributes and text. Nothing here parses HTML, so whatever an actor is called stays text.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `on…` properties are listeners, `style` is an object, null and false leave an attribute out. */
export function h(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/** The same in SVG. */
export function svg(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, each] of Object.entries(value)) element.style.setProperty(key, each);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Put something else in a place. Whoever stood on a control with a `data-stop` stands on the same one afterwards. */
export function renew(place, ...children) {
  const stop = place.contains(document.activeElement) && document.activeElement.dataset.stop;
  place.replaceChildren(...children);
  if (stop) [...place.querySelectorAll("[data-stop]")].find((each) => each.dataset.stop === stop)?.focus({ preventScroll: true });
}

/** Say something to those who listen to the page rather than look at it. */
export function announce(words) {
  document.getElementById("live").textContent = words;
}

/** What `values` become by `made`, with `between` in between. */
export function joined(values, made, between = ", ") {
  return values.flatMap((value, index) => (index ? [between, made(value)] : [made(value)]));
}
