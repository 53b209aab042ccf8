// What a program in TypeScript does with the types that openapi-typescript makes: node client.js URL KEY
import createClient from "openapi-fetch";
import type { components, paths } from "./entente.js";

declare const process: { argv: string[] };
const [, , baseUrl = "", key = ""] = process.argv;
const client = createClient<paths>({ baseUrl });

function hold(truth: boolean, sentence: string): asserts truth {
  if (!truth) throw new Error(`NOT SO: ${sentence}`);
}

// A list with filters, as typed fields.
const sanctions = await client.GET("/actors/{id}/relations", {
  params: { path: { id: "russia" }, query: { type: ["sanction"], valid_at: "2026-02-09", include: ["claims", "about"] } },
});
const [sanction] = sanctions.data?.items ?? [];
hold(sanction !== undefined && sanction.source.id === "us", "Russia is sanctioned by the United States");
hold(sanction.start === null && sanction.end_status === "ongoing" && sanction.intensity === -8, "and still is");
hold(sanction.claims?.[0]?.document?.publisher.kind === "unknown", "as a publisher that is not named says");

// All pages.
const walked: components["schemas"]["Relation"][] = [];
let cursor: string | undefined;
do {
  const page = await client.GET("/relations", { params: { query: { limit: 5, cursor } } });
  hold(page.data !== undefined, "a page comes after a page");
  walked.push(...page.data.items);
  cursor = page.data.next ?? undefined;
} while (cursor !== undefined);
const stats = await client.GET("/stats");
hold(new Set(walked.map((each) => each.id)).size === stats.data?.relations, "the pages are the whole list");

// A problem, as its own type.
const nobody = await client.GET("/actors/{id}", { params: { path: { id: "russa" } } });
hold(nobody.data === undefined && nobody.error?.status === 404, "an unknown actor is a problem");
hold(nobody.error.detail.includes('"russia"'), "which names who was meant");

// A write, and the record amended by its tag.
const headers = { Authorization: `Bearer ${key}` };
const added = await client.POST("/actors", { headers, body: { kind: "organization", name: "TypeScript Desk" } });
hold(added.data?.id === "typescript-desk", "an actor is recorded");
const amended = await client.PUT("/actors/{id}", {
  headers,
  params: { path: { id: added.data.id }, header: { "If-Match": added.response.headers.get("etag") ?? "" } },
  body: { kind: "organization", name: "The TypeScript Desk" },
});
hold(amended.data !== undefined && "version" in amended.data && amended.data.version === 2, "and amended");
