"""What a relation can be: the tree agrees with the published codes and keeps its own promises; filters find ranges."""

from __future__ import annotations

import csv
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import Invalid
from graph.text import slug
from graph.vocabulary import (
    KINDS,
    NO_INTENSITY,
    QUAD_CLASSES,
    Attribute,
    RelationType,
    Type,
    load,
)

if TYPE_CHECKING:
    pass

ONTOLOGY = Path(__file__).parents[1] / ".." / "shared" / "data" / "ontology"

OWN = {
    "member-of", "part-of", "represents", "holds-office", "citizen-of", "employed-by", "owns", "directs", "family-of",
    "associate-of", "succeeds", "allied-with", "at-war-with", "recognizes", "publishes", "based-in", "sanction",
    "linked-to", "pays",
}  # fmt: skip
SPEECH_ROOTS = {"01", "02", "03", "10", "11", "12", "13"}
SPEECH_CODES = {"051", "052", "053", "055", "056"}
UNSCORED = {"155", "176", "1214", "1834", "1951", "1952"}
MIRRORS = {"040": "040", "041": "041", "044": "044", "046": "046", "057": "057", "042": "043", "043": "042"}

names = st.sampled_from([each.id for each in load().types])
filters = names | st.sampled_from([f"cameo:{each.codes.cameo}" for each in load().types if each.codes.cameo])


def cameo(code: str) -> Type:
    found = load().by_code("cameo", code)
    assert found is not None
    return found


def ancestors(each: Type) -> list[str]:
    """The type itself and all above it."""
    return [each.id, *(ancestors(load().get(each.parent)) if each.parent else [])]


@cache
def published() -> dict[str, dict[str, str]]:
    table = ONTOLOGY / "cameo_codes.csv"
    if not table.exists():
        pytest.skip("the published CAMEO table lies outside the repository, in ../shared, and is not here")
    with table.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row for row in csv.DictReader(lines)}


# The published codes


def test_all_318_published_codes_are_types_under_their_labels() -> None:
    assert len(published()) == 318
    assert {each.codes.cameo: each.label.casefold() for each in load().types if each.codes.cameo} == {
        code: row["label"].casefold() for code, row in published().items()
    }


def test_every_published_code_stands_below_its_parent() -> None:
    for code, row in published().items():
        if row["parent_code"]:
            assert cameo(row["parent_code"]).id in ancestors(cameo(code))[1:], code
        else:
            assert cameo(code).parent is None, code


def test_intensities_are_the_published_scores_and_where_there_is_none_the_parents() -> None:
    scores = {code: row["goldstein_icews"] for code, row in published().items()}
    assert {code for code, score in scores.items() if not score} == UNSCORED
    for code, row in published().items():
        assert cameo(code).intensity == float(scores[code] or scores[row["parent_code"]]), code


def test_classes_are_the_published_ones() -> None:
    for code, row in published().items():
        assert cameo(code).quad_class == QUAD_CLASSES[int(row["quad_class"]) - 1], code


def test_plover_codes_are_the_published_ones() -> None:
    for code, row in published().items():
        mode, context = row["plover_mode"], row["plover_context"]
        plover = row["plover_event"] + (f"/{mode}" if mode else "") + (f"#{context}" if context else "")
        assert cameo(code).codes.plover == (plover or None), code


def test_every_label_in_the_icews_files_finds_a_type() -> None:
    table = ONTOLOGY / "icews_relation_to_cameo.csv"
    if not table.exists():
        pytest.skip("the table of ICEWS labels lies outside the repository, in ../shared, and is not here")
    with table.open(encoding="utf-8", newline="") as lines:
        assert all(cameo(row["cameo_code"]) for row in csv.DictReader(lines))


# What the tree promises


def test_the_types_are_the_318_codes_and_our_own() -> None:
    assert len({each.codes.cameo for each in load().types if each.codes.cameo}) == 318
    assert {each.id for each in load().types if not each.codes.cameo} == OWN


