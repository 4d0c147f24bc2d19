"""Products of Jacobians and symmetric tensors, one half of each result, counted as they are done.

A Jacobian is a matrix, or a vector: the diagonal of one. Every function adds what it multiplies to
a `Count`, from the shapes of the arrays that it really multiplies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..plans.hessian_cost import DENSE, NONE, POINTS, SLICES
from .dense import Array
from .symmetric_tensor import SymmetricTensor, diagonal_places, lower_triangle

ROWS_APART = 16
"""Rows of a triangle that are multiplied one by one; larger ones are cut into squares."""


@dataclass
class Count:
    """What has been multiplied and added so far."""

    fma: int = 0
    flops: int = 0

    def product(self, left: Array, right: Array) -> Array:
        """`left @ right` of matrices or stacks of them."""
        result: Array = np.matmul(left, right)
        inner = left.shape[-1]
        self.fma += result.size * inner
        self.flops += result.size * (2 * inner - 1)
        return result

    def scaled(self, one: Array, other: Array) -> Array:
        """`one * other`, entry by entry."""
        result = one * other
        self.fma += result.size
        self.flops += result.size
        return result

    def sum(self, one: Array, other: Array) -> Array:
        """`one + other`."""
        result = one + other
        self.flops += result.size
        return result


def multiply(left: Array, right: Array, count: Count) -> Array:
    """The product of two Jacobians."""
    if left.ndim == 2 and right.ndim == 2:
        return count.product(left, right)
    if left.ndim == 1 and right.ndim == 2:
        return count.scaled(left[:, np.newaxis], right)
    return count.scaled(left, right)


def apply(jacobian: Array, tensor: SymmetricTensor, count: Count) -> SymmetricTensor:
    """`J·H`, on the outputs of a tensor."""
    values, _, n, content = tensor
    m = jacobian.shape[0]
    if jacobian.ndim == 1:
        scale = jacobian if content == POINTS else jacobian[:, np.newaxis]
        return SymmetricTensor(count.scaled(scale, values), m, n, content)
    if content == POINTS:
        return SymmetricTensor(count.scaled(jacobian, values), m, n, SLICES)
    return SymmetricTensor(count.product(jacobian, values), m, n, content)


def congruence(tensor: SymmetricTensor, jacobian: Array, count: Count) -> SymmetricTensor:
    """`Bᵀ S B` of every slice, the lower triangle alone."""
    values, m, s, content = tensor
    if jacobian.ndim == 1:
        return _scaled_on_both_sides(tensor, jacobian, count)
    n = jacobian.shape[1]
    if content == POINTS:
        scaled = count.scaled(values[:, np.newaxis], jacobian)
        return SymmetricTensor(_pairs(scaled, jacobian, count), m, n, DENSE)
    if content == SLICES:
        half = count.scaled(values[:, :, np.newaxis], jacobian)
    else:
        # One product for all slices.
        whole = tensor.toarray().reshape(m * s, s)
        half = count.product(whole, jacobian).reshape(m, s, n)
    result = np.empty((m, n * (n + 1) // 2), dtype=half.dtype)
    _fill_triangle(np.ascontiguousarray(jacobian.T), half, 0, n, result, count)
    return SymmetricTensor(result, m, n, DENSE)


def triangle(tensor: SymmetricTensor, jacobian: Array, count: Count) -> SymmetricTensor:
    """The same by one half of `S`: `Z + Zᵀ` with `Z = Bᵀ (L B)`, `S = L + Lᵀ`."""
    values, m, s, content = tensor
    if jacobian.ndim == 1 or content != DENSE:
        return congruence(tensor, jacobian, count)
    n = jacobian.shape[1]
    rows, columns = lower_triangle(s)
    half = np.zeros((m, s, s), dtype=np.result_type(values, np.float64))
    half[:, rows, columns] = values
    at = np.arange(s)
    half[:, at, at] = count.scaled(half[:, at, at], np.array(0.5))
    below = np.empty((m, s, n), dtype=np.result_type(half, jacobian))
    _multiply_triangle(half, jacobian, 0, s, below, count)
    whole = count.product(np.ascontiguousarray(jacobian.T), below)
    rows, columns = lower_triangle(n)
    return SymmetricTensor(count.sum(whole[:, rows, columns], whole[:, columns, rows]), m, n, DENSE)


def square(tensor: SymmetricTensor, jacobian: Array, count: Count) -> SymmetricTensor:
    """The same by the symmetric square of `B`, which is made first."""
    values, m, s, content = tensor
    if jacobian.ndim == 1 or content == POINTS:
        return congruence(tensor, jacobian, count)
    n = jacobian.shape[1]
    same = _pairs(jacobian, jacobian, count)
    if content == SLICES:
        return SymmetricTensor(count.product(values, same), m, n, DENSE)
    rows, columns = lower_triangle(s)
    kernel = np.empty((len(rows), n * (n + 1) // 2), dtype=same.dtype)
    kernel[diagonal_places(s)] = same
    apart = rows > columns
    kernel[apart] = _mixed_pairs(jacobian[rows[apart]], jacobian[columns[apart]], count)
    return SymmetricTensor(count.product(values, kernel), m, n, DENSE)


def add(one: SymmetricTensor, other: SymmetricTensor, count: Count) -> SymmetricTensor:
    """The sum; a tensor that is diagonal is added where it is not zero."""
    if one.content > other.content:
        one, other = other, one
    if one.content == other.content:
        return one._replace(values=count.sum(one.values, other.values))
    dtype = np.result_type(one.values, other.values)
    values = one.values.astype(dtype)
    if one.content == SLICES:
        at = np.arange(one.n)
        values[at, at] = count.sum(values[at, at], other.values)
    elif other.content == SLICES:
        at = diagonal_places(one.n)
        values[:, at] = count.sum(values[:, at], other.values)
    else:
        rows, at = np.arange(one.n), diagonal_places(one.n)
        values[rows, at] = count.sum(values[rows, at], other.values)
    return one._replace(values=values)


def times_matrix(tensor: SymmetricTensor, matrix: Array, count: Count) -> Array:
    """`S V` of every slice, `(m, s, p)`."""
    values, m, s, content = tensor.slices()
    if content == SLICES:
        return count.scaled(values[:, :, np.newaxis], matrix)
    whole = tensor.toarray().reshape(m * s, s)
    return count.product(whole, matrix).reshape(m, s, matrix.shape[1])


def _scaled_on_both_sides(
    tensor: SymmetricTensor, diagonal: Array, count: Count
) -> SymmetricTensor:
    if tensor.content == DENSE:
        rows, columns = lower_triangle(tensor.n)
        pairs = count.scaled(diagonal[rows], diagonal[columns])
    else:
        pairs = count.scaled(diagonal, diagonal)
    return tensor._replace(values=count.scaled(tensor.values, pairs))


def _fill_triangle(
    transposed: Array, half: Array, low: int, high: int, result: Array, count: Count
) -> None:
    """Rows and columns from `low` to `high` of `Bᵀ·half`, one half of them."""
    if high - low <= ROWS_APART:
        for row in range(low, high):
            at = row * (row + 1) // 2
            part = count.product(transposed[row], half[:, :, low : row + 1])
            result[:, at + low : at + row + 1] = part
        return
    middle = (low + high) // 2
    _fill_triangle(transposed, half, low, middle, result, count)
    _fill_triangle(transposed, half, middle, high, result, count)
    part = count.product(transposed[middle:high], half[:, :, low:middle])
    for row in range(middle, high):
        at = row * (row + 1) // 2
        result[:, at + low : at + middle] = part[:, row - middle]


def _multiply_triangle(
    half: Array, jacobian: Array, low: int, high: int, result: Array, count: Count
) -> None:
    """Rows from `low` to `high` of `L B`, as far as their part of `L` goes."""
    if high - low <= ROWS_APART:
        for row in range(low, high):
            part = count.product(half[:, row, low : row + 1], jacobian[low : row + 1])
            result[:, row] = part
        return
    middle = (low + high) // 2
    _multiply_triangle(half, jacobian, low, middle, result, count)
    _multiply_triangle(half, jacobian, middle, high, result, count)
    part = count.product(half[:, middle:high, low:middle], jacobian[low:middle])
    # The sums within a row belong to the products: one addition for each but the first.
    result[:, middle:high] += part
    count.flops += part.size


def _pairs(one: Array, other: Array, count: Count) -> Array:
    """`one[a, b]·other[a, d]` for `d <= b`, `(s, n(n+1)/2)`."""
    s, n = one.shape
    result = np.empty((s, n * (n + 1) // 2), dtype=np.result_type(one, other))
    for row in range(n):
        at = row * (row + 1) // 2
        part = count.scaled(one[:, row : row + 1], other[:, : row + 1])
        result[:, at : at + row + 1] = part
    return result


def _mixed_pairs(one: Array, other: Array, count: Count) -> Array:
    """`one[b]·other[d] + other[b]·one[d]` for `d <= b`, of every row."""
    s, n = one.shape
    result = np.empty((s, n * (n + 1) // 2), dtype=np.result_type(one, other))
    for row in range(n):
        at = row * (row + 1) // 2
        first = count.scaled(one[:, row : row + 1], other[:, :row])
        second = count.scaled(other[:, row : row + 1], one[:, :row])
        result[:, at : at + row] = count.sum(first, second)
        same = count.scaled(one[:, row], other[:, row])
        result[:, at + row] = count.sum(same, same)
    return result


def nothing(m: int, n: int) -> SymmetricTensor:
    """The second derivatives of what is linear."""
    return SymmetricTensor(np.zeros(0), m, n, NONE)
