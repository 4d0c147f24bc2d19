"""Random operands that fit the structures of elementals, for trials."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..problems.elemental import Elemental
from ..structure.derived import unwrapped
from ..structure.patterns import Shape
from ..structure.ranges import RangeCounts
from ..structure.special import Symmetric
from .operands.forms import random_matrix


def random_operand(elemental: Elemental, shape: Shape, rng: np.random.Generator) -> Any:
    """A matrix of the elemental's structure, or of what is inverted or transposed in it.

    What is inverted gets a diagonal that outweighs the rest of its rows, so that it is regular.

    Args:
        elemental: whose operand it is.
        shape: of its Jacobian.
        rng: where the entries, from -1 to 1, come from.
    """
    of, inverted, transposed = unwrapped(elemental.structure)
    own = shape[::-1] if transposed and not inverted else shape
    pattern = of.pattern(own)
    counts = RangeCounts.of(pattern)
    matrix = random_matrix(counts, pattern, rng, elemental.given)
    if isinstance(of, Symmetric):
        matrix = (matrix + matrix.T) / 2
    if not elemental.is_solved or matrix.ndim == 1:
        return matrix if matrix.ndim > 1 or not inverted else np.where(matrix < 0, -1, 1) + matrix
    return _with_heavy_places(matrix)


def _with_heavy_places(matrix: Any) -> Any:
    """The matrix with `n` added at places that have one in each row and in each column."""
    import scipy.sparse
    from scipy.sparse.csgraph import maximum_bipartite_matching

    n = matrix.shape[0]
    if isinstance(matrix, np.ndarray) and np.diagonal(matrix).all():
        return matrix + np.diag(np.full(n, float(n)))
    held = scipy.sparse.csr_array(matrix)
    cols = maximum_bipartite_matching(held, perm_type="column")
    heavy = scipy.sparse.coo_array((np.full(n, float(n)), (np.arange(n), cols)), shape=(n, n))
    return held + heavy.tocsr()
