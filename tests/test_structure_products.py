"""Patterns and their products, against the Boolean products of arrays of zeros and ones."""

import networkx as nx
import numpy as np
import pytest
from structures import as_matrix, random_structure

import chainorder as co
from chainorder.structure import coloring, products
from chainorder.structure.estimate import estimated_counts
from chainorder.structure.patterns import Band, band, band_fma, band_product
from chainorder.structure.ranges import PatternsTooLarge, Ranges


def as_array(pattern):
    return pattern.csr().toarray().astype(int)


def random_pattern(rng, m, n):
    if rng.random() < 0.5:
        lower, upper, rows, cols = (int(rng.integers(0, s + 2)) for s in (m, n, m, n))
        return band((m, n), lower, upper, min(rows, m), min(cols, n))
    return random_structure(rng, m, n).pattern((m, n))


def check(pattern, expected, rng):
    assert np.array_equal(as_array(pattern), expected)
    assert pattern.nnz == expected.sum()
    assert np.array_equal(pattern.row_counts(), expected.sum(axis=1))
    assert np.array_equal(pattern.column_counts(), expected.sum(axis=0))
    columns, rows = rng.random(expected.shape[1]) < 0.3, rng.random(expected.shape[0]) < 0.3
    assert np.array_equal(pattern.rows_into(columns), expected[:, columns].any(axis=1))
    assert np.array_equal(pattern.columns_from(rows), expected[rows].any(axis=0))


def test_products_of_patterns_are_boolean_products():
    rng = np.random.default_rng(1)
    for _ in range(700):
        m, k, n = (int(size) for size in rng.integers(1, 9, 3))
        left, right = random_pattern(rng, m, k), random_pattern(rng, k, n)
        a, b = as_array(left), as_array(right)
        check(products.product(left, right), (a @ b > 0).astype(int), rng)
        if isinstance(left, Band) and isinstance(right, Band):
            is_free = left.is_identity or right.is_identity
            expected = 0 if is_free else int(a.sum(axis=0) @ b.sum(axis=1))
            assert band_fma(left, right) == expected


def test_bitset_products_are_boolean_products():
    rng = np.random.default_rng(2)
    for _ in range(20):
        m, k, n = (int(size) for size in rng.integers(1, 300, 3))
        left, right = random_pattern(rng, m, k), random_pattern(rng, k, n)
        if left.nnz and right.nnz:
            expected = (as_array(left) @ as_array(right) > 0).astype(int)
            check(products._bit_product(left, right), expected, rng)


def test_bands_of_any_size_cost_by_formula():
    n = 10**18
    sigmoid, loss = co.Diagonal().pattern((n, n)), co.Dense().pattern((1, n))
    assert band_fma(loss, sigmoid) == n
    assert band_product(loss, sigmoid) == loss
    heat = co.Banded(1, 1).pattern((n, n))
    assert heat.nnz == 3 * n - 2
    assert band_product(heat, heat) == co.Banded(2, 2).pattern((n, n))
    # 9 in the inside; the first and last rows and columns have two entries.
    assert band_fma(heat, heat) == 9 * (n - 2) + 2 * 4


def test_a_sparse_pattern_that_fills_a_band_is_that_band():
    full = as_matrix(co.Banded(1, 2), (6, 5))
    assert co.Sparse(full).pattern((6, 5)) == co.Banded(1, 2).pattern((6, 5))


def test_groups_of_columns_have_no_row_in_common_and_give_the_matrix_back():
    rng = np.random.default_rng(3)
    for _ in range(200):
        m, n = (int(size) for size in rng.integers(1, 12, 2))
        pattern = random_pattern(rng, m, n)
        if pattern.is_identity or pattern.nnz == 0:
            assert coloring.column_colors(pattern) == coloring.row_colors(pattern) == 0
            continue
        matrix = as_array(pattern) * rng.uniform(1.0, 2.0, (m, n))
        columns = coloring.column_coloring(pattern)
        assert columns.count == coloring.column_colors(pattern) <= n
        products = matrix @ columns.seeds()(0, columns.count)
        assert np.array_equal(coloring.recovered(pattern, columns, products).toarray(), matrix)
        rows = coloring.row_coloring(pattern)
        assert rows.count == coloring.row_colors(pattern) <= m
        products = matrix.T @ rows.seeds()(0, rows.count)
        back = coloring.recovered(pattern, rows, products, by_rows=True)
        assert np.array_equal(back.toarray(), matrix)


@pytest.mark.parametrize(("lower", "upper"), [(0, 0), (1, 1), (3, 0), (2, 5)])
def test_a_band_takes_as_many_tangents_as_it_is_wide(lower, upper):
    assert coloring.column_colors(co.Banded(lower, upper).pattern((50, 50))) == lower + upper + 1
    assert coloring.row_colors(co.Banded(lower, upper).pattern((50, 50))) == lower + upper + 1


def test_greedy_colouring_takes_no_more_colours_than_networkx():
    rng = np.random.default_rng(4)
    ours = theirs = 0
    for _ in range(30):
        matrix = rng.random((40, 40)) < 0.05
        pattern = co.Sparse(matrix).pattern((40, 40))
        graph = nx.Graph()
        graph.add_nodes_from(np.flatnonzero(matrix.any(axis=0)).tolist())
        for row in matrix:
            columns = np.flatnonzero(row).tolist()
            graph.add_edges_from((c, d) for c in columns for d in columns if c < d)
        colors = nx.greedy_color(graph, strategy="largest_first")
        ours += coloring.column_colors(pattern)
        theirs += max(colors.values()) + 1
    assert ours <= theirs


def test_estimates_of_product_sparsity_are_near_the_counts():
    rng = np.random.default_rng(5)
    n, q = 400, 5
    structures = [
        co.Sparse.from_coordinates(np.repeat(np.arange(n), 3), rng.integers(0, n, 3 * n))
        for _ in range(q)
    ]
    ranges = Ranges([n] * (q + 1), structures)
    # The standard error is 18 %, and entries that few others reach share one.
    for (i, j), rows, columns in estimated_counts(ranges.patterns):
        exact = ranges.counts(i, j)
        assert rows.sum() == pytest.approx(exact.nnz, rel=0.5)
        assert columns.sum() == pytest.approx(exact.nnz, rel=0.5)


def test_patterns_that_do_not_fit_are_not_made():
    rng = np.random.default_rng(6)
    structures = [co.Sparse(rng.random((200, 200)) < 0.02) for _ in range(4)]
    with pytest.raises(PatternsTooLarge):
        Ranges([200] * 5, structures, memory=1000).complete()
