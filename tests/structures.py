"""Random structures and operands of every kind that the tests of structure draw from."""

import numpy as np
import scipy.sparse as sp

import chainorder as co

KINDS = (
    "dense",
    "diagonal",
    "banded",
    "identity",
    "zero",
    "arrow",
    "permutation",
    "blocks",
    "hypersparse",
    "empty lines",
    "random",
)


def random_structure(rng, m, n):
    """A structure of an (m, n) matrix."""
    kind = rng.choice(KINDS, p=[0.1] * 4 + [0.02] + [0.09] * 5 + [0.13])
    if kind == "dense":
        return co.Dense()
    if kind == "diagonal":
        return co.Diagonal()
    if kind == "banded":
        return co.Banded(int(rng.integers(4)), int(rng.integers(4)))
    if kind == "identity":
        return co.Identity() if m == n else co.Banded(0, 1)
    if kind == "zero":
        return co.Zero()
    pattern = np.zeros((m, n), dtype=bool)
    if kind == "arrow":
        pattern[0, :] = pattern[:, 0] = True
        np.fill_diagonal(pattern, True)
    elif kind == "permutation":
        pattern[rng.permutation(m), np.arange(m) % n] = True
    elif kind == "blocks":
        pattern[: m // 2, : n // 2] = True
        pattern[m // 2 :, n // 2 :] = True
    elif kind == "hypersparse":
        pattern = rng.random((m, n)) < 1.0 / max(m, n)
    else:
        pattern = rng.random((m, n)) < rng.choice([0.1, 0.3, 0.6])
        if kind == "empty lines":
            pattern[:, rng.integers(n)] = pattern[rng.integers(m)] = False
    return co.Sparse(pattern)


def random_problem(rng, longest, widest=9):
    """Sizes and structures; some elementals are equal, as in time steps."""
    q = int(rng.integers(1, longest + 1))
    pool = rng.integers(1, rng.choice([3, 6, widest + 1]), 3)
    sizes = [int(size) for size in rng.choice(pool, q + 1)]
    structures = []
    for l in range(q):
        repeats = l > 0 and sizes[l - 1] == sizes[l] == sizes[l + 1] and rng.random() < 0.3
        drawn = random_structure(rng, sizes[l + 1], sizes[l])
        structures.append(structures[-1] if repeats else drawn)
    return sizes, structures


def as_matrix(structure, shape):
    """The pattern of a structure as zeros and ones, by its definition."""
    rows, cols = np.indices(shape)
    if isinstance(structure, co.Dense):
        return np.ones(shape, dtype=int)
    if isinstance(structure, co.Diagonal | co.Identity):
        return (rows == cols).astype(int)
    if isinstance(structure, co.Banded):
        is_near = (rows - cols <= structure.lower) & (cols - rows <= structure.upper)
        return is_near.astype(int)
    matrix = np.zeros(shape, dtype=int)
    if isinstance(structure, co.Sparse):
        matrix[structure.rows, structure.cols] = 1
    return matrix


def random_operand(rng, structure, shape):
    """A matrix that fills the structure, in one of the formats that are accepted."""
    signs = rng.choice([-1.0, 1.0], shape)
    dense = as_matrix(structure, shape) * rng.uniform(0.5, 1.5, shape) * signs
    if isinstance(structure, co.Identity):
        dense = np.eye(shape[0])
    kinds = [np.asarray, sp.csr_array, sp.coo_array, sp.csr_matrix]
    if dense.any():
        kinds += [sp.csc_array, sp.dia_array]
    if isinstance(structure, co.Diagonal | co.Identity):
        kinds.append(lambda matrix: matrix.diagonal().copy())
    return dense, kinds[rng.integers(len(kinds))](dense)


def as_array(jacobian):
    """A Jacobian in any form as an array."""
    return jacobian if isinstance(jacobian, np.ndarray) else jacobian.toarray()
