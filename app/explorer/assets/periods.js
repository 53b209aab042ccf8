// Months, quarters and years: what a timeline's rows are put together to, and how a day lies among them.

export const UNITS = { month: 1, quarter: 3, year: 12 };

/** Months since the year 0 of a date or period that begins with a year and perhaps a month. */
export function month(date) {
  return Number(date.slice(0, 4)) * 12 + Math.max(0, Number(date.slice(5, 7)) - 1);
}

/** The unit whose columns are wide enough: `months` of time on `width` pixels, each column at least `least` wide. */
export function unitFor(months, width, least = 11) {
  return Object.keys(UNITS).find((unit) => (months / UNITS[unit]) * least <= width) ?? "year";
}

/** The first month of the period that a month lies in. */
export function floor(at, unit) {
  return at - (at % UNITS[unit]);
}

/** A period as people write it. */
export function named(at, unit) {
  const year = Math.floor(at / 12);
  if (unit === "year") return String(year);
  if (unit === "quarter") return `${year} Q${Math.floor((at % 12) / 3) + 1}`;
  return new Date(Date.UTC(year, at % 12, 1)).toLocaleDateString("en", { month: "short", year: "numeric", timeZone: "UTC" });
}

/** A day as months with a fraction; the end of the date if `late`. */
export function place(date, late = false) {
  const [year, monthOf, day] = date.split("-").map(Number);
  if (!monthOf) return year * 12 + (late ? 12 : 0);
  if (!day) return year * 12 + monthOf - 1 + (late ? 1 : 0);
  return year * 12 + monthOf - 1 + (day - (late ? 0 : 1)) / 31;
}
