// The start: what this is in one sentence, the story of the sample, and questions to click.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { box } from "./find.js";
import { go, to } from "./route.js";
import { actor, entry, swatch } from "./show.js";
import { failed, waiting } from "./states.js";
import { CLASS_NAMES, CLASSES, counted, day } from "./words.js";

const STORY = ["lavrov", "trump", "brazil"]; // some of those whom the sample's questions are about

export function open(root) {
  const questions = h("div", { class: "questions" }, waiting(3));
  const story = h("section", { class: "story", "aria-label": "The story" }, waiting(5));
  const size = h("p", { class: "small quietly" }, "\u00a0");
  root.append(h("div", { class: "page" }, h("div", { class: "hero" },
    h("h1", { tabindex: "-1" }, "Who says what about whom, in which words, when it held, and when we knew it."),
    h("p", { class: "lead" }, "A graph of political claims. Deeds that are attested, words as they were spoken, and accusations that stay accusations until somebody vouches for them."),
    box("Find an actor, a quote, a document", (hit) => go(to(["actors", hit.id])), (query) => go(to(["find"], { q: query }))), size),
  questions, story));
  let filled = false;

  async function update() {
    if (filled) return;
    filled = true;
    try {
      const [stats, known] = await Promise.all([ask(["stats"]), sampled()]);
      size.textContent = `${counted(stats.relations, "relation")} between ${counted(stats.actors, "actor")}, resting on ${counted(stats.claims, "claim")}` +
        (stats.last_day ? `, up to ${day(stats.last_day)}` : "");
      if (known) {
        questions.replaceChildren(...asked());
        story.replaceChildren(...(await told()));
      } else {
        questions.replaceChildren(...(await busiest()));
        story.replaceChildren();
      }
    } catch (error) {
      filled = false;
      questions.replaceChildren();
      story.replaceChildren(failed(error, update));
    }
  }
  return { title: () => "", update, leave() {} };
}

/** Whether this is the sample graph, or has it in it: its actors have the ids that the questions name. */
async function sampled() {
  const found = await Promise.all(STORY.map((id) => ask(["actors"], { q: id })));
  return found.every(({ items }, index) => items.some((actor) => actor.id === STORY[index]));
}

function card(question, hint, address) {
  return h("a", { class: "question", href: address }, h("b", {}, question), h("span", {}, hint));
}

function asked() {
  return [
    card("What does Washington say to Moscow, and what does it do?", "Words and deeds of both sides, side by side", to(["between", "us", "russia"])),
    card("What does Lavrov accuse others of, and does it stand?", "His words, and what nobody vouches for yet", to(["actors", "lavrov"], { class: ["verbal-conflict", "material-conflict"] })),
    card("What lies between Trump and Brazil?", "The shortest ways, each step with its evidence", to(["paths", "trump", "brazil"])),
  ];
}

/** The sample's story: what is said from one side to the other beside what is done, straight from the API. */
async function told() {
  const said = { class: ["verbal-conflict", "verbal-cooperation"], include: "claims" };
  const both = { between: ["us", "russia"], include: "claims" };
  const [deeds, ...words] = await Promise.all([ask(["relations"], { ...both, class: "material-conflict" }),
    ask(["relations"], { ...said, source: "trump", target: "russia", limit: 1 }), ask(["relations"], { ...said, source: "lavrov", has_quote: "true", limit: 3 })]);
  return [h("div", { class: "column" }, h("h2", {}, "What is said"), h("ul", { class: "entries" }, words.flatMap((page) => page.items).map(entry))),
    h("div", { class: "column" }, h("h2", {}, "What is done, and what is only alleged"), h("ul", { class: "entries" }, deeds.items.map(entry)),
      h("p", { class: "small row key" }, CLASSES.map((each) => h("span", { class: "row" }, swatch(each), CLASS_NAMES[each])), h("span", { class: "row" }, h("i", { class: "swatch alleged" }), "Only alleged")))];
}

async function busiest() {
  const { items } = await ask(["actors"], { sort: "-degree", limit: 12 });
  return [h("section", { class: "busiest" }, h("h2", {}, "The busiest actors"), h("ul", { class: "row" }, items.map((each) => h("li", {}, actor(each)))))];
}