def test_ids_are_slugs_of_labels_and_14_labels_stand_twice() -> None:
    twice = [each for each in load().types if each.id != slug(each.label)]
    assert [each.codes.cameo for each in twice] == [
        "030", "040", "050", "060", "070", "080", "090", "100", "110", "120", "130", "160", "170", "200",
    ]  # fmt: skip
    for each in twice:
        assert each.id == f"{slug(each.label)}-unspecified"
        assert each.parent == slug(each.label)
    assert cameo("040").id == "consult-unspecified"


def test_codes_are_strings() -> None:
    assert (cameo("010").id, cameo("10").id) == ("make-statement", "demand")
    assert cameo("01").id == "make-public-statement"


def test_texts_are_lines_for_readers() -> None:
    for each in load().types:
        assert re.fullmatch(r"[A-Z][^A-Z]*( WMD)?", each.label), each.label
        assert re.fullmatch(r"[a-z]+s( .*[a-z])?", each.inverse_label), each.inverse_label
        assert re.fullmatch(r"[A-Z][^\n]{20,148}\.", each.description), each.description
    assert len({each.description for each in load().types}) == len(load().types)
    assert len({each.inverse_label for each in load().types}) == len(load().types)


def test_speech_is_what_is_done_by_saying_it() -> None:
    for each in load().types:
        code = each.codes.cameo or "--"
        assert each.speech == (code[:2] in SPEECH_ROOTS or code[:3] in SPEECH_CODES), each.id
    assert not load().get("sanction").speech


def test_signs_follow_intensities_also_where_the_class_says_otherwise() -> None:
    assert {each.id: each.sign for each in load().types if each.quad_class == "structural" and each.sign} == {
        "allied-with": 1,
        "at-war-with": -1,
    }
    assert (cameo("012").quad_class, cameo("012").intensity, cameo("012").sign) == ("verbal-cooperation", -0.4, -1)
    assert (cameo("010").intensity, cameo("010").sign) == (0.0, 0)
    for each in load().types:
        intensity = each.intensity or 0.0
        assert each.sign == (intensity > 0) - (intensity < 0)
        assert each.tenths == (None if each.intensity is None else round(each.intensity * 10))


def test_our_own_intensities() -> None:
    assert {each.id: each.intensity for each in load().types if each.id in OWN and each.intensity is not None} == {
        "allied-with": 8.0,
        "at-war-with": -10.0,
        "sanction": -8.0,
    }


def test_mirrors_are_the_seven_and_no_others() -> None:
    assert {each.codes.cameo: each.mirror_of for each in load().types if each.mirror_of} == {
        code: (cameo(mirrored).id,) for code, mirrored in MIRRORS.items()
    }


def test_a_sanction_in_force_is_a_state_and_its_imposition_an_event() -> None:
    vocabulary = load()
    sanction, imposition = vocabulary.get("sanction"), cameo("163")
    assert (sanction.temporality, imposition.temporality) == ("state", "event")
    assert (sanction.parent, imposition.parent) == (cameo("16").id, "sanction")
    assert (sanction.quad_class, imposition.quad_class) == ("material-conflict", "material-conflict")
    assert (
        {"sector", "programme", "measure"} == set(sanction.relation_attributes) == set(imposition.relation_attributes)
    )
    assert "authority" in imposition.claim_attributes
    assert vocabulary.ranges("sanction") == [(sanction.number, imposition.number + 1)]
    ((low, high),) = vocabulary.ranges("cameo:16")
    assert low <= sanction.number < imposition.number < high


def test_what_is_ours_is_a_state_but_for_payments_and_what_is_coded_an_event() -> None:
    for each in load().types:
        assert each.temporality == ("state" if each.id in OWN - {"pays"} else "event"), each.id
        assert each.quad_class == "structural" or each.id not in OWN - {"sanction"}


def test_who_acts_for_whom_and_what_reads_both_ways() -> None:
    assert {each.id for each in load().types if each.acts_for} == {
        "represents",
        "holds-office",
        "part-of",
        "employed-by",
    }
    assert {each.id for each in load().types if each.symmetric} == {
        "allied-with",
        "at-war-with",
        "family-of",
        "associate-of",
    }


