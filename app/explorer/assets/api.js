// The public API, and nothing but it. Addresses are relative to the page, so the service may stand below any prefix.

/** An answer that is no 2xx, as RFC 9457 has it. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `The service answered ${status}.`);
    this.status = status;
    this.title = body.title || "The service could not answer";
    this.faults = (body.errors || []).map((error) => error.detail).filter(Boolean);
  }
}

/** The address of a question: path parts are quoted, arrays repeat, what is null or empty is left out. */
export function address(parts, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== null && each !== undefined && each !== "") query.append(name, each);
    }
  }
  const path = parts.map(encodeURIComponent).join("/");
  return new URL(String(query) ? `${path}?${query}` : path, document.baseURI);
}

/** Ask a question. Errors: `Problem`; an `AbortError` if `signal` says so. */
export async function ask(parts, parameters = {}, signal = undefined) {
  let answer;
  try {
    answer = await fetch(address(parts, parameters), { headers: { accept: "application/json" }, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { title: "The service can't be reached", detail: "Nothing answered. Try again in a moment." });
  }
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => ({})));
  return answer.json();
}

/** All pages of a list, up to `most` items. */
export async function askAll(parts, parameters, most, signal) {
  const items = [];
  let cursor = null;
  do {
    const page = await ask(parts, { ...parameters, limit: Math.min(1000, most), cursor }, signal);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor && items.length < most);
  return { items, more: Boolean(cursor) };
}
