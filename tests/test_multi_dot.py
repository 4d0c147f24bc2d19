"""multi_dot against numpy.linalg.multi_dot: the same values, the same errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainorder as co


def outcome(function, *args, **kwargs):
    """What a call gives: its result, or the type and text of its error."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error), str(error)


def random_factors(rng, count, vector_first=False, vector_last=False):
    sizes = rng.integers(1, 9, count + 1)
    factors = [rng.normal(size=(sizes[l], sizes[l + 1])) for l in range(count)]
    if vector_first:
        factors[0] = factors[0][0]
    if vector_last:
        factors[-1] = factors[-1][:, 0]
    return factors


@given(st.integers(2, 12), st.booleans(), st.booleans(), st.integers(0, 9))
def test_values_are_those_of_numpy(count, vector_first, vector_last, seed):
    factors = random_factors(np.random.default_rng(seed), count, vector_first, vector_last)
    ours, theirs = co.multi_dot(factors), np.linalg.multi_dot(factors)
    assert np.shape(ours) == np.shape(theirs)
    assert type(ours) is type(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("count", [2, 3, 4, 7])
def test_out_is_written_and_returned(count):
    factors = random_factors(np.random.default_rng(0), count)
    out = np.empty((len(factors[0]), factors[-1].shape[1]))
    assert co.multi_dot(factors, out=out) is out
    np.testing.assert_allclose(out, np.linalg.multi_dot(factors))


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("wrong", ["shape", "dtype", "order", "list"])
def test_an_out_that_does_not_fit_fails_as_in_numpy(count, wrong):
    rng = np.random.default_rng(0)
    factors = [rng.normal(size=(4, 4)) for _ in range(count)]
    out = {
        "shape": np.empty((4, 5)),
        "dtype": np.empty((4, 4), dtype="f4"),
        "order": np.empty((4, 4), order="F"),
        "list": [[0.0] * 4] * 4,
    }[wrong]
    assert outcome(co.multi_dot, factors, out=out) == outcome(np.linalg.multi_dot, factors, out=out)


@pytest.mark.parametrize(
    "factors",
    [
        [],
        [np.ones((2, 2))],
        [np.ones((2, 3)), np.ones((2, 3))],
        [np.ones((2, 3)), np.ones((4, 5)), np.ones((5, 9))],
        [np.ones((2, 2)), np.ones(2), np.ones((2, 2))],
        [np.ones((2, 2)), np.ones((2, 2, 2)), np.ones((2, 2))],
        [np.ones((2, 2)), np.float64(3), np.ones((2, 2)), np.ones((2, 2))],
    ],
)
def test_misuse_fails_as_in_numpy(factors):
    assert outcome(co.multi_dot, factors) == outcome(np.linalg.multi_dot, factors)


def test_misaligned_shapes_are_named():
    factors = [np.ones((2, 3)), np.ones((3, 4)), np.ones((5, 6)), np.ones((6, 2))]
    with pytest.raises(ValueError, match=r"shapes \(3,4\) and \(5,6\) not aligned: 4 "):
        co.multi_dot(factors)


def test_lists_empty_axes_and_integers_are_taken_as_numpy_takes_them():
    for factors in (
        [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[1, 0], [0, 1]]],
        [np.ones((3, 0)), np.ones((0, 4)), np.ones((4, 2)), np.ones((2, 0))],
        [np.arange(6).reshape(2, 3), np.arange(3).reshape(3, 1), np.arange(4).reshape(1, 4)],
    ):
        ours, theirs = co.multi_dot(factors), np.linalg.multi_dot(factors)
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)
        assert ours.shape == theirs.shape


def test_not_a_number_passes_through_as_in_numpy():
    factors = [np.full((2, 2), np.nan), np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 2))]
    assert np.isnan(co.multi_dot(factors)).all()


def test_operands_are_left_alone_even_where_out_is_one_of_them():
    rng = np.random.default_rng(0)
    factors = [rng.normal(size=(5, 5)) for _ in range(6)]
    expected = np.linalg.multi_dot(factors)
    for position in range(6):
        copies = [factor.copy() for factor in factors]
        np.testing.assert_allclose(co.multi_dot(copies, out=copies[position]), expected)


@pytest.mark.parametrize("exponent", [3, 6, 7, 8, 31])
@pytest.mark.parametrize("size", [0, 1, 4])
def test_powers_of_one_array_are_those_of_numpy(size, exponent):
    matrix = np.random.default_rng(exponent).integers(-2, 3, (size, size))
    arrays = [matrix] * exponent
    expected = np.linalg.multi_dot(arrays)
    assert np.array_equal(co.multi_dot(arrays), expected)
    out = np.empty_like(matrix)
    assert co.multi_dot(arrays, out=out) is out
    assert np.array_equal(out, expected)
    wide = [np.ones((size, size + 1))] * exponent
    with pytest.raises(ValueError, match="not aligned"):
        co.multi_dot(wide)
