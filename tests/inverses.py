"""Random chains of matrices that repeat, inverted and transposed."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from structures import as_matrix

import chainorder as co


class Matrix(NamedTuple):
    """One matrix of a pool: its structure, shape, values, and whether only products are there."""

    label: str
    structure: co.Structure
    value: np.ndarray
    given: bool
    tangent_cost: int | None
    adjoint_cost: int | None


class Factor(NamedTuple):
    """A matrix in a chain, inverted or transposed or both."""

    matrix: Matrix
    inverted: bool
    transposed: bool

    @property
    def shape(self):
        m, n = self.matrix.value.shape
        return (n, m) if self.transposed else (m, n)

    @property
    def structure(self):
        structure = self.matrix.structure
        structure = co.Inverse(structure) if self.inverted else structure
        return co.Transpose(structure) if self.transposed else structure

    @property
    def value(self):
        value = np.linalg.inv(self.matrix.value) if self.inverted else self.matrix.value
        return value.T if self.transposed else value

    @property
    def is_known(self):
        return isinstance(self.matrix.structure, co.Identity | co.Selection)

    @property
    def is_solved(self):
        return self.inverted and not self.is_known

    @property
    def is_symmetric(self):
        """Whether a tangent of it is an adjoint of it."""
        known = co.Symmetric | co.Diagonal | co.Identity
        return isinstance(self.matrix.structure, known) and (self.matrix.given or self.inverted)

    @property
    def letter(self):
        return self.matrix.label, self.inverted, self.transposed and not self.is_symmetric

    @property
    def elemental(self):
        m = self.matrix
        return co.Elemental(
            structure=self.structure,
            given=m.given,
            tangent_cost=m.tangent_cost,
            adjoint_cost=m.adjoint_cost,
        )


def random_matrix(rng, label, m, n, matrix_free):
    """A regular matrix of a random structure."""
    kinds = ["dense", "selection"]
    if m == n:
        kinds = ["dense", "dense", "diagonal", "banded", "lower", "upper", "spd", "symmetric"]
        kinds += ["sparse", "permutation", "identity", "bidiagonal"]
    kind = rng.choice(kinds)
    value = rng.uniform(0.5, 1.5, (m, n)) * rng.choice([-1.0, 1.0], (m, n))
    if m == n:
        value += np.diag(rng.choice([-1.0, 1.0], n) * (n + 1.0))
    structure = co.Dense()
    if kind == "diagonal":
        structure = co.Diagonal()
    elif kind == "banded":
        structure = co.Banded(int(rng.integers(3)), int(rng.integers(3)))
    elif kind == "bidiagonal":
        structure = co.Banded(*((1, 0) if rng.random() < 0.5 else (0, 1)))
    elif kind in ("lower", "upper"):
        structure = co.Triangular(lower=bool(kind == "lower"))
    elif kind in ("spd", "symmetric"):
        structure = co.Symmetric(positive_definite=bool(kind == "spd"))
        value = value + value.T
        if kind == "spd":
            value = value @ value.T + np.eye(n)
    elif kind == "sparse":
        structure = co.Sparse((rng.random((m, n)) < 0.2) | np.eye(m, dtype=bool))
    elif kind == "identity":
        structure = co.Identity()
    elif kind in ("permutation", "selection") and n >= m:
        structure = co.Selection(rng.permutation(n)[:m].tolist())
        value = np.ones((m, n))
    if kind == "identity":
        value = np.eye(n)
    value = value * pattern_of(structure, (m, n))
    if isinstance(structure, co.Selection | co.Identity) or not matrix_free:
        return Matrix(label, structure, value, True, None, None)
    costs = [int(rng.integers(0, 30)) if rng.random() < 0.8 else None for _ in range(2)]
    if costs == [None, None]:
        costs[0] = 7
    return Matrix(label, structure, value, False, *costs)


def random_factors(rng, longest, matrix_free=0.0, pool_size=3, sizes=(1, 2, 3, 5)):
    """Factors that fit one behind the other, first applied first, some of them the same matrix."""
    q = int(rng.integers(1, longest + 1))
    main = int(rng.choice(sizes[1:]))
    pool, factors, size = [], [], int(rng.choice([main, main, rng.choice(sizes)]))
    for _l in range(q):
        fitting = [
            Factor(matrix, inverted, transposed)
            for matrix in pool
            for transposed in (False, True)
            for inverted in (False, True)
            if matrix.value.shape[not transposed] == size
            and (not inverted or matrix.value.shape[0] == matrix.value.shape[1])
        ]
        if fitting and (len(pool) >= pool_size or rng.random() < 0.6):
            factors.append(fitting[rng.integers(len(fitting))])
        else:
            m = int(rng.choice([main, main, main, rng.choice(sizes)]))
            matrix = random_matrix(rng, f"M{len(pool)}", m, size, rng.random() < matrix_free)
            pool.append(matrix)
            inverted = m == size and rng.random() < 0.5
            factors.append(Factor(matrix, bool(inverted), False))
        size = factors[-1].shape[0]
    return factors


def chain_of(factors, *, shared):
    """The chain; with labels if what is one matrix is to be known."""
    sizes = [factors[0].shape[1], *(factor.shape[0] for factor in factors)]
    same = [factor.matrix.label for factor in factors] if shared else None
    return co.Chain(sizes, [factor.elemental for factor in factors], same=same)


def operands_of(factors, rng):
    """The matrices themselves, those that are products only as operators."""
    made = {}
    for factor in factors:
        matrix = factor.matrix
        if matrix.label in made:
            continue
        if matrix.given:
            kinds = [np.asarray, np.asfortranarray, sp.csr_array]
            made[matrix.label] = kinds[rng.integers(3)](matrix.value)
        else:
            made[matrix.label] = sp.linalg.aslinearoperator(matrix.value)
    return [made[factor.matrix.label] for factor in factors]


def pattern_of(structure, shape):
    """The entries that can be non-zero, by definition."""
    rows, cols = np.indices(shape)
    if isinstance(structure, co.Triangular):
        return ((rows >= cols) if structure.lower else (rows <= cols)).astype(int)
    if isinstance(structure, co.Symmetric):
        return np.ones(shape, dtype=int)
    if isinstance(structure, co.Selection):
        chosen = np.zeros(shape, dtype=int)
        chosen[np.arange(shape[0]), list(structure.rows)] = 1
        return chosen
    return as_matrix(structure, shape)


def explicit_pattern(factor):
    """The pattern of a factor as a matrix."""
    pattern = pattern_of(factor.matrix.structure, factor.matrix.value.shape)
    if factor.inverted and not factor.is_known:
        below, above = np.tril(pattern, -1).any(), np.triu(pattern, 1).any()
        if below and above:
            pattern = np.ones_like(pattern)
        elif below or above:
            ones = np.ones_like(pattern)
            pattern = np.tril(ones) if below else np.triu(ones)
    elif factor.inverted:
        pattern = pattern.T
    return pattern.T if factor.transposed else pattern
