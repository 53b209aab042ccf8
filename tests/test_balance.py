"""Balance and frustration of networks whose answers are known, and of all small ones by trying every split."""

from __future__ import annotations

from itertools import combinations, permutations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from graph.snapshot import balance
from graph.snapshot.balance import Split, best_split, triads

Signs = Any
"""A symmetric sparse matrix of 1 and -1."""

# Read (1954): friendship (rova) and enmity (hina) between the sixteen tribes of the Gahuku-Gama.
TRIBES = """
    0+----00000-00++ +0-0--00--0000++ --0+0+++00000000 -0+0000+00000000 --0000+0+0000+-- --+000++-0++-00-
    00+0++0+00+++000 00++0++000++0-00 0-00+-000+-0+0-0 0-000000+0-0+0-0 00000+++--0+-0-- -0000+++00+00---
    00000-+0++-00+-- 0000+00-000-+00- ++00-000-----00+ ++00--0000----+0
"""


def matrix(n: int, ties: dict[tuple[int, int], int]) -> Signs:
    signs = sparse.lil_array((n, n), dtype=np.int64)
    for (a, b), sign in ties.items():
        signs[a, b] = signs[b, a] = sign
    return signs.tocsr()


def fewest(n: int, ties: dict[tuple[int, int], int]) -> int:
    """The frustration index, by trying every split."""
    camps = [(1, *rest) for rest in product((1, -1), repeat=n - 1)]
    return min(sum(split[a] * split[b] != sign for (a, b), sign in ties.items()) for split in camps)


def frustrated(split: Split, ties: dict[tuple[int, int], int]) -> int:
    return sum(split.camps[a] * split.camps[b] != sign for (a, b), sign in ties.items())


def counted(n: int, ties: dict[tuple[int, int], int]) -> tuple[int, ...]:
    """Triads by how many of their ties are negative, one by one."""
    found = [0, 0, 0, 0]
    for a, b, c in combinations(range(n), 3):
        signs = [ties.get(pair) for pair in ((a, b), (b, c), (a, c))]
        if None not in signs:
            found[signs.count(-1)] += 1
    return tuple(found)


def every_signed_graph(n: int) -> list[dict[tuple[int, int], int]]:
    """One of each kind that only the names of the nodes tell apart."""
    pairs = list(combinations(range(n), 2))
    codes = np.array(list(product(range(3), repeat=len(pairs))), np.int64).reshape(-1, len(pairs))
    powers = 3 ** np.arange(len(pairs))
    least = np.full(len(codes), np.iinfo(np.int64).max)
    for order in permutations(range(n)):
        renamed = [pairs.index((min(order[a], order[b]), max(order[a], order[b]))) for a, b in pairs]
        least = np.minimum(least, codes @ powers[renamed])
    kept = codes[np.unique(least, return_index=True)[1]].tolist()
    return [{pair: 2 * sign - 3 for pair, sign in zip(pairs, code, strict=True) if sign} for code in kept]


def test_every_signed_graph_of_up_to_five_nodes() -> None:
    kinds = [len(every_signed_graph(n)) for n in range(2, 6)]
    assert kinds == [3, 10, 66, 792]  # Harary and Palmer's numbers of signed graphs
    for n in range(2, 6):
        for ties in every_signed_graph(n):
            split = best_split(matrix(n, ties))
            assert (split.frustration, split.exact) == (fewest(n, ties), True), ties
            assert frustrated(split, ties) == split.frustration
            assert triads(matrix(n, ties)) == counted(n, ties)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_larger_ones_by_every_split(data: st.DataObject) -> None:
    n = data.draw(st.integers(6, 10))
    pairs = list(combinations(range(n), 2))
    drawn = data.draw(st.lists(st.sampled_from((0, 1, -1)), min_size=len(pairs), max_size=len(pairs)))
    ties = {pair: sign for pair, sign in zip(pairs, drawn, strict=True) if sign}
    split = best_split(matrix(n, ties))
    assert split.frustration == frustrated(split, ties) >= fewest(n, ties)
    assert not split.exact or split.frustration == fewest(n, ties)
    assert triads(matrix(n, ties)) == counted(n, ties)
    again = best_split(matrix(n, ties))
    assert (again.camps == split.camps).all()


def test_the_tribes_of_the_gahuku_gama() -> None:
    rows = TRIBES.split()
    ties = {(a, b): {"+": 1, "-": -1}[rows[a][b]] for a, b in combinations(range(16), 2) if rows[a][b] != "0"}
    assert all(rows[a][b] == rows[b][a] for a, b in combinations(range(16), 2))
    assert (len(rows), list(ties.values()).count(1), list(ties.values()).count(-1)) == (16, 29, 29)
    split = best_split(matrix(16, ties))
    assert (split.frustration, split.exact) == (7, True)
    alike, torn, common, hostile = triads(matrix(16, ties))
    assert (alike + common, torn + hostile) == (59, 9)


def planted(n: int, m: int, share: float, seed: int) -> tuple[Signs, int]:
    """Ties between two camps, and how many of them are against these."""
    chance = np.random.default_rng(seed)
    camp = chance.integers(0, 2, n) * 2 - 1
    ties: dict[tuple[int, int], int] = {}
    while len(ties) < m:
        a, b = sorted(chance.integers(0, n, 2).tolist())
        if a != b:
            ties[a, b] = int(camp[a] * camp[b] * (-1 if chance.random() < share else 1))
    return matrix(n, ties), sum(camp[a] * camp[b] != sign for (a, b), sign in ties.items())


def test_networks_of_the_size_of_all_states_are_exact_and_hopeless_ones_are_bounded() -> None:
    network, against = planted(180, 1_200, 0.1, seed=3)
    split = best_split(network)
    assert split.exact
    assert 0 < split.frustration <= against  # a few of the ties drawn against the camps fit another split
    bound = best_split(planted(60, 600, 0.5, seed=3)[0])
    assert not bound.exact
    assert bound.frustration < 300


def test_a_network_too_large_to_be_exact_is_still_exact_if_it_is_balanced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balance, "MOST_TIES", 10)
    balanced = best_split(planted(40, 200, 0.0, seed=1)[0])
    assert (balanced.frustration, balanced.exact) == (0, True)
    assert not best_split(planted(40, 200, 0.2, seed=1)[0]).exact
