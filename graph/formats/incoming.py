"""What a file of a foreign source holds: claims of whom on whom, and rows that can't be read. One importer a format.

An importer reads lines and yields items, one by one, in flat memory. It is pure: it knows no ledger. What it does not
know it need not guess: an actor is told by what the dataset calls it and by what codes it has elsewhere, and how that
meets the ledger is the affair of `graph.transfer`.

* `Row`: one claim of the dataset on one relation. Rows that state one relation are its claims.
* `Party`: an actor that no row may name, with all that the file tells of it.
* `Reject`: a row, or a column of it, that can't go in, and why, for a reader.
* `Line`: a statement in our own words (`graph.formats.ndjson`).
* `Tally`: something that is left out on purpose, to be counted and told: an unknown property, say.

Everything in them is checked: texts are tidy lines of the lengths that `graph.models.fields` allows, dates packed,
types and attributes those of the vocabulary. Whoever yields the same actor again and again yields the same object.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from graph.formats.ndjson import Line

Attributes: TypeAlias = "Mapping[str, str | int | float | bool | list[str]]"


class Party(NamedTuple):
    """An actor as a file knows it. It is found by `<dataset>:<label>`, then by its identifiers, in their order.

    If nobody is found it is new: with the id made from `name` (or `slug`), and with these identifiers; and with those
    of `further` that nobody has, which identify nobody. `names` are (value, language, kind of name). A party that is
    `told_elsewhere` is never made: unless an earlier row told of it, or an earlier file, the row is rejected.
    """

    label: str
    name: str
    kind: str = "unknown"
    identifiers: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, str | None, str], ...] = ()
    description: str | None = None
    slug: str | None = None
    further: tuple[tuple[str, str], ...] = ()
    told_elsewhere: bool = False


class Paper(NamedTuple):
    """A document as a file knows it. `id` is what it will be called if it is new; `published_on` is packed."""

    id: str
    publisher: Party
    published_on: int
    title: str | None = None
    url: str | None = None
    language: str | None = None


class Row(NamedTuple):
    """One claim that the dataset makes: a relation by its type's id, its ends and packed dates, and what backs it.

    `ongoing` is for a state that is known to go on. A row that is `aside` comes along with another one of the same
    line, such as the country of an actor, and is not counted as a line.
    """

    line: int
    type: str
    source: Party
    target: Party
    start: int | None = None
    end: int | None = None
    ongoing: bool = False
    relation_attributes: Attributes | None = None
    record: str | None = None
    attributes: Attributes | None = None
    document: Paper | None = None
    coded_by: str | None = None
    confidence: float | None = None
    aside: bool = False


class Reject(NamedTuple):
    """What can't go in: the line, the column if it is one column's fault, and the reason, a sentence."""

    line: int
    column: str | None
    reason: str


class Tally(NamedTuple):
    """Something of a line that is left out, named so that it can be counted: `property Person:birthDate`.

    `whole` if it is all of the line, which is then counted as one.
    """

    line: int
    what: str
    whole: bool = False


Item: TypeAlias = "Row | Party | Reject | Tally | Line"
Lines: TypeAlias = "Iterable[bytes]"
"""A file's lines with their ends, as often as it is iterated over: each time it is read anew."""


@dataclass(frozen=True, slots=True)
class Importer:
    """A format that can be read. `dataset`, `title`, `coder`, `licence` hold unless whoever imports says otherwise.

    A format without a `dataset` of its own takes the name of the file.
    """

    name: str
    summary: str
    read: Callable[[Lines], Iterator[Item]]
    dataset: str | None = None
    title: str | None = None
    coder: str | None = None
    licence: str | None = None
    takes_file: bool = True
