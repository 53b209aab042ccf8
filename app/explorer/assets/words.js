// What the words of the API are called on the page, and what they mean in a sentence.

export const CLASSES = ["verbal-cooperation", "material-cooperation", "verbal-conflict", "material-conflict", "structural"];

export const CLASS_NAMES = {
  "verbal-cooperation": "Friendly words",
  "material-cooperation": "Friendly deeds",
  "verbal-conflict": "Hostile words",
  "material-conflict": "Hostile deeds",
  structural: "Standing ties",
};

export const CLASS_TERMS = {
  "verbal-cooperation": "Verbal cooperation",
  "material-cooperation": "Material cooperation",
  "verbal-conflict": "Verbal conflict",
  "material-conflict": "Material conflict",
  structural: "Structural: offices, memberships",
};

const STATUSES = {
  reported: "Attested: whoever answers for it says so.",
  claimed: "Only alleged: somebody says so, and nobody who answers for it.",
  disputed: "Some affirm it, others deny it.",
  denied: "Denied, and affirmed by nobody.",
  doubted: "Only doubted.",
};

const ABOUT = {
  content: "what was said",
  evidence: "the evidence for it",
  response: "a response to it",
  retaliation: "a retaliation for it",
  condition: "a condition of it",
};

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** What a status means. */
export function meaning(status) {
  return STATUSES[status] ?? status;
}

/** How one relation is about another. */
export function aboutness(as) {
  return ABOUT[as] ?? as;
}

/** A partial date as people write it: `9 February 2026`, `February 2026`, `2026`. */
export function day(date) {
  const [year, month, dayOfMonth] = date.split("-");
  if (!month) return year;
  const named = `${MONTHS[Number(month) - 1]} ${year}`;
  return dayOfMonth ? `${Number(dayOfMonth)} ${named}` : named;
}

/** When a relation holds. An event with an end alone lies some time before it. */
export function span({ start, end, end_status: status }) {
  if (start && start === end) return day(start);
  if (start && end) return `${day(start)} to ${day(end)}`;
  if (end) return `some time up to ${day(end)}`;
  const begun = start ? `since ${day(start)}` : "since an unknown day";
  return status === "ongoing" ? `${begun}, still in force` : `${begun}, end unknown`;
}

/** An instant, to the minute. */
export function instant(at) {
  return `${day(at.slice(0, 10))}, ${at.slice(11, 16)} UTC`;
}

/** A whole number as people write it. By hand: the browser's own way first loads the rules of all languages. */
export function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number with its noun. */
export function counted(count, one, many = `${one}s`) {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A number with its sign, as typesetters write it. */
export function signed(value) {
  return value > 0 ? `+${value}` : value < 0 ? `−${Math.abs(value)}` : "0";
}

/** The attributes of a relation or claim in words. */
export function attributes(values) {
  return Object.entries(values).map(([key, value]) => `${key.replaceAll("_", " ")}: ${value}`).join(" · ");
}
