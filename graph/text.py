"""Spelling: one folded form for every script, slugs, did-you-mean, and JSON that is the same bytes every time.

The fold, letter by letter, so that it needs no context and can be traced back to the text it came from:

1. marks are dropped and compatibility forms opened ("é" is "e", "ﬁ" is "fi", alef with hamza is alef); "й" alone stays
   a letter of its own, and so do the voiced kana, because there the mark makes another sound;
2. what is left is transliterated to Latin letters by anyascii and lowered; signs that a transliteration adds to a
   letter vanish ("Ольга" is "olga"); the long vowel alef, which anyascii drops, is "a";
3. a Han character is a word of its own, so that "中" finds "中国" as "zhong" finds "zhong guo";
4. everything else parts words: punctuation, symbols, white space. Invisible format characters vanish.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from anyascii import anyascii
from rapidfuzz import process
from rapidfuzz.distance import OSA

SLUG_LENGTH = 128

_FIRST_DIACRITIC_CLASS = 10  # combining classes below are nukta, kana voicing and virama: they make another letter
_ALEF = "\N{ARABIC LETTER ALEF}"
_APOSTROPHE_LETTER = "\N{MODIFIER LETTER APOSTROPHE}"  # typed for the apostrophe, which parts words


class _FoldedLetters(dict[int, str]):
    """What each code point folds to, worked out when it is first met; the shape that `str.translate` asks for."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_letter(chr(code))
        return folded


def _without_marks(letter: str) -> str:
    if letter in "йЙ":
        return letter
    opened = unicodedata.normalize("NFKD", letter)
    return unicodedata.normalize("NFC", "".join(c for c in opened if unicodedata.combining(c) < _FIRST_DIACRITIC_CLASS))


def _is_han(letters: str) -> bool:
    return any(unicodedata.name(letter, "").startswith("CJK UNIFIED") for letter in letters)


def _fold_letter(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cf":
        return ""
    plain = _without_marks(letter)
    latin = "a" if plain == _ALEF else anyascii(plain).lower()
    if category[0] in "LM" and letter != _APOSTROPHE_LETTER:
        kept = "".join(c for c in latin if c.isalnum())
        return f" {kept} " if _is_han(plain) else kept
    spaced = "".join(c if c.isalnum() else " " for c in latin)
    return spaced if category[0] == "N" else f" {spaced} "


_FOLDED = _FoldedLetters()
_ASCII = bytes(ord(_FOLDED[code].strip() or " ") for code in range(128)).ljust(256)
"""The same for ASCII, where each letter folds to one or to a gap: bytes are looked up faster."""


def fold(text: str) -> str:
    """Give one spelling to every script, accent and case: words of `a-z0-9` parted by single spaces, perhaps none."""
    if text.isascii():
        return " ".join(text.encode().translate(_ASCII).decode().split())
    return " ".join(unicodedata.normalize("NFC", text).translate(_FOLDED).split())


def words(text: str) -> list[str]:
    """Give the folded words of a text, in its order."""
    return fold(text).split()


def fold_with_places(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Fold, and tell for each folded letter which code points `[start, end)` of the text it came from."""
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        for letter in unicodedata.normalize("NFC", text[start:end]).translate(_FOLDED):
            if letter != " " or (letters and letters[-1] != " "):
                letters.append(letter)
                places.append((start, end))
    if letters and letters[-1] == " ":
        letters.pop()
        places.pop()
    return "".join(letters), places


def _clusters(text: str) -> list[tuple[int, int]]:
    """Ranges of a letter with the marks that follow it: a mark has no place of its own."""
    starts = [i for i, c in enumerate(text) if i == 0 or not unicodedata.combining(c)]
    return list(pairwise([*starts, len(text)]))


def slug(text: str, default: str = "actor") -> str:
    """Make a readable id, `^[a-z0-9]+(-[a-z0-9]+)*$`, at most 128 characters; `default` if nothing can be spelled."""
    whole = "-".join(words(text)) or default
    if len(whole) <= SLUG_LENGTH:
        return whole
    cut = whole[: SLUG_LENGTH + 1].rpartition("-")[0]
    return cut or whole[:SLUG_LENGTH]


def nearest(word: str, choices: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Find the choice probably meant, or None: fewest typing errors, else the shortest that goes on from `word`.

    `cutoff` is the least similarity, 1 for the same word, by optimal string alignment (a swap of neighbours is one
    error). Ties go to the first in alphabetical order.
    """
    meant = word.casefold()
    ordered = sorted(choices)
    best = process.extractOne(meant, ordered, scorer=OSA.normalized_similarity, score_cutoff=cutoff)
    if best is not None:
        return best[0]
    longer = [choice for choice in ordered if meant and choice.startswith(meant)]
    return min(longer, key=len, default=None)


def tidy(text: str) -> str:
    r"""Give a text its one stored form: NFC, lines ended by `\n`. Offsets into stored texts count its code points."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text)


def has_control(text: str) -> bool:
    """Whether a text holds what no ledger can store or no page can show: control characters, lone surrogates.

    Tabs and line ends are fine. The invisible characters of right-to-left and joined scripts are fine too.
    """
    if text.isprintable():
        return False
    return any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\n\r" for c in text)


_canonical_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: object) -> str:
    """JSON that is the same text for the same value: keys sorted, no spaces, floats at their shortest.

    Hashes and stored JSON rest on it, so it never changes. A value that JSON does not know, or a float that is not a
    number, is a ValueError or TypeError.
    """
    return _canonical_json.encode(value)
