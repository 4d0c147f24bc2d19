"""What small work does not do: wake a BLAS, copy what it need not, or miss what is not finite."""

from threading import Thread

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.linalg import solve_triangular
from threadpoolctl import threadpool_info

import chainorder as co
from chainorder.execution.numbers_in import is_finite
from chainorder.execution.one_thread import SMALL_WORK, one_thread_if_small
from chainorder.execution.operands.forms import has_entries_above
from chainorder.execution.operands.narrow import dense_by_narrow, is_narrow
from chainorder.execution.operands.substitution import Substitution


def scipy_threads():
    """Threads of the BLAS in SciPy's wheel; None where it has none of its own."""
    found = [lib for lib in threadpool_info() if "scipy.libs" in lib["filepath"]]
    return found[0]["num_threads"] if found else None


def test_small_work_takes_one_thread_and_large_work_all():
    import scipy.linalg  # noqa: F401

    before = scipy_threads()
    with one_thread_if_small(SMALL_WORK):
        assert scipy_threads() in (1, None)
        with one_thread_if_small(1):
            assert scipy_threads() in (1, None)
        assert scipy_threads() in (1, None)
    assert scipy_threads() == before
    with one_thread_if_small(SMALL_WORK + 1):
        assert scipy_threads() == before


def test_threads_come_back_after_an_error():
    before = scipy_threads()
    with pytest.raises(KeyError), one_thread_if_small(1):
        raise KeyError
    assert scipy_threads() == before


def test_solves_on_many_threads_at_once_leave_the_threads_of_blas_as_they_were():
    before = scipy_threads()
    a = np.random.default_rng(0).normal(size=(30, 30)) + 30 * np.eye(30)
    chain = co.Chain([50, 30, 30], [co.Elemental(), co.Elemental(structure=co.Inverse(co.Dense()))])
    plan, b = co.plan(chain), np.ones((30, 50))

    def solve():
        for _ in range(50):
            co.execute(plan, [b, a])

    threads = [Thread(target=solve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert scipy_threads() == before


@pytest.mark.parametrize("dtype", ["f4", "f8", "F", "D"])
@pytest.mark.parametrize("n", [1, 7, 8, 9, 30, 64])
@pytest.mark.parametrize("lower", [True, False])
def test_blocks_of_a_triangle_solve_as_lapack_does(n, lower, dtype):
    rng = np.random.default_rng(n)
    triangle = (np.tril if lower else np.triu)(rng.normal(size=(n, n))).astype(dtype)
    np.fill_diagonal(triangle, 3)
    for columns in (1, 33):
        block = rng.normal(size=(n, columns)).astype(dtype)
        for transposed in (False, True):
            expected = solve_triangular(triangle, block, lower=lower, trans=int(transposed))
            for given in (block, np.asfortranarray(block)):
                before = given.copy()
                solves = Substitution(triangle, np.linalg.inv(triangle), lower=lower)
                solved = solves.solve(given, transposed=transposed)
                assert solved.dtype == expected.dtype
                assert np.array_equal(given, before)
                tolerance = np.finfo(dtype).eps * np.linalg.cond(triangle) * n
                assert np.abs(solved - expected).max() <= tolerance * np.abs(expected).max()


@pytest.mark.parametrize("rows", [1, 5, 40])
@pytest.mark.parametrize("columns", [1, 7, 32, 33, 60])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("sparse_first", [True, False])
def test_dense_times_sparse_is_counted_by_the_entries_however_it_is_made(
    rows, columns, order, sparse_first
):
    rng = np.random.default_rng(rows * columns)
    pattern = sp.random_array((50, columns), density=0.2, rng=rng, format="csr")
    dense = np.array(rng.normal(size=(rows, 50)), order=order)
    elementals = [co.Elemental(structure=co.Sparse(pattern)), co.Elemental()]
    sizes, operands = [columns, 50, rows], [pattern, dense]
    if sparse_first:
        sizes, operands = sizes[::-1], [dense.T, sp.csr_array(pattern.T)]
        elementals = [co.Elemental(), co.Elemental(structure=co.Sparse(operands[1]))]
    run = co.execute(co.plan(co.Chain(sizes, elementals)), operands)
    expected = dense @ pattern.toarray()
    np.testing.assert_allclose(run.jacobian, expected.T if sparse_first else expected)
    assert run.fma == rows * pattern.nnz


@pytest.mark.parametrize("dtype", ["i8", "f2", "f4", "f8", "F", "D", "g"])
@pytest.mark.parametrize("shape", [(), (0,), (7,), (9, 8), (150, 100)])
def test_what_is_finite_is_told_by_every_number(dtype, shape):
    array = np.zeros(shape, dtype=dtype)
    for view in (array, array.T, array[..., ::-2] if shape else array):
        assert is_finite(view)
        if dtype == "i8" or view.size == 0:
            continue
        for value in (np.nan, np.inf, -np.inf, *([1j * np.inf] if dtype in "FD" else [])):
            view.flat[-1] = value
            assert not is_finite(view)
        view.flat[:] = 0.9 * np.finfo(dtype).max  # squares overflow; the numbers are finite
        assert is_finite(view)
        view.flat[:] = 0


@pytest.mark.parametrize(("lower", "upper"), [(0, 0), (1, 0), (0, 3), (2, 1), (4, 0), (0, 4)])
def test_an_entry_beside_a_band_is_found_in_every_place(lower, upper):
    n = 5
    chain = co.Chain([n, n], [co.Elemental(structure=co.Banded(lower, upper))])
    plan = co.plan(chain)
    rows, cols = np.indices((n, n))
    inside = (rows - cols <= lower) & (cols - rows <= upper)
    for r, c in np.ndindex(n, n):
        array = inside.astype(float)
        array[r, c] = 2.0
        if inside[r, c]:
            co.execute(plan, [array])
        else:
            with pytest.raises(co.ChainOrderError, match=rf"entry at \({r}, {c}\)"):
                co.execute(plan, [array])


@pytest.mark.parametrize("shape", [(5, 5), (70, 130), (130, 70), (64, 64), (129, 1), (1, 200)])
def test_entries_above_a_diagonal_are_found_block_by_block(shape):
    rng = np.random.default_rng(0)
    for k in (0, 1, 59, 63, 64, 100):
        assert not has_entries_above(np.tril(np.ones(shape), k), k)
        for _ in range(100):
            array = np.tril(np.ones(shape), k)
            array[tuple(rng.integers(0, shape))] = 2
            assert has_entries_above(array, k) == np.triu(array, k + 1).any()


def test_columns_that_reach_into_few_rows_are_multiplied_as_far_as_they_reach():
    rng = np.random.default_rng(0)
    for m, n, columns in ((40, 90, 30), (33, 7, 7), (64, 50, 1), (32, 20, 32)):
        dense = rng.normal(size=(m, n))
        band = sp.csr_array(np.tril(np.triu(rng.normal(size=(n, columns)), -3 * n // columns), 2))
        empty = sp.csr_array((n, columns))
        half = sp.csr_array(np.where(np.arange(columns) % 9 < 4, band.toarray(), 0))
        full = sp.csr_array(rng.normal(size=(n, columns)))
        for sparse in (band, empty, half, full):
            assert is_narrow(dense, sparse)
            np.testing.assert_allclose(
                dense_by_narrow(dense, sparse), dense @ sparse.toarray(), atol=1e-12
            )
    assert not is_narrow(np.asfortranarray(dense), band)
    assert not is_narrow(dense[:5], band)
    assert not is_narrow(dense.astype(int), band.astype(int))
    assert is_narrow(dense.astype("f4"), band)
