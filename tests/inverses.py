"""Random chains of matrices that repeat, inverted and transposed, and every plan of them.

What a step costs is found here by doing it: elimination and substitution are run on zeros and ones,
loop by loop, and multiplications are counted. Nothing is taken from the library's formulas.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from structures import as_matrix

import chainorder as co
from chainorder.structure import coloring


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


@cache
def counted_solve(kind, n, lower, upper):
    """`(setup, solve, explicit)` of a matrix of a kind: each `(multiplications, unpaired)`.

    Loops as in the textbook, on the entries within the bandwidths; explicit inverses of full
    matrices by the triangular inverses and their product.
    """
    setup, solve, explicit = [0, 0], [0, 0], [0, 0]
    if kind == "diagonal":
        return (0, 0), (n, n), (n, n)
    if kind == "triangular":
        for r in range(n):
            for c in range(n):
                if 0 <= r - c <= lower and upper >= 0:
                    solve[0] += 1
            solve[1] += 1
        full = lower == n - 1
        for c in range(n):
            if full:  # column c of the inverse begins at its own row
                explicit[0] += (n - c) * (n - c + 1) // 2
                explicit[1] += n - c
        return (0, 0), tuple(solve), tuple(explicit) if full else (n * solve[0], n * solve[1])
    if kind == "cholesky":
        for k in range(n):
            setup[0] += 1  # the root
            setup[1] += 1
            for r in range(k + 1, n):
                setup[0] += 1
                setup[1] += 1
                for _ in range(k + 1, r + 1):
                    setup[0] += 1
        for _ in range(2):
            for r in range(n):
                solve[0] += r + 1
                solve[1] += 1
        for c in range(n):  # L^-1
            explicit[0] += (n - c) * (n - c + 1) // 2
            explicit[1] += n - c
        for r in range(n):  # one half of L^-T L^-1
            for _ in range(r + 1):
                explicit[0] += n - r
                explicit[1] += 1
        return tuple(setup), tuple(solve), tuple(explicit)
    wide = min(lower + upper, n - 1)
    for k in range(n):
        for r in range(k + 1, min(k + lower, n - 1) + 1):
            setup[0] += 1
            setup[1] += 1
            for _ in range(k + 1, min(k + wide, n - 1) + 1):
                setup[0] += 1
            del r
        solve[0] += min(lower, n - 1 - k) + min(wide, n - 1 - k) + 1
        solve[1] += 1
    if kind == "banded":
        return tuple(setup), tuple(solve), (n * solve[0], n * solve[1])
    for c in range(n):  # U^-1, then its product with L^-1 by substitution
        explicit[0] += (n - c) * (n - c + 1) // 2
        explicit[1] += n - c
        explicit[0] += n * (n - 1 - c)
    return tuple(setup), tuple(solve), tuple(explicit)


def solving(factor):
    """How a factor's matrix is inverted: by what its pattern looks like."""
    structure, n = factor.matrix.structure, factor.matrix.value.shape[0]
    pattern = pattern_of(structure, (n, n))
    rows, cols = np.nonzero(pattern)
    lower, upper = max(0, (rows - cols).max()), max(0, (cols - rows).max())
    lower, upper = int(lower), int(upper)
    is_full_band = pattern.sum() == as_matrix(co.Banded(lower, upper), (n, n)).sum()
    dense = 3 * pattern.sum() >= n * n
    if lower == upper == 0:
        return counted_solve("diagonal", n, 0, 0)
    if isinstance(structure, co.Symmetric) and structure.positive_definite:
        return counted_solve("cholesky", n, 0, 0)
    if lower == 0 or upper == 0:
        reach = n - 1 if dense else lower + upper
        return counted_solve("triangular", n, reach, 0)
    full = counted_solve("lu", n, n - 1, n - 1)
    if is_full_band:
        banded = counted_solve("banded", n, lower, upper)
        return banded if banded[0][0] < full[0][0] else full
    return full


def is_sparse_lu(factor):
    """Whether the counts depend on the ordering of a sparse factorization."""
    structure, n = factor.matrix.structure, factor.matrix.value.shape[0]
    return isinstance(structure, co.Sparse) and 3 * len(structure.rows) < n * n


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


