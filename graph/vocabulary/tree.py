"""The vocabulary as everything else sees it: look-ups by id and code, ranges of numbers for filters, tables."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from pydantic import TypeAdapter

from graph.errors import Invalid
from graph.text import nearest, slug
from graph.vocabulary.entries import read_files
from graph.vocabulary.relation_type import QUAD_CLASSES, Attributes, RelationType, Type
from graph.vocabulary.resolve import ONE_TO_ONE, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

NO_INTENSITY: Final = -(2**15)
"""In `tenths`: this type has no intensity."""

_Scalar = TypeVar("_Scalar", bound=np.generic)
_DATA: Final = Path(__file__).parent / "data"
_CAMEO: Final = "cameo:"
_all_types = TypeAdapter(
    tuple[Type, ...]
)  # one JSON for one content: fields, kinds, attributes have an order of their own


class Vocabulary:
    """All types, numbered in tree order: a type and its descendants are the numbers `[number, stop)`.

    The tables are read-only arrays indexed by type number; `quad_class` holds indices into QUAD_CLASSES, `tenths` the
    intensity in tenths or NO_INTENSITY. `hash` changes with whatever a file says, not with where it says it.
    """

    def __init__(self, types: Sequence[Type]) -> None:
        self.types = tuple(types)
        self.hash = blake2b(_all_types.dump_json(self.types), digest_size=8).hexdigest()
        self._named = {name: each for each in self.types for name in (each.id, *each.aliases)}
        self._coded = {
            (scheme, code): each
            for each in self.types
            for scheme in ONE_TO_ONE
            if (code := getattr(each.codes, scheme)) is not None
        }
        self.quad_class = _table([QUAD_CLASSES.index(each.quad_class) for each in self.types], np.int8)
        self.sign = _table([each.sign for each in self.types], np.int8)
        self.tenths = _table([NO_INTENSITY if each.tenths is None else each.tenths for each in self.types], np.int16)
        self.is_event = _table([each.temporality == "event" for each in self.types], np.bool_)
        self.symmetric = _table([each.symmetric for each in self.types], np.bool_)
        self.speech = _table([each.speech for each in self.types], np.bool_)
        self.acts_for = _table([each.acts_for for each in self.types], np.bool_)

    def get(self, name: str) -> Type:
        """The type of an id or alias. Errors: KeyError."""
        return self._named[name]

    def number(self, name: str) -> int:
        """The number of an id or alias. Errors: KeyError."""
        return self._named[name].number

    @property
    def names(self) -> list[str]:
        """All names that a `type` filter takes."""
        return [*self._named, *(f"{_CAMEO}{code}" for scheme, code in self._coded if scheme == "cameo")]

    def nearest(self, name: str) -> str | None:
        """The id or alias that was probably meant by a name that is none."""
        return nearest(slug(name, default="-"), self._named)

    def by_code(self, scheme: str, code: str) -> Type | None:
        """The type that a CAMEO, FollowTheMoney or Wikidata code names; a PLOVER code names many, so none."""
        return self._coded.get((scheme, code))

    def children(self, type_id: str) -> tuple[str, ...]:
        """The ids right below a type, in tree order."""
        above = self.get(type_id)
        return tuple(each.id for each in self.types[above.number + 1 : above.stop] if each.parent == above.id)

    def ranges(self, names: str | Iterable[str], *, exact: bool = False) -> list[tuple[int, int]]:
        """The numbers that a `type` filter lets through: ascending ranges `[low, high)` that do not touch.

        A name is an id, an alias or a CAMEO code as `cameo:16`; each stands for its descendants too, unless `exact`.
        Errors: Invalid with a fault for each name that is none, and what was probably meant.
        """
        wanted: list[Type] = []
        unknown: list[Invalid] = []
        for name in [names] if isinstance(names, str) else names:
            try:
                wanted.append(self._filtered(name))
            except Invalid as error:
                unknown.append(error)
        if unknown:
            raise Invalid([fault for error in unknown for fault in error.faults])
        merged: list[tuple[int, int]] = []
        for low, high in sorted((each.number, each.number + 1 if exact else each.stop) for each in wanted):
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            else:
                merged.append((low, high))
        return merged

    def relation_type(self, name: str, relations: int) -> RelationType:
        """A type as `/types` answers it, with the count of its relations that the caller made. Errors: KeyError."""
        each = self.get(name)
        return RelationType(
            **{field: getattr(each, field) for field in RelationType.model_fields if field in Type.model_fields},
            children=self.children(each.id),
            attributes=Attributes(relation=each.relation_attributes, claim=each.claim_attributes),
            relations=relations,
        )

    def _filtered(self, name: str) -> Type:
        if name.startswith(_CAMEO):
            return self._of_cameo(name.removeprefix(_CAMEO))
        if name in self._named:
            return self._named[name]
        meant = f"{_CAMEO}{name}" if ("cameo", name) in self._coded else self.nearest(name)
        raise _unknown(f'There is no type "{name}".', meant)

    def _of_cameo(self, code: str) -> Type:
        found = self.by_code("cameo", code)
        if found is not None:
            return found
        shorter = (code[:end] for end in range(len(code) - 1, 1, -1))
        meant = next((near for near in (f"0{code}", *shorter) if ("cameo", near) in self._coded), None)
        raise _unknown(
            f'There is no CAMEO code "{code}"; codes are written with all their digits, as 01 or 010.',
            f"{_CAMEO}{meant}" if meant else None,
        )


def _unknown(sentence: str, meant: str | None) -> Invalid:
    return Invalid.parameter("type", sentence + (f' Was "{meant}" meant?' if meant else ""))


def _table(values: list[int] | list[bool], dtype: type[_Scalar]) -> NDArray[_Scalar]:
    table = np.array(values, dtype=dtype)
    table.setflags(write=False)
    return table


def read(folder: Path) -> Vocabulary:
    """The vocabulary that the files of a folder state. Errors: VocabularyError, naming file, entry and rule."""
    return Vocabulary(resolve(read_files(folder)))


@cache
def load() -> Vocabulary:
    """The vocabulary that this version of the program comes with, read and checked once."""
    return read(_DATA)
