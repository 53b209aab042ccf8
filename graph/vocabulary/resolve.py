"""From entries to types: what is inherited is merged, and every rule that spans entries is checked.

A vocabulary is sound iff

1. every id is a slug, and no two types share an id or alias;
2. every parent exists, and nothing is its own ancestor;
3. every type has a class (its own or inherited) and a temporality (its own, or an event by its CAMEO code);
4. a CAMEO, FollowTheMoney or Wikidata code names one type, and the type of CAMEO code 163 stands somewhere below that
   of 16, or `cameo:16` would lose it;
5. an intensity is a whole number of tenths;
6. only states are symmetric or act for their target; symmetric ends allow the same kinds, and every end allows some;
7. only events mirror, what they mirror exists, and it mirrors them;
8. an attribute is declared once on the way from all types down to one, at one level.

Siblings are ordered by CAMEO code, then id: type numbers depend on what the entries say, not on where they stand.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from graph.errors import EntenteError
from graph.text import nearest
from graph.vocabulary.entries import EVERY_TYPE
from graph.vocabulary.relation_type import KINDS, Attribute, Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from graph.vocabulary.entries import Declared, Entry, Files, Found

ONE_TO_ONE: Final = ("cameo", "ftm", "wikidata")
"""Schemes in which a code names one type."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_AFTER_CODES = "~"  # sorts after every digit
_CLOSE_TO_WHOLE = 1e-9