class EveryPlan:
    """The least cost over all plans of a chain, by trying all.

    Args:
        factors: of the chain.
        shared: whether equal words, and mirror images, are one matrix that is made once.
        objective: "fma" or "flops".
    """

    def __init__(self, factors, *, shared, objective):
        self.factors = factors
        self.price = (1, 0) if objective == "fma" else (2, -1)
        self.shared = shared
        self.q = len(factors)
        self.sizes = [factors[0].shape[1], *(factor.shape[0] for factor in factors)]
        self.pattern = {}
        for i in range(self.q):
            product = explicit_pattern(factors[i])
            self.pattern[i, i + 1] = product
            for j in range(i + 2, self.q + 1):
                product = (explicit_pattern(factors[j - 1]) @ product > 0).astype(int)
                self.pattern[i, j] = product
        self.known = {}

    def word(self, i, j):
        """The matrix of a range: its letters, or those of its transpose if they come first."""
        if not self.shared:
            return i, j
        letters = tuple(factor.letter for factor in self.factors[i:j])
        symmetric = {factor.letter for factor in self.factors if factor.is_symmetric}
        mirrored = tuple(
            (
                label,
                inverted,
                transposed if (label, inverted, transposed) in symmetric else not transposed,
            )
            for label, inverted, transposed in reversed(letters)
        )
        return min(letters, mirrored)

    def is_free(self, i, j):
        """Whether a range copies."""
        return all(factor.is_known for factor in self.factors[i:j])

    def product(self, i, k, j):
        if self.is_free(i, k) or self.is_free(k, j):
            return 0
        fma = int(self.pattern[k, j].sum(axis=0) @ self.pattern[i, k].sum(axis=1))
        return self.price[0] * fma + self.price[1] * int(self.pattern[i, j].sum())

    def applied(self, l, *, pushed):
        """What one vector through an elemental costs; None if that is impossible."""
        factor = self.factors[l]
        if factor.is_solved:
            fma, unpaired = solving(factor)[1]
            return self.price[0] * fma + self.price[1] * unpaired
        matrix = factor.matrix
        is_tangent = pushed != (factor.transposed != factor.inverted)
        return matrix.tangent_cost if is_tangent else matrix.adjoint_cost

    def leaf(self, l):
        """What a matrix of an elemental costs."""
        factor = self.factors[l]
        if factor.is_solved:
            fma, unpaired = solving(factor)[2]
            return self.price[0] * fma + self.price[1] * unpaired
        if factor.matrix.given:
            return 0
        pattern = co.Sparse(explicit_pattern(factor)).pattern(factor.shape)
        t, a = self.applied(l, pushed=True), self.applied(l, pushed=False)
        ways = []
        if t is not None:
            ways.append(coloring.column_colors(pattern) * t)
        if a is not None:
            ways.append(coloring.row_colors(pattern) * a)
        return min(ways)

    def setups(self):
        """What factoring costs, each matrix once."""
        total, paid = 0, set()
        for l, factor in enumerate(self.factors):
            matrix = factor.matrix
            key = matrix.label if self.shared else l
            if not factor.is_solved or key in paid:
                continue
            paid.add(key)
            fma, unpaired = solving(factor)[0]
            total += self.price[0] * fma + self.price[1] * unpaired
            if not matrix.given:
                shape = matrix.value.shape
                pattern = co.Sparse(pattern_of(matrix.structure, shape)).pattern(shape)
                t, a = matrix.tangent_cost, matrix.adjoint_cost
                if t is None or (a is not None and a < t):
                    total += coloring.row_colors(pattern) * a
                else:
                    total += coloring.column_colors(pattern) * t
        return total

    def steps(self, i, j):
        """Every last step of a range: its cost, and the ranges that it needs."""
        if j - i == 1:
            yield self.leaf(i), []
            return
        for k in range(i + 1, j):
            yield self.product(i, k, j), [(i, k), (k, j)]
        t, a = self.applied(j - 1, pushed=True), self.applied(i, pushed=False)
        if t is not None:
            yield self.sizes[i] * t, [(i, j - 1)]
        if a is not None:
            yield self.sizes[j] * a, [(i + 1, j)]

    def least(self, wanted=None):
        """The least cost of all plans that end with the wanted ranges."""
        wanted = [(0, self.q)] if wanted is None else wanted
        return self.setups() + self._least(self._needed(wanted))

    def _needed(self, ranges):
        needed = {}
        for i, j in ranges:
            if j - i > 1 or not self.factors[i].matrix.given or self.factors[i].is_solved:
                needed.setdefault(self.word(i, j), (i, j))
        return frozenset(needed.items())

    def _least(self, needed):
        """What is needed at least for these; the longest is made last, so it is taken first."""
        if not needed:
            return 0
        if needed not in self.known:
            last = max(needed, key=lambda item: (item[1][1] - item[1][0], item[1]))
            words = {word for word, _ in needed}
            rest = needed - {last}
            costs = []
            for cost, operands in self.steps(*last[1]):
                more = {item for item in self._needed(operands) if item[0] not in words}
                costs.append(cost + self._least(frozenset(rest | more)))
            self.known[needed] = min(costs)
        return self.known[needed]
