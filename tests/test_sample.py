"""The sample graph says what the article says, statement by statement, and no more."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from graph.store import Live
from graph.transfer import load
from graph.vocabulary import load as vocabulary
from tests.asking import ask, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graph.store import Store

PROJECT = Path(__file__).parents[1]
SAMPLE = PROJECT / "graph" / "transfer" / "sample.ndjson"
ARTICLE = PROJECT.parent / "shared" / "seed" / "article.txt"
DAY, UPTO, OPEN = ("2026-02-09", "2026-02-09", "ended"), (None, "2026-02-09", "ended"), (None, None, "ongoing")
LONGEST_QUOTE = 12
PUBLISHER = ("unnamed-newspaper", "unknown")


class Said(NamedTuple):
    """One row of the encoding."""

    code: str
    source: str
    target: str
    span: tuple[str | None, str | None, str]
    claimant: str | None = None
    via: tuple[str, ...] = ()
    quote: str | None = None
    about: tuple[str, str] | None = None
    attributes: tuple[tuple[str, str], ...] = ()


TV = ("tv-brics",)
CONTENTS = {
    "C1": Said("160", "us", "russia", UPTO, "lavrov", TV, "They are creating artificial obstacles"),
    "C2": Said("160", "us", "brics", UPTO, "lavrov", TV, "The Americans themselves are creating artificial obstacles"),
    "C3": Said("110", "trump", "brics", UPTO, "lavrov", TV),
}
SAID = [
    *CONTENTS.values(),
    Said("012", "lavrov", "us", DAY, "lavrov", TV, "We also don't see any bright future in the economic sphere"),
    Said("030", "lavrov", "us", DAY, "lavrov", ("reuters",)),
    Said("112", "lavrov", "us", DAY, "lavrov", TV, "economic domination"),
    Said("112", "lavrov", "us", DAY, "lavrov", TV, "They are creating artificial obstacles", ("C1", "content")),
    Said("013", "russia", "us", UPTO, "russia"),
    Said("013", "dmitriev", "us", UPTO, "dmitriev"),
    Said("0311", "trump", "russia", UPTO, "trump"),
    Said("043", "trump", "putin", UPTO),
    Said("sanction", "us", "russia", OPEN, attributes=(("sector", "energy"),)),
    Said("111", "lavrov", "us", DAY, "lavrov", TV, None, ("D1", "evidence")),
    Said("111", "lavrov", "trump", DAY, "lavrov", TV, None, ("C3", "content")),
    Said("112", "lavrov", "us", DAY, "lavrov", TV, "The Americans themselves are creating", ("C2", "content")),
    Said("0311", "lavrov", "brics", DAY, "lavrov", TV, "We are simply obliged to look for additional, protected ways"),
    *(Said("member-of", member, "brics", OPEN) for member in ("russia", "china", "india", "brazil")),
    Said("holds-office", "lavrov", "russia", OPEN, attributes=(("title", "foreign minister"),)),
    Said("holds-office", "trump", "us", OPEN, attributes=(("title", "President"),)),
    Said("holds-office", "putin", "russia", OPEN, attributes=(("title", "President"),)),
    Said("represents", "dmitriev", "russia", OPEN, attributes=(("title", "envoy"),)),
]


@pytest.fixture
def asked(store: Store) -> Iterator[Callable[..., Any]]:
    load(store, SAMPLE.read_bytes().splitlines())
    live = Live(store)
    yield lambda name, **parameters: told(ask(live.current(), store, name, parameters))
    live.close()


def test_each_statement_is_encoded_once_and_nothing_else(asked: Callable[..., Any]) -> None:
    relations = asked("list_relations", limit=1000, include=["claims"])["items"]
    assert len(relations) == len(SAID)
    left = list(relations)
    for said in SAID:
        (found,) = [each for each in left if fits(each, said, relations)]
        left.remove(found)
    assert not left


def fits(relation: dict[str, Any], said: Said, relations: list[dict[str, Any]]) -> bool:
    kind = vocabulary().by_code("cameo", said.code) or vocabulary().get(said.code)
    (claim,) = relation["claims"]
    exact = claim["quote"]["exact"] if claim["quote"] else None
    return (
        relation["type"] == kind.id
        and (relation["source"]["id"], relation["target"]["id"]) == (said.source, said.target)
        and (relation["start"], relation["end"], relation["end_status"]) == said.span
        and relation["attributes"] == dict(said.attributes)
        and (claim["claimant"]["id"] if claim["claimant"] else None) == said.claimant
        and tuple(via["id"] for via in claim["via"]) == said.via
        and (exact is None if said.quote is None else (exact or "").startswith(said.quote))
        and about(relation, relations) == said.about
        and claim["stance"] == "affirms"
        and claim["document"]["publisher"]
        == {"id": "unnamed-newspaper", "name": "Unnamed newspaper", "kind": "unknown"}
        and claim["document"]["published_on"] == "2026-02-09"
    )


def about(relation: dict[str, Any], relations: list[dict[str, Any]]) -> tuple[str, str] | None:
    """What a relation is about, by its name in the encoding."""
    if relation["about"] is None:
        return None
    other = next(each for each in relations if each["id"] == relation["about"]["relation"])
    if other["type"] == "sanction":
        return "D1", relation["about"]["as"]
    ends = (other["source"]["id"], other["target"]["id"])
    name = next(name for name, said in CONTENTS.items() if (said.source, said.target) == ends)
    return name, relation["about"]["as"]


def test_who_is_alleged_to_do_something_is_not_attested_to_do_it(asked: Callable[..., Any]) -> None:
    for relation in asked("list_relations", limit=1000)["items"]:
        alleged = relation["label"] in {"Reduce relations", "Disapprove"}
        assert (relation["status"], relation["attested"]) == (("claimed", False) if alleged else ("reported", True))


def test_words_and_deeds_of_each_side_add_up_as_counted_by_hand(asked: Callable[..., Any]) -> None:
    parameters = {"id": "us", "with": ["russia"], "rollup": "representatives", "attested": "true"}
    counts: Counter[tuple[str, str]] = Counter()
    tenths: Counter[tuple[str, str]] = Counter()
    for relation in asked("list_actor_relations", **parameters)["items"]:
        key = (relation["direction"], relation["class"])
        counts[key] += 1
        tenths[key] += round(relation["intensity"] * 10)
    assert {key: (counts[key], tenths[key]) for key in counts} == {
        ("out", "verbal-cooperation"): (2, 80),
        ("out", "material-conflict"): (1, -80),
        ("in", "verbal-cooperation"): (4, 44),
        ("in", "verbal-conflict"): (5, -100),
    }


def test_nobody_is_made_a_party_whom_the_text_leaves_alone(asked: Callable[..., Any]) -> None:
    assert asked("list_actor_relations", id="ukraine", count="exact")["total"] == 0
    assert asked("get_actor", id="iso3:UKR")["id"] == "ukraine"
    assert asked("get_document", id="lavrov-interview-report")["text"] is None


def test_the_sample_again_adds_nothing(store: Store) -> None:
    lines = SAMPLE.read_bytes().splitlines()
    assert load(store, lines).revision == load(store, lines).revision == 1


@pytest.mark.skipif(not ARTICLE.is_file(), reason="the article lies beside the repository, and is not there")
def test_the_article_is_not_in_the_project() -> None:
    """No run of as many words as no quote has, but inside what a speaker is quoted with."""
    words = re.findall(r"\w+", ARTICLE.read_text(encoding="utf-8").lower())
    quotes = [" ".join(re.findall(r"\w+", said.quote.lower())) for said in SAID if said.quote]
    runs = {" ".join(words[at : at + LONGEST_QUOTE]) for at in range(len(words) - LONGEST_QUOTE + 1)}
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split()
    for name in listed:
        path = PROJECT / name
        if path.suffix in {".py", ".md", ".ndjson", ".toml", ".json"} and path.is_file():
            text = " ".join(re.findall(r"\w+", path.read_text(encoding="utf-8").lower()))
            found = {run for run in runs if run in text}
            assert not [run for run in found if not any(run in quote or quote in run for quote in quotes)], name
