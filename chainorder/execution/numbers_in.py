"""Arrays of numbers as they come in: whatever NumPy makes an array of, if it holds numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ChainOrderError
from .dense import Array

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
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        text = " ".join(str(error).split())
        raise ChainOrderError(f"{item} is no array: {text}") from None
    if np.ma.isMaskedArray(value) and np.ma.is_masked(value):
        at = tuple(int(v) for v in np.argwhere(np.ma.getmaskarray(value))[0])
        raise ChainOrderError(f"{item} is masked at {list(at)}: expected numbers everywhere")
    check_dtype(array.dtype, item, expected)
    return array


def check_dtype(dtype: Any, item: str, expected: str = "numbers") -> None:
    """Raise unless the dtype is one of integers, real or complex numbers."""
    if dtype.kind not in KINDS:
        raise ChainOrderError(f"{item} has dtype {dtype}: expected {expected}")
