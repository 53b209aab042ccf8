// To take away: the address as a curl command, the table as CSV, the picture as PNG, the graph as GraphML.

import { announce, h } from "./dom.js";

/** A button that does something and says that it is done. */
export function tool(label, act) {
  const button = h("button", { type: "button", class: "quiet", onclick: async () => {
    const said = await act();
    if (!said) return;
    announce(said);
    button.dataset.done = "yes";
    setTimeout(() => delete button.dataset.done, 1500);
  } }, label);
  return button;
}

/** Copy the command that asks the same. `asked()` is the address of the question. */
export function curl(asked) {
  return tool("Copy as curl", async () => {
    const command = `curl -s '${String(asked()).replaceAll("'", "%27")}'`;
    await copied(command);
    return `Copied: ${command}`;
  });
}

async function copied(words) {
  try {
    await navigator.clipboard.writeText(words);
  } catch { // no clipboard without HTTPS: by hand
    const dialog = h("dialog", { class: "plain", "aria-label": "Copy" }, h("textarea", { rows: "4", readonly: true }), h("form", { method: "dialog" }, h("button", {}, "Close")));
    dialog.querySelector("textarea").value = words;
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("textarea").select();
  }
}

/** Save something under a name; it never leaves the machine. */
export function save(name, content, mediaType) {
  const blob = content instanceof Blob ? content : new Blob([content], { type: mediaType });
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return `Saved as ${name}`;
}

/** A picture in SVG as PNG, twice as large, with the colours that the stylesheet gives it now. */
export async function pictureOf(drawn) {
  const copy = drawn.cloneNode(true);
  const [own, copied_] = [drawn, copy].map((each) => [each, ...each.querySelectorAll("*")]);
  own.forEach((each, index) => {
    const style = getComputedStyle(each);
    for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size"]) copied_[index].setAttribute(name, style.getPropertyValue(name));
  });
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  const canvas = h("canvas", { width: 2 * image.width, height: 2 * image.height });
  const pen = canvas.getContext("2d");
  pen.fillStyle = getComputedStyle(document.body).backgroundColor;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Rows as CSV (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe. */
export function csv(rows) {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** A drawn network as GraphML, one edge for each pair and class. */
export function graphml({ nodes, edges }) {
  const keys = { node: ["name", "kind", "hop"], edge: ["class", "count", "attested", "first", "last"] };
  const xml = document.implementation.createDocument("http://graphml.graphdrawing.org/xmlns", "graphml");
  const add = (parent, tag, attributes, text = null) => {
    const element = xml.createElementNS(xml.documentElement.namespaceURI, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== null) element.textContent = String(text).replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
    parent.append(element);
    return element;
  };
  const numbers = ["hop", "count", "attested"];
  for (const [kind, names] of Object.entries(keys)) {
    for (const name of names) add(xml.documentElement, "key", { id: name, for: kind, "attr.name": name, "attr.type": numbers.includes(name) ? "int" : "string" });
  }
  const graph = add(xml.documentElement, "graph", { edgedefault: "directed" });
  for (const node of nodes.values()) {
    const element = add(graph, "node", { id: node.id });
    for (const [key, value] of [["name", node.name], ["kind", node.kind], ["hop", node.depth]]) add(element, "data", { key }, value);
  }
  edges.forEach((edge, index) => {
    const element = add(graph, "edge", { id: `e${index}`, source: edge.source, target: edge.target });
    for (const key of keys.edge) if (edge[key] !== null) add(element, "data", { key }, edge[key]);
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(xml)}`;
}
