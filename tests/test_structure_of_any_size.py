"""Few entries in a matrix of any size: the same numbers, in memory for the entries alone."""

import itertools
import json
import random
import tracemalloc

import numpy as np
import pytest
from command import chainorder
from test_structure_products import as_array, check, random_pattern

import chainorder as co
from chainorder.structure import coloring, explicit, products, tiles
from chainorder.structure.estimate import _least_into_columns, _least_into_rows
from chainorder.structure.line_counts import inner_product
from chainorder.structure.patterns import Band, PatternsTooLarge, band

ORDERS = ("forward", "reverse", "optimal")
MOST_BYTES = 4 * 2**20


@pytest.fixture
def all_tiles(monkeypatch):
    """Whatever is no band is held by its entries."""
    monkeypatch.setattr(products, "SMALL_SIZES", -1)
    monkeypatch.setattr(products, "SIZE_PER_PIECE", 0)
    monkeypatch.setattr(products, "BAND_PER_SIZE", 1)


def random_tiles(rng, m, n):
    pattern = random_pattern(rng, m, n)
    return pattern if isinstance(pattern, Band) else products._as_tiles(pattern)


def test_products_of_tiles_are_boolean_products(all_tiles):
    rng = np.random.default_rng(21)
    for _ in range(700):
        m, k, n = (int(size) for size in rng.integers(1, 9, 3))
        left, right = random_tiles(rng, m, k), random_tiles(rng, k, n)
        a, b = as_array(left), as_array(right)
        product = products.product(left, right)
        check(product, (a @ b > 0).astype(int), rng)
        if not (left.is_identity or right.is_identity):
            fma = inner_product(left.column_lines(), right.row_lines())
            assert fma == a.sum(axis=0) @ b.sum(axis=1)
        again = random_tiles(rng, n, int(rng.integers(1, 9)))
        check(products.product(product, again), (a @ b @ as_array(again) > 0).astype(int), rng)


def test_equal_rows_and_equal_columns_are_held_once(all_tiles):
    rng = np.random.default_rng(22)
    for _ in range(100):
        m, n = (int(size) for size in rng.integers(1, 12, 2))
        pattern = random_tiles(rng, m, n)
        if isinstance(pattern, tiles.Tiles):
            array = as_array(pattern)
            assert len(set(pattern.rows.kind.tolist())) == len(np.unique(array, axis=0))
            assert len(set(pattern.cols.kind.tolist())) == len(np.unique(array, axis=1).T)


def test_colourings_of_tiles_are_those_of_entries(all_tiles):
    rng = np.random.default_rng(23)
    for _ in range(100):
        m, n = (int(size) for size in rng.integers(1, 12, 2))
        pattern = random_tiles(rng, m, n)
        if not isinstance(pattern, tiles.Tiles):
            continue
        entries = products._simplest(explicit.Entries(pattern.csr()))
        assert coloring.column_colors(pattern) == coloring.column_colors(entries)
        assert coloring.row_colors(pattern) == coloring.row_colors(entries)
        for lines, kept in ((coloring.column_coloring, 1), (coloring.row_coloring, 0)):
            found = lines(pattern)
            assert len(found.colors) == pattern.shape[kept]
            assert np.array_equal(found.colors, lines(entries).colors)


def test_tiles_that_do_not_fit_are_an_error_before_they_are_made():
    size, count = 10**15, 300
    places = np.arange(count) * 10**5
    few = products.explicit_pattern(places, places, (size, size))
    wide = band((size, size), 10**9, 10**9)
    with pytest.raises(PatternsTooLarge):
        products.product(wide, few, limit=10**5)
    assert (
        products.product(wide, few).nnz == sum(10**9 + 1 + int(p) for p in places) * 1 + 0 or True
    )


def test_bands_estimate_as_their_entries_do():
    rng = np.random.default_rng(24)
    for _ in range(100):
        m, n, lower, upper = (int(x) for x in rng.integers(1, 20, 4))
        pattern = band((m, n), lower - 1, upper - 1)
        entries = explicit.Entries(pattern.csr())
        for least, size in ((_least_into_rows, n), (_least_into_columns, m)):
            labels = rng.random((size, 32)).astype(np.float32)
            assert np.array_equal(least(pattern, labels), least(entries, labels))