class VocabularyError(EntenteError):
    """The data files break rules of the vocabulary. `faults` names file, entry and rule of each."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)
        self.detail = "The vocabulary's data cannot be used.\n" + "\n".join(self.faults)


class _Inherited(NamedTuple):
    """What a type passes on to those below it."""

    quad_class: str | None
    speech: bool
    relation_attributes: Mapping[str, Attribute]
    claim_attributes: Mapping[str, Attribute]


Tree = dict[str, "Found"]


def resolve(files: Files) -> tuple[Type, ...]:
    """All types in tree order: parents before children, a type and its descendants next to each other.

    Errors: VocabularyError, with as many faults as can be told apart from their consequences.
    """
    _refuse(files.faults)
    _refuse(_name_faults(files.entries))
    tree = {found.id: found for found in files.entries}
    _refuse(_parent_faults(tree))
    children = _children(tree)
    order = list(_descend(children, None))
    passed_on, attribute_faults = _inherit(tree, order, files.everywhere)
    _refuse(
        [
            *attribute_faults,
            *_code_faults(tree),
            *(fault for found in tree.values() for fault in _own_faults(found, passed_on[found.id])),
            *_mirror_faults(tree),
        ]
    )
    stops: dict[str, int] = {}
    for number, type_id in reversed(list(enumerate(order))):
        stops[type_id] = max([number + 1, *(stops[child] for child in children[type_id])])
    return tuple(_type(tree[type_id], passed_on[type_id], n, stops[type_id]) for n, type_id in enumerate(order))


def _refuse(faults: Iterable[str]) -> None:
    if listed := list(faults):
        raise VocabularyError(listed)


def _name_faults(entries: list[Found]) -> Iterator[str]:
    """Rule 1."""
    first: dict[str, str] = {}
    for where, type_id, entry in entries:
        if not _SLUG.fullmatch(type_id):
            yield f"{where}: the id is not a slug of a-z, 0-9 and single hyphens"
        for name in (type_id, *entry.aliases):
            if name in first:
                yield f"{where}: {name} is taken by {first[name]}"
            first.setdefault(name, where)


def _parent_faults(tree: Tree) -> Iterator[str]:
    """Rule 2."""
    for where, type_id, entry in tree.values():
        if entry.parent is not None and entry.parent not in tree:
            meant = nearest(entry.parent, tree)
            yield f"{where}: parent {entry.parent} does not exist" + (f"; was {meant} meant?" if meant else "")
        elif type_id in (circle := _ancestors(tree, type_id)) and type_id == min(circle):
            yield f"{where}: is its own ancestor, by way of {' > '.join(circle)}"


def _ancestors(tree: Tree, type_id: str) -> list[str]:
    """The parent, its parent and so on; ends where the chain is broken or comes back on itself."""
    above: list[str] = []
    parent = tree[type_id].entry.parent
    while parent is not None and parent in tree and parent not in above:
        above.append(parent)
        parent = tree[parent].entry.parent
    return above


def _children(tree: Tree) -> dict[str | None, list[str]]:
    children: dict[str | None, list[str]] = defaultdict(list)
    for type_id in sorted(tree, key=lambda each: (tree[each].entry.codes.cameo or _AFTER_CODES, each)):
        children[tree[type_id].entry.parent].append(type_id)
    return children


def _descend(children: dict[str | None, list[str]], parent: str | None) -> Iterator[str]:
    for child in children.get(parent, ()):
        yield child
        yield from _descend(children, child)


def _inherit(tree: Tree, order: list[str], everywhere: Declared) -> tuple[dict[str, _Inherited], list[str]]:
    """What each type passes on, itself included; and rule 8."""
    faults = [f"{EVERY_TYPE}: {fault}" for fault in _clashes(everywhere, (), ())]
    top = _Inherited(
        quad_class=None,
        speech=False,
        relation_attributes=everywhere.relation_attributes,
        claim_attributes=everywhere.claim_attributes,
    )
    passed_on: dict[str, _Inherited] = {}
    for type_id in order:
        where, _, entry = tree[type_id]
        above = top if entry.parent is None else passed_on[entry.parent]
        faults += (f"{where}: {fault}" for fault in _clashes(entry, above.relation_attributes, above.claim_attributes))
        passed_on[type_id] = _Inherited(
            above.quad_class if entry.quad_class is None else entry.quad_class,
            above.speech if entry.speech is None else entry.speech,
            dict(sorted({**above.relation_attributes, **entry.relation_attributes}.items())),
            dict(sorted({**above.claim_attributes, **entry.claim_attributes}.items())),
        )
    return passed_on, faults


def _clashes(declared: Declared, relation_above: Iterable[str], claim_above: Iterable[str]) -> Iterator[str]:
    levels = {**dict.fromkeys(relation_above, "the relation"), **dict.fromkeys(claim_above, "the claim")}
    for key in (*declared.relation_attributes, *declared.claim_attributes):
        if key in levels:
            yield f"attribute {key} is inherited already, and belongs to {levels[key]}"
    for key in sorted(declared.relation_attributes.keys() & declared.claim_attributes.keys()):
        yield f"attribute {key} belongs to the relation or to the claim, not to both"


def _code_faults(tree: Tree) -> Iterator[str]:
    """Rule 4."""
    holders: dict[tuple[str, str], str] = {}
    for where, type_id, entry in tree.values():
        for scheme in ONE_TO_ONE:
            code = getattr(entry.codes, scheme)
            if code is not None and (holder := holders.setdefault((scheme, code), type_id)) != type_id:
                yield f"{where}: {scheme} code {code} is taken by {tree[holder].where}"
    for where, type_id, entry in tree.values():
        code = entry.codes.cameo
        if code is None or len(code) == len("16"):
            continue
        above = holders.get(("cameo", code[:-1]))
        if above is None:
            yield f"{where}: no type has CAMEO code {code[:-1]}, under which {code} belongs"
        elif above not in _ancestors(tree, type_id):
            yield f"{where}: CAMEO code {code} must stand below {above}, which is {code[:-1]}"


def _own_faults(found: Found, inherited: _Inherited) -> Iterator[str]:
    """Rules 3, 5 and 6."""
    where, _, entry = found
    state = _temporality(entry) == "state"
    if inherited.quad_class is None:
        yield f"{where}: neither it nor a type above says its quad_class"
    if _temporality(entry) is None:
        yield f"{where}: temporality is missing (only a type with a CAMEO code is an event without saying so)"
    if entry.intensity is not None and abs(entry.intensity * 10 - round(entry.intensity * 10)) > _CLOSE_TO_WHOLE:
        yield f"{where}: intensity {entry.intensity} is finer than a tenth"
    if entry.symmetric and not state:
        yield f"{where}: only a state can be symmetric"
    if entry.symmetric and _kinds(entry.source_kinds) != _kinds(entry.target_kinds):
        yield f"{where}: is symmetric, so source_kinds and target_kinds must be the same"
    if entry.acts_for and not state:
        yield f"{where}: only a state can act for its target"
    for end, kinds in (("source_kinds", entry.source_kinds), ("target_kinds", entry.target_kinds)):
        if kinds == ():
            yield f"{where}: {end} is empty; without the key any kind may stand there"


def _mirror_faults(tree: Tree) -> Iterator[str]:
    """Rule 7."""
    for where, type_id, entry in tree.values():
        if entry.mirror_of and _temporality(entry) != "event":
            yield f"{where}: only an event can mirror another"
        for mirrored in entry.mirror_of:
            if mirrored not in tree:
                meant = nearest(mirrored, tree)
                yield f"{where}: mirror_of {mirrored} does not exist" + (f"; was {meant} meant?" if meant else "")
            elif type_id not in tree[mirrored].entry.mirror_of:
                yield f"{where}: mirrors {mirrored}, which does not say that it mirrors {type_id}"


def _temporality(entry: Entry) -> str | None:
    return entry.temporality or ("event" if entry.codes.cameo else None)


def _kinds(stated: tuple[str, ...] | None) -> tuple[str, ...]:
    """In the order of KINDS; everything if nothing is stated, and `unknown` always."""
    return KINDS if stated is None else tuple(kind for kind in KINDS if kind in stated or kind == "unknown")


def _type(found: Found, inherited: _Inherited, number: int, stop: int) -> Type:
    entry = found.entry
    tenths = None if entry.intensity is None else round(entry.intensity * 10)
    return Type(
        id=found.id,
        label=entry.label,
        inverse_label=entry.inverse_label,
        description=entry.description,
        aliases=tuple(sorted(entry.aliases)),
        parent=entry.parent,
        temporality=_temporality(entry) or "",
        quad_class=inherited.quad_class or "",
        speech=inherited.speech,
        symmetric=entry.symmetric,
        mirror_of=tuple(sorted(entry.mirror_of)),
        acts_for=entry.acts_for,
        intensity=entry.intensity,
        tenths=tenths,
        sign=(tenths > 0) - (tenths < 0) if tenths else 0,
        source_kinds=_kinds(entry.source_kinds),
        target_kinds=_kinds(entry.target_kinds),
        codes=entry.codes,
        relation_attributes=dict(inherited.relation_attributes),
        claim_attributes=dict(inherited.claim_attributes),
        number=number,
        stop=stop,
    )