def test_kinds_have_an_order_and_unknown_may_stand_anywhere() -> None:
    for each in load().types:
        for kinds in (each.source_kinds, each.target_kinds):
            assert kinds[-1] == "unknown"
            assert list(kinds) == [kind for kind in KINDS if kind in kinds]
        if each.codes.cameo:
            assert (each.source_kinds, each.target_kinds) == (KINDS, KINDS)
    assert load().get("based-in").target_kinds == ("state", "place", "unknown")
    assert load().get("based-in").source_kinds == KINDS


def test_attributes_belong_to_the_relation_or_to_the_claim() -> None:
    rows = {"place", "latitude", "longitude", "source_sectors", "target_sectors", "story", "sentence"}
    for each in load().types:
        assert rows <= set(each.claim_attributes)
        assert not set(each.relation_attributes) & set(each.claim_attributes)
    assert {each.id for each in load().types if "title" in each.relation_attributes} == {"represents", "holds-office"}
    assert "percentage" in load().get("owns").claim_attributes


def test_codes_of_other_vocabularies_find_our_types() -> None:
    found = {
        ("ftm", "Membership"): "member-of",
        ("ftm", "Sanction"): "sanction",
        ("ftm", "Ownership"): "owns",
        ("wikidata", "P463"): "member-of",
        ("wikidata", "P39"): "holds-office",
        ("wikidata", "P1365"): "succeeds",
    }
    for (scheme, code), type_id in found.items():
        each = load().by_code(scheme, code)
        assert each is not None
        assert each.id == type_id
    assert load().by_code("cameo", "1") is None
    assert load().by_code("plover", "CONSULT") is None


# Numbers, ranges, tables


def test_a_type_and_its_descendants_are_one_range() -> None:
    for number, each in enumerate(load().types):
        assert each.number == number == load().number(each.id)
        below = {other.number for other in load().types if each.id in ancestors(other)}
        assert below == set(range(each.number, each.stop)), each.id


@given(st.lists(filters, max_size=4), st.booleans())
def test_ranges_hold_what_walking_the_parents_finds(wanted: list[str], exact: bool) -> None:  # noqa: FBT001 - drawn
    vocabulary = load()
    found = vocabulary.ranges(wanted, exact=exact)
    assert found == sorted(found)
    assert all(high < low for (_, high), (low, _) in pairwise(found))
    named = {cameo(name[6:]).id if name.startswith("cameo:") else name for name in wanted}
    assert {n for low, high in found for n in range(low, high)} == {
        each.number for each in vocabulary.types if named & set([each.id] if exact else ancestors(each))
    }


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cameo:1", "cameo:01"),
        ("cameo:21", "cameo:021"),
        ("cameo:1699", "cameo:16"),
        ("cameo:163 ", "cameo:163"),
        ("163", "cameo:163"),
        ("sanctoin", "sanction"),
        ("Make a visit", "make-a-visit"),
        ("member_of", "member-of"),
    ],
)
def test_a_name_that_is_none_is_refused_with_the_one_probably_meant(name: str, meant: str) -> None:
    with pytest.raises(Invalid) as refused:
        load().ranges(name)
    (fault,) = refused.value.faults
    assert (fault.where, fault.name) == ("parameter", "type")
    assert f'"{name.removeprefix("cameo:")}"' in fault.detail
    assert fault.detail.endswith(f'Was "{meant}" meant?')


@pytest.mark.parametrize("name", ["cameo:", "cameo:x", "cameo:999", "cameo:01٠", "", "?", "qqqqqq", "ftm:Sanction"])
def test_a_name_that_is_like_none_is_refused_without_a_guess(name: str) -> None:
    with pytest.raises(Invalid):
        load().ranges(name)


def test_every_unknown_name_of_a_filter_is_told() -> None:
    with pytest.raises(Invalid) as refused:
        load().ranges(["accus", "sanction", "cameo:1"])
    assert [fault.detail.split('"')[1] for fault in refused.value.faults] == ["accus", "1"]
    with pytest.raises(KeyError):
        load().get("accus")
    assert load().nearest("accus") == "accuse"


