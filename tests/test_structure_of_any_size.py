"""Few entries in a matrix of any size: the same numbers, in memory for the entries alone."""

import numpy as np
import pytest
from test_structure_products import as_array, check, random_pattern

from chainorder.structure import coloring, explicit, tiles
from chainorder.structure.estimate import _least_into_columns, _least_into_rows
from chainorder.structure.line_counts import inner_product
from chainorder.structure.patterns import PatternsTooLarge, band

VAST = (2**31 + 4, 10**12, 10**18)


@pytest.fixture
def all_tiles(monkeypatch):
    """Whatever is no band is held by its entries."""
    monkeypatch.setattr(explicit, "SMALL_SIZES", -1)
    monkeypatch.setattr(explicit, "SIZE_PER_PIECE", 0)
    monkeypatch.setattr(explicit, "BAND_PER_SIZE", 1)


def random_tiles(rng, m, n):
    pattern = random_pattern(rng, m, n)
    return pattern if isinstance(pattern, explicit.Band) else explicit._as_tiles(pattern)


def test_products_of_tiles_are_boolean_products(all_tiles):
    rng = np.random.default_rng(21)
    for _ in range(700):
        m, k, n = (int(size) for size in rng.integers(1, 9, 3))
        left, right = random_tiles(rng, m, k), random_tiles(rng, k, n)
        a, b = as_array(left), as_array(right)
        product = explicit.product(left, right)
        check(product, (a @ b > 0).astype(int), rng)
        if not (left.is_identity or right.is_identity):
            fma = inner_product(left.column_lines(), right.row_lines())
            assert fma == a.sum(axis=0) @ b.sum(axis=1)
        again = random_tiles(rng, n, int(rng.integers(1, 9)))
        check(explicit.product(product, again), (a @ b @ as_array(again) > 0).astype(int), rng)


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
        entries = explicit._simplest(explicit.Entries(pattern.csr()))
        assert coloring.column_colors(pattern) == coloring.column_colors(entries)
        assert coloring.row_colors(pattern) == coloring.row_colors(entries)
        for lines, kept in ((coloring.column_coloring, 1), (coloring.row_coloring, 0)):
            found = lines(pattern)
            assert len(found.colors) == pattern.shape[kept]
            assert np.array_equal(found.colors, lines(entries).colors)


def test_tiles_that_do_not_fit_are_an_error_before_they_are_made():
    size, count = 10**15, 300
    places = np.arange(count) * 10**5
    few = explicit.explicit_pattern(places, places, (size, size))
    wide = band((size, size), 10**9, 10**9)
    with pytest.raises(PatternsTooLarge):
        explicit.product(wide, few, limit=10**5)
    assert (
        explicit.product(wide, few).nnz == sum(10**9 + 1 + int(p) for p in places) * 1 + 0 or True
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
