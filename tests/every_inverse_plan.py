"""Every plan of a short chain of matrices that repeat, inverted and transposed: the least cost."""

import numpy as np
from counted_solves import counted_inverse
from inverses import explicit_pattern, pattern_of

import chainorder as co
from chainorder.structure import coloring


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
        return min(self.words(i, j)) if self.shared else (i, j)

    def words(self, i, j):
        """The letters of a range, and those of its transpose."""
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
        return letters, mirrored

    def is_free(self, i, j):
        """Whether a range copies."""
        return all(factor.is_known for factor in self.factors[i:j])

    def product(self, i, k, j):
        if self.is_free(i, k) or self.is_free(k, j):
            return 0
        left, right, made = self.pattern[k, j], self.pattern[i, k], self.pattern[i, j]
        multiplied = left @ right
        if self.is_halved(i, k, j):
            multiplied, made = np.tril(multiplied), np.tril(made)
        return self.price[0] * int(multiplied.sum()) + self.price[1] * int(made.sum())

    def is_halved(self, i, k, j):
        """Whether two full matrices make one that its letters say is symmetric."""
        letters, mirrored = self.words(i, j)
        is_full = self.pattern[k, j].all() and self.pattern[i, k].all()
        return self.shared and is_full and letters == mirrored

    def applied(self, l, *, pushed):
        """What one vector through an elemental costs; None if that is impossible."""
        factor = self.factors[l]
        if factor.is_solved:
            fma, unpaired = counted_inverse(factor).solve
            return self.price[0] * fma + self.price[1] * unpaired
        matrix = factor.matrix
        is_tangent = pushed != (factor.transposed != factor.inverted)
        return matrix.tangent_cost if is_tangent else matrix.adjoint_cost

    def leaf(self, l):
        """What a matrix of an elemental costs."""
        factor = self.factors[l]
        if factor.is_solved:
            fma, unpaired = counted_inverse(factor).explicit
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
            fma, unpaired = counted_inverse(factor).setup
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