def test_tables_say_what_the_types_say_and_cannot_be_written() -> None:
    vocabulary = load()
    for number, each in enumerate(vocabulary.types):
        assert QUAD_CLASSES[vocabulary.quad_class[number]] == each.quad_class
        assert vocabulary.sign[number] == each.sign
        assert vocabulary.tenths[number] == (NO_INTENSITY if each.tenths is None else each.tenths)
        assert vocabulary.is_event[number] == (each.temporality == "event")
        assert vocabulary.symmetric[number] == each.symmetric
        assert vocabulary.speech[number] == each.speech
        assert vocabulary.acts_for[number] == each.acts_for
    with pytest.raises(ValueError, match="read-only"):
        vocabulary.sign[0] = 1


# What `/types` answers


def test_a_type_is_answered_with_its_children_attributes_and_count() -> None:
    answer = load().relation_type("sanction", 7).model_dump(mode="json")
    assert (answer["class"], answer["sign"], answer["intensity"], answer["relations"]) == (
        "material-conflict",
        -1,
        -8.0,
        7,
    )
    assert answer["children"] == ["impose-embargo-boycott-or-sanctions"]
    assert answer["attributes"]["relation"]["sector"]["type"] == "string"
    assert answer["codes"] == {"cameo": None, "plover": "SANCTION/discontinue", "ftm": "Sanction", "wikidata": None}
    assert set(answer) == {
        "id", "label", "inverse_label", "description", "parent", "children", "temporality", "symmetric", "mirror_of",
        "class", "sign", "intensity", "speech", "acts_for", "source_kinds", "target_kinds", "attributes", "codes",
        "relations",
    }  # fmt: skip


def test_children_are_those_whose_parent_it_is() -> None:
    for each in load().types:
        assert set(load().children(each.id)) == {other.id for other in load().types if other.parent == each.id}


def test_the_schema_promises_every_field_and_closes_no_list() -> None:
    schema = RelationType.model_json_schema(mode="serialization")
    assert set(schema["required"]) == set(schema["properties"])
    text = str(schema)
    assert "'enum'" not in text
    assert schema["properties"]["class"]["x-extensible-enum"] == list(QUAD_CLASSES)
    assert schema["properties"]["source_kinds"]["items"]["x-extensible-enum"] == list(KINDS)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("string", ["", "energy"], [1, None, ["energy"]]),
        ("number", [1, 0.5, -3], [True, "1", float("nan"), float("inf")]),
        ("integer", [0, -3], [1.0, True, "1"]),
        ("boolean", [True, False], [0, 1, "true"]),
        ("array of strings", [[], ["a", "b"]], ["a", [1], {"a": "b"}]),
    ],
)
def test_an_attribute_takes_values_of_its_type_only(kind: str, good: list[object], bad: list[object]) -> None:
    attribute = Attribute(type=kind, description="What it says.")
    assert all(attribute.accepts(value) for value in good)
    assert not any(attribute.accepts(value) for value in bad)


def test_faults_of_attributes_name_the_key_and_the_way_out() -> None:
    sanction = load().get("sanction")
    assert sanction.attribute_faults("relation", {"sector": "energy"}) == []
    assert sanction.attribute_faults("claim", {"authority": "Donald Trump", "latitude": 44}) == []
    assert sanction.attribute_faults("relation", {"sector": 1, "authority": "x", "sektor": "energy", "qqq": 1}) == [
        ("sector", '"sector" must be of type string.'),
        ("authority", '"authority" belongs to the claim, not to the relation.'),
        ("sektor", 'There is no attribute "sektor" here. Was "sector" meant?'),
        ("qqq", 'There is no attribute "qqq" here.'),
    ]
    assert sanction.attribute_faults("claim", {"sector": "energy"}) == [
        ("sector", '"sector" belongs to the relation, not to the claim.')
    ]
