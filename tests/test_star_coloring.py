"""Star colourings of random symmetric patterns: every path of four vertices has three colours."""

import itertools

import numpy as np
import pytest
import scipy.sparse

from chainorder.structure.explicit import Entries
from chainorder.structure.star_coloring import star_coloring


@pytest.mark.parametrize("seed", range(12))
def test_the_colours_are_a_star_colouring_and_every_entry_is_read_right(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 14))
    there = rng.random((size, size)) < rng.uniform(0.05, 0.5)
    there |= there.T | np.eye(size, dtype=bool)
    pattern = Entries(scipy.sparse.csr_array(there))
    found = star_coloring(pattern)
    colors = found.coloring.colors
    beside = there & ~np.eye(size, dtype=bool)
    assert not (beside & (colors[:, None] == colors)).any()
    for path in itertools.permutations(range(size), 4):
        if all(beside[a, b] for a, b in itertools.pairwise(path)):
            assert len(set(colors[list(path)])) >= 3
    values = rng.uniform(1, 2, (size, size))
    symmetric = np.where(there, values + values.T, 0.0)
    products = symmetric @ found.coloring.seeds()(0, found.coloring.count)
    rows, columns = there.nonzero()
    np.testing.assert_allclose(products[found.places, found.groups], symmetric[rows, columns])


def test_an_arrow_takes_two_groups_and_a_diagonal_one():
    size = 500
    first = np.arange(size) == 0
    diagonal = scipy.sparse.eye_array(size, dtype=bool, format="csr")
    arrow = scipy.sparse.csr_array(np.eye(size, dtype=bool) | first | first[:, None])
    assert star_coloring(Entries(diagonal)).coloring.count == 1
    assert star_coloring(Entries(arrow)).coloring.count == 2
