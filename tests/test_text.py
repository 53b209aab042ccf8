"""One spelling for every script, ids that can be read, words probably meant, JSON that never changes its bytes."""

from __future__ import annotations

import json
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import errors
from graph.text import SLUG_LENGTH, canonical, fold, fold_with_places, has_control, nearest, slug, tidy, words

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ёлки", "elki"),
        ("Елки", "elki"),
        ("Đilas", "dilas"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("ISTANBUL", "istanbul"),
        ("Côte d’Ivoire", "cote d ivoire"),
        ("Cote d'Ivoire", "cote d ivoire"),
        ("Co\u0302te dʼIvoire", "cote d ivoire"),
        ("中国", "zhong guo"),
        ("中国人民", "zhong guo ren min"),
        ("الصين", "alsyn"),
        ("أحمد", "ahmd"),
        ("احمد", "ahmd"),
        ("Лавров", "lavrov"),
        ("Ольга", "olga"),
        ("Йемен", "yemen"),
        ("И\u0306емен", "yemen"),
        ("がか\u3099", "gaga"),
        ("한국", "hangug"),
        ("½ of №\u00a05", "1 2 of no 5"),
        ("U.S.\tTreasury\n(OFAC)", "u s treasury ofac"),
        ("soft\u00adhyphen, zero\u200bwidth", "softhyphen zerowidth"),
        ("  — … ", ""),
        ("", ""),
    ],
)
def test_every_script_has_one_folded_spelling(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert words(text) == folded.split()


@pytest.mark.parametrize("letter", [chr(code) for code in range(128)], ids=ascii)
def test_a_letter_folds_the_same_in_ascii_and_among_others(letter: str) -> None:
    text = f"A{letter}b{letter}{letter}9"
    assert fold(f"{text} é") == f"{fold(text)} e"


@given(texts)
def test_folding_leaves_letters_digits_and_single_spaces_and_settles_at_once(text: str) -> None:
    folded = fold(text)
    assert re.fullmatch(r"([a-z0-9]+( [a-z0-9]+)*)?", folded)
    assert fold(folded) == folded


@given(texts)
def test_each_folded_letter_knows_its_place(text: str) -> None:
    text = tidy(text)
    folded, places = fold_with_places(text)
    assert folded == fold(text)
    assert len(places) == len(folded)
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)


def test_a_place_takes_its_marks_along_and_two_letters_may_share_one() -> None:
    assert fold_with_places("e\u0301ß") == ("ess", [(0, 2), (2, 3), (2, 3)])


def test_slugs_are_readable() -> None:
    assert slug("United States of America") == "united-states-of-america"
    assert slug("Ministère des Affaires étrangères") == "ministere-des-affaires-etrangeres"
    assert slug("中国") == "zhong-guo"
    assert slug("—", default="document") == "document"


@given(texts)
def test_slugs_are_ids(text: str) -> None:
    made = slug(text * 5, default="actor")
    assert SLUG.fullmatch(made)
    assert len(made) <= SLUG_LENGTH


def test_long_slugs_end_with_a_whole_word() -> None:
    assert slug("abc " * 60) == "-".join(["abc"] * 32)
    assert slug("x" * 300) == "x" * SLUG_LENGTH


def test_the_word_probably_meant() -> None:
    parameters = ["valid_at", "valid_from", "valid_to", "known_at", "type", "type_exact"]
    assert nearest("valid_form", parameters) == "valid_from"
    assert nearest("Type", parameters) == "type"
    assert nearest("knwon_at", parameters) == "known_at"
    assert nearest("impose-embargo", ["sanction", "impose-embargo-boycott-or-sanctions"]) == (
        "impose-embargo-boycott-or-sanctions"
    )
    assert nearest("zzz", parameters) is None
    assert nearest("", parameters) is None
    assert nearest("ab", ["ac", "aa"], cutoff=0.5) == "aa"


def test_stored_texts_have_one_form() -> None:
    assert tidy("Co\u0302te\r\nd'Ivoire\rx\n") == "Côte\nd'Ivoire\nx\n"


@pytest.mark.parametrize(("text", "bad"), [("a\x00", True), ("a\x1b[0m", True), ("\x85", True), ("\ud800", True)])
def test_control_characters_are_noticed(text: str, bad: bool) -> None:  # noqa: FBT001 - a column of the table
    assert has_control(text) is bad


@pytest.mark.parametrize("text", ["", "plain", "tab\tand\nlines\r\n", "\u202bעברית\u202c", "می\u200cخواهم", "😀"])
def test_texts_of_any_script_are_not_control_characters(text: str) -> None:
    assert not has_control(text)


def test_the_same_value_is_the_same_json() -> None:
    assert canonical({"b": [1, 2.5, None, True], "a": "é"}) == '{"a":"é","b":[1,2.5,null,true]}'
    with pytest.raises(ValueError, match="Out of range"):
        canonical(float("nan"))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(json_values)
def test_canonical_json_loses_nothing(value: object) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (errors.NotFound("actor", "rusia", "russia"), 'There is no actor "rusia". Was "russia" meant?'),
        (errors.NotFound("claim", "x.y"), 'There is no claim "x.y".'),
        (errors.Gone("actor", "ussr", "no such state", 7), 'The actor "ussr" was retracted: no such state'),
        (errors.Gone("actor", "ussr", None, 7), 'The actor "ussr" was retracted.'),
        (errors.Invalid.parameter("limit", "At most 1000."), "limit: At most 1000."),
        (errors.Invalid.pointer("", "An object is expected."), "An object is expected."),
        (errors.BadCursor("This cursor belongs to another list."), "This cursor belongs to another list."),
        (errors.Conflict("The id is taken.", "russia"), "The id is taken."),
        (errors.NotReady("Reading the ledger.", 2), "Reading the ledger."),
        (errors.Behind(3, 5), "Revision 5 has not arrived here yet; the newest known is 3."),
        (errors.Busy(), "Others are writing; nothing was written. It may be tried again."),
        (errors.Full(), "There is no room left to write; nothing was written. Reading goes on."),
        (errors.LedgerDamaged("Revision 4 does not match its hash."), "Revision 4 does not match its hash."),
    ],
)
def test_an_error_is_a_sentence_with_values_in_any_process(error: errors.EntenteError, sentence: str) -> None:
    assert str(error) == sentence == error.detail
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is type(error)
    assert vars(again) == vars(error)
