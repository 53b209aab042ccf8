"""The vocabulary's data files: what breaks a rule is refused with its file and entry, and a new type is an entry."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.vocabulary import VocabularyError, load, read

DATA = Path(__file__).parents[1] / "graph" / "vocabulary" / "data"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def files(**texts: str) -> Path:
        folder = tmp_path / f"data{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for name, text in texts.items():
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        return folder

    return files


def entry(type_id: str, **keys: Any) -> str:  # noqa: ANN401 - what TOML can say
    """A sound state, but for what is said otherwise; None leaves a key out, other values are TOML already."""
    stated = {
        "label": f'"{type_id.capitalize()}"',
        "inverse_label": f'"is {type_id} by"',
        "description": '"Does it."',
        "temporality": '"state"',
        "quad_class": '"structural"',
        **keys,
    }
    return "\n".join([f"[{type_id}]", *(f"{key} = {value}" for key, value in stated.items() if value is not None), ""])


def event(type_id: str, code: str, **keys: Any) -> str:  # noqa: ANN401 - what TOML can say
    return entry(type_id, **{"temporality": None, "codes": f'{{ cameo = "{code}" }}', **keys})


def faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(VocabularyError) as refused:
        read(folder)
    assert str(refused.value).splitlines()[1:] == list(refused.value.faults)
    assert pickle.loads(pickle.dumps(refused.value)).faults == refused.value.faults  # noqa: S301 - our own
    return refused.value.faults


QUAD_CLASSES = "verbal-cooperation, material-cooperation, verbal-conflict, material-conflict, structural"
KINDS = "state, bloc, organization, person, group, place, unknown"
ATTRIBUTE_TYPES = "string, number, integer, boolean, array of strings"
NOTE = '{ note = { type = "string", description = "A note." } }'

BAD: dict[str, tuple[str, list[str]]] = {
    "unknown key": (
        entry("likes", lable='"Likes"'),
        ["a.toml [likes]: unknown key lable; was label meant?"],
    ),
    "unknown key unlike any": (entry("likes", zzzzz="1"), ["a.toml [likes]: unknown key zzzzz"]),
    "missing inverse label": (
        entry("likes", inverse_label=None, description=None),
        ["a.toml [likes]: inverse_label is missing", "a.toml [likes]: description is missing"],
    ),
    "empty label": (
        entry("likes", label='""'),
        ["a.toml [likes]: label: String should have at least 1 character"],
    ),
    "not a table": ('label = "Likes"', ["a.toml [label]: is a value outside any table; a type is a table [id]"]),
    "id no slug": (
        entry("Likes", label='"Likes"'),
        ["a.toml [Likes]: the id is not a slug of a-z, 0-9 and single hyphens"],
    ),
    "alias taken": (
        entry("likes") + entry("loves", aliases='["likes"]'),
        ["a.toml [loves]: likes is taken by a.toml [likes]"],
    ),
    "alias no slug": (
        entry("likes", aliases='["I like"]'),
        ["a.toml [likes]: aliases.0: String should match pattern '^[a-z0-9]+(-[a-z0-9]+)*$'"],
    ),
    "alias twice": (
        entry("likes", aliases='["admires"]') + entry("loves", aliases='["admires"]'),
        ["a.toml [loves]: admires is taken by a.toml [likes]"],
    ),
    "missing parent": (
        entry("likes") + entry("loves", parent='"like"'),
        ["a.toml [loves]: parent like does not exist; was likes meant?"],
    ),
    "cycle": (
        entry("a", parent='"c"') + entry("b", parent='"a"') + entry("c", parent='"b"') + entry("d", parent='"c"'),
        ["a.toml [a]: is its own ancestor, by way of c > b > a"],
    ),
    "own parent": (entry("a", parent='"a"'), ["a.toml [a]: is its own ancestor, by way of a"]),
    "no class": (
        entry("likes", quad_class=None),
        ["a.toml [likes]: neither it nor a type above says its quad_class"],
    ),
    "unknown class": (
        entry("likes", quad_class='"structual"'),
        [f'a.toml [likes]: quad_class: "structual" is none of {QUAD_CLASSES}; was structural meant?'],
    ),
    "unknown kind": (
        entry("likes", source_kinds='["country"]'),
        [f'a.toml [likes]: source_kinds.0: "country" is none of {KINDS}'],
    ),
    "no kinds": (
        entry("likes", target_kinds="[]"),
        ["a.toml [likes]: target_kinds is empty; without the key any kind may stand there"],
    ),
    "no temporality": (
        entry("likes", temporality=None),
        ["a.toml [likes]: temporality is missing (only a type with a CAMEO code is an event without saying so)"],
    ),
    "unknown temporality": (
        entry("likes", temporality='"moment"'),
        ['a.toml [likes]: temporality: "moment" is none of event, state'],
    ),
    "intensity too great": (
        entry("likes", intensity="10.5"),
        ["a.toml [likes]: intensity: Input should be less than or equal to 10"],
    ),
    "intensity no number": (
        entry("likes", intensity='"8"'),
        ["a.toml [likes]: intensity: Input should be a valid number"],
    ),
    "intensity not finite": (
        entry("likes", intensity="nan"),
        ["a.toml [likes]: intensity: Input should be a finite number"],
    ),
    "intensity too fine": (
        entry("likes", intensity="0.25"),
        ["a.toml [likes]: intensity 0.25 is finer than a tenth"],
    ),
    "flag no flag": (
        entry("likes", symmetric='"yes"'),
        ["a.toml [likes]: symmetric: Input should be a valid boolean"],
    ),
    "symmetric event": (
        event("likes", "01", symmetric="true"),
        ["a.toml [likes]: only a state can be symmetric"],
    ),
    "symmetric kinds": (
        entry("likes", symmetric="true", source_kinds='["person"]'),
        ["a.toml [likes]: is symmetric, so source_kinds and target_kinds must be the same"],
    ),
    "event acts for": (
        event("likes", "01", acts_for="true"),
        ["a.toml [likes]: only a state can act for its target"],
    ),
    "state mirrors": (
        entry("likes", mirror_of='["likes"]'),
        ["a.toml [likes]: only an event can mirror another"],
    ),
    "mirror missing": (
        event("meets", "04", mirror_of='["meet"]'),
        ["a.toml [meets]: mirror_of meet does not exist; was meets meant?"],
    ),
    "mirror one-sided": (
        event("visits", "04", mirror_of='["hosts"]') + event("hosts", "05"),
        ["a.toml [visits]: mirrors hosts, which does not say that it mirrors visits"],
    ),
    "code twice": (
        event("meets", "04") + event("visits", "04"),
        ["a.toml [visits]: cameo code 04 is taken by a.toml [meets]"],
    ),
    "code no code": (
        event("meets", "4"),
        ["a.toml [meets]: codes.cameo: String should match pattern '^[0-9]{2,4}$'"],
    ),
    "unknown scheme": (
        entry("likes", codes='{ cameos = "04" }'),
        ["a.toml [likes]: unknown key codes.cameos; was cameo meant?"],
    ),
    "code without its parent": (
        event("meets", "041"),
        ["a.toml [meets]: no type has CAMEO code 04, under which 041 belongs"],
    ),
    "code outside its parent": (
        event("talks", "04") + event("meets", "041"),
        ["a.toml [meets]: CAMEO code 041 must stand below talks, which is 04"],
    ),
    "attribute at both levels": (
        entry("likes", relation_attributes=NOTE, claim_attributes=NOTE),
        ["a.toml [likes]: attribute note belongs to the relation or to the claim, not to both"],
    ),
    "attribute inherited at the other level": (
        entry("likes", relation_attributes=NOTE) + entry("loves", parent='"likes"', claim_attributes=NOTE),
        ["a.toml [loves]: attribute note is inherited already, and belongs to the relation"],
    ),
    "attribute of no type": (
        entry("likes", claim_attributes='{ note = { type = "text", description = "A note." } }'),
        [f'a.toml [likes]: claim_attributes.note.type: "text" is none of {ATTRIBUTE_TYPES}'],
    ),
    "attribute without description": (
        entry("likes", claim_attributes='{ note = { type = "string" } }'),
        ["a.toml [likes]: claim_attributes.note.description is missing"],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_broken_data_is_refused_with_file_entry_and_rule(case: str, write: Callable[..., Path]) -> None:
    text, expected = BAD[case]
    assert list(faults(write(a=text))) == expected


def test_broken_files_are_refused_by_name(write: Callable[..., Path]) -> None:
    (broken,) = faults(write(a="[likes", b=entry("likes")))
    assert broken.startswith("a.toml: cannot be read: ")
    (doubled,) = faults(write(a=entry("likes") * 2))
    assert doubled.startswith("a.toml: cannot be read: ")
    assert faults(write(a=entry("likes"), b=entry("likes"))) == ("b.toml [likes]: likes is taken by a.toml [likes]",)


def test_attributes_of_every_type_are_checked_too(write: Callable[..., Path]) -> None:
    shared = f"claim_attributes = {NOTE}"
    assert faults(write(attributes=shared, a=entry("likes", relation_attributes=NOTE))) == (
        "a.toml [likes]: attribute note is inherited already, and belongs to the claim",
    )
    assert faults(write(attributes=f"{shared}\nrelation_attributes = {NOTE}", a=entry("likes"))) == (
        "attributes.toml: attribute note belongs to the relation or to the claim, not to both",
    )
    assert faults(write(attributes="claim_attribute = 1", a=entry("likes"))) == (
        "attributes.toml: unknown key claim_attribute; was claim_attributes meant?",
    )


def test_a_new_type_is_a_new_entry(tmp_path: Path) -> None:
    for file in DATA.glob("*.toml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "ours.toml").write_text(
        entry("freeze-assets", parent='"sanction"', quad_class=None, aliases='["blocks-assets"]'), encoding="utf-8"
    )
    grown = read(tmp_path)
    frozen = grown.get("blocks-assets")
    assert (frozen.id, frozen.quad_class) == ("freeze-assets", "material-conflict")
    assert "sector" in frozen.relation_attributes
    assert grown.ranges("blocks-assets") == [(frozen.number, frozen.stop)]
    low, high = grown.ranges("sanction")[0]
    assert low < frozen.number < high
    assert grown.hash != load().hash
    assert len(grown.types) == len(load().types) + 1


def test_hash_and_numbers_depend_on_what_is_said_not_on_where(write: Callable[..., Path]) -> None:
    likes, loves = entry("likes", aliases='["b", "a"]'), entry("loves", parent='"likes"', codes='{ ftm = "Love" }')
    meets = event("meets", "04", claim_attributes=NOTE)
    versions = [
        read(write(a=likes + loves + meets)),
        read(write(a=meets + loves, b=entry("likes", aliases='["a", "b"]'))),
        read(write(z=likes, b=loves, a=meets)),
    ]
    assert len({version.hash for version in versions}) == 1
    assert len({tuple(each.id for each in version.types) for version in versions}) == 1
    assert read(write(a=likes + loves + meets.replace("A note", "Any note"))).hash != versions[0].hash
    assert read(write(a=likes.replace('"a"', '"c"') + loves + meets)).hash != versions[0].hash
    assert re.fullmatch(r"[0-9a-f]{16}", load().hash)
    assert read(DATA).hash == load().hash
    assert load() is load()