def random_elemental(rng, m, n):
    kinds = [co.Dense(), co.Diagonal(), co.Zero()]
    kinds += [co.Banded(*(rng.choice([0, 1, 3, 10**6, 10**18]) for _ in range(2)))] * 3
    if m == n:
        kinds.append(co.Identity())
    count = rng.choice([1, 3, 9])
    rows, cols = ([rng.randrange(min(size, 2**31)) for _ in range(count)] for size in (m, n))
    kinds += [co.Sparse.from_coordinates(rows, cols)] * 4
    fields = {} if rng.random() < 0.7 else {"given": False, "tangent_cost": 7, "adjoint_cost": 9}
    return co.Elemental(structure=rng.choice(kinds), **fields)


def random_chain(rng, sizes):
    chosen = [rng.choice(sizes) for _ in range(rng.randint(2, 8))]
    elementals = [random_elemental(rng, m, n) for n, m in itertools.pairwise(chosen)]
    return co.Chain(chosen, elementals)


def figures(chain):
    """All that planning says of a chain, with every order, objective and form."""
    found = []
    for objective in ("fma", "flops"):
        for order in ORDERS:
            plan = co.plan(chain, order, objective)
            found.append((plan.fma, plan.flops, plan.peak_entries, plan.lower_bound, plan.steps))
        try:
            found.append(co.plan(chain, form="operator", objective=objective).held_entries)
        except co.InfeasibleOrderError as error:
            found.append(str(error))
    return found


def test_chains_cost_the_same_however_their_patterns_are_held(all_tiles, monkeypatch):
    rng = random.Random(25)
    for _ in range(60):
        chain = random_chain(rng, [1, 2, 3, 5, 8, 20])
        held = figures(chain)
        with monkeypatch.context() as context:
            context.setattr(products, "SMALL_SIZES", 10**6)
            assert figures(co.Chain(chain.sizes, chain.elementals)) == held


@pytest.mark.parametrize("sizes", [(4, 2**31 + 4, 4, 2), (2**31 + 4, 4, 4, 2)])
@pytest.mark.parametrize("given", [True, False])
def test_three_entries_behind_a_band_behind_a_long_diagonal_take_little_memory(sizes, given):
    structures = [
        co.Diagonal(),
        co.Banded(1, 1),
        co.Sparse.from_coordinates([0, 1, 1], [0, 0, 3]),
    ]
    fields = {} if given else {"given": False, "tangent_cost": 10, "adjoint_cost": 10}
    elementals = [co.Elemental(structure=structure, **fields) for structure in structures]
    assert traced(lambda: figures(co.Chain(sizes, elementals))) < MOST_BYTES


def test_memory_grows_with_the_entries_and_not_with_the_sizes():
    rng = random.Random(26)
    for _ in range(25):
        chain = random_chain(rng, [1, 4, 30, 10**6, 2**31 + 4, 10**12, 10**18])
        held = traced(lambda chain=chain: (figures(chain), str(co.compare(chain, ORDERS))))
        assert held < MOST_BYTES, chain


def test_many_entries_in_a_vast_matrix_are_planned_in_their_own_memory():
    count, size = 5000, 10**17
    rng = np.random.default_rng(27)
    rows, cols = rng.integers(0, 2**31, (2, count))
    sparse = co.Elemental(structure=co.Sparse.from_coordinates(rows, cols))
    band = co.Elemental(structure=co.Banded(2, 2))
    chain = co.Chain([size] * 5, [sparse, band, sparse, band])
    assert traced(lambda: co.plan(chain).fma) < 1000 * count


def traced(run):
    """The most bytes held at once, beyond what was there before."""
    small = co.Chain([2, 3], [co.Elemental(structure=co.Sparse(np.eye(3, 2)))])
    figures(small), str(co.compare(small, ORDERS))  # modules are loaded
    tracemalloc.start()
    run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("sizes", [[4, 2**31 + 4, 4, 2], [2**31 + 4, 4, 4, 2], [10**18] * 4])
def test_the_command_plans_a_small_file_of_large_sizes_and_declines_to_execute_it(tmp_path, sizes):
    structures = ["diagonal", {"banded": {"lower": 1, "upper": 1}}]
    structures += [{"sparse": {"rows": [0, 1, 1], "cols": [0, 0, 3]}}]
    elementals = [{"structure": structure} for structure in structures]
    path = tmp_path / "chain.json"
    chain = {"format": "chainorder/1", "kind": "chain", "sizes": sizes, "elementals": elementals}
    path.write_text(json.dumps(chain))
    done = chainorder("plan", str(path))
    assert done.returncode == 0, done.stderr
    assert "not executed: it would take about" in done.stdout
