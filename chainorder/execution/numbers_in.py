"""Arrays of numbers as they come in: whatever NumPy makes an array of, if it holds numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import reject_masked
from ..errors import ChainOrderError
from .dense import Array

MANY_NUMBERS = 10_000
"""From so many on, BLAS goes over them faster than NumPy asks each."""

KINDS = "iufc"
"""Integers, real and complex numbers, as NumPy's dtypes say it."""


def number_array(value: Any, item: str, expected: str = "numbers") -> Array:
    """`value` as an array of integers, real or complex numbers.

    Args:
        value: anything that NumPy makes an array of.
        item: what an error message calls it.
        expected: what it should have been, for the message.

    Raises:
        ChainOrderError: what is no array, holds no numbers, or where something is masked: a
            product would lose the mask.
    """
    if type(value) is np.ndarray and value.dtype.kind in KINDS:
        return value
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        text = " ".join(str(error).split())
        raise ChainOrderError(f"{item} is no array: {text}") from None
    reject_masked(item, value)
    check_dtype(array.dtype, item, expected)
    return array


def check_dtype(dtype: Any, item: str, expected: str = "numbers") -> None:
    """Raise unless the dtype is one of integers, real or complex numbers."""
    if dtype.kind not in KINDS:
        raise ChainOrderError(f"{item} has dtype {dtype}: expected {expected}")


def check_stored(matrix: Any, item: str, expected: str = "numbers") -> None:
    """Raise unless a SciPy sparse array stores finite numbers, and none behind a mask."""
    check_dtype(matrix.dtype, item, expected)
    data = getattr(matrix, "data", None)
    # A dictionary of keys or a list of lists holds its entries in another way.
    if not isinstance(data, np.ndarray) or data.dtype.kind not in KINDS:
        data = matrix.tocoo().data
    reject_masked(item, data)
    if not is_finite(data):
        wrong = data[~np.isfinite(data)]
        raise ChainOrderError(f"{item} holds {wrong.flat[0]}: expected finite numbers")


def is_finite(array: Array) -> bool:
    """Whether no number is a NaN or an infinity; large arrays are gone over once, by BLAS."""
    if array.dtype.kind in "iu":
        return True
    is_one_run = array.flags.c_contiguous or array.flags.f_contiguous
    if array.size >= MANY_NUMBERS and array.dtype.char in "fdFD" and is_one_run:
        flat = array.ravel("K")
        # What is not finite makes the sum of squares so; large numbers may, and are looked at.
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(np.dot(flat, flat)):
                return True
    return bool(np.isfinite(array).all())
