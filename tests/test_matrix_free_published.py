"""Matrix-free chains: published costs, and the size of the published factors."""

import random

import pytest

import chainorder as co

PUBLISHED = [
    # m n edges of each elemental; tangents, adjoints, accumulate + multiply, optimal
    ("3 3 29; 1 3 14; 2 1 7", 150, 100, 108 + 15, 56),
    ("4 2 100; 8 4 100", 400, 1600, 600 + 64, 400),
    ("2 4 100; 32 2 100", 800, 6400, 400 + 256, 600),
    ("4 8 100; 2 4 100", 1600, 400, 600 + 64, 400),
    ("2 32 100; 4 2 100", 6400, 800, 400 + 256, 600),
    ("2 4 100; 4 2 100", 800, 800, 400 + 32, 432),
    (
        "2 6 19; 3 2 18; 7 3 62; 10 7 156; 2 10 73; 2 2 14; 9 2 30; 3 9 132; 2 3 12; 9 2 102",
        3708,
        5562,
        2210 + 408,
        1344,
    ),
]


def chain_of(lines):
    rows = [[int(entry) for entry in line.split()] for line in lines.split(";")]
    return co.Chain.matrix_free([rows[0][1], *(m for m, _, _ in rows)], [e for _, _, e in rows])


def random_chain(q, seed):
    """The kind of instance that is published: sizes from 1 to 500, edges from 1000 to 100,000."""
    rng = random.Random(seed)
    sizes = [rng.randint(1, 500) for _ in range(q + 1)]
    return co.Chain.matrix_free(sizes, [rng.randint(1000, 100_000) for _ in range(q)])


@pytest.mark.parametrize(("lines", "tangents", "adjoints", "preaccumulated", "optimal"), PUBLISHED)
def test_published_costs(lines, tangents, adjoints, preaccumulated, optimal):
    chain = chain_of(lines)
    assert co.plan(chain, "forward").fma == tangents
    assert co.plan(chain, "reverse").fma == adjoints
    assert co.plan(chain, "preaccumulate").fma == preaccumulated
    assert co.plan(chain, "optimal").fma == optimal


@pytest.mark.parametrize("seed", range(3))
def test_a_random_chain_of_500_is_far_cheaper_in_the_best_mix(seed):
    # Published for one such instance: 21.3, 19.5 and 1.03 against 0.149, all times 10^9.
    chain = random_chain(500, seed)
    best = co.plan(chain)
    assert best.proof == "optimal"
    ends = {chain.sizes[0]: "forward", chain.sizes[-1]: "reverse"}
    for size, order in ends.items():
        total = sum(elemental.tangent_cost for elemental in chain.elementals)
        assert co.plan(chain, order).fma == size * total
        assert size < 10 or co.plan(chain, order).fma > 10 * best.fma
    assert co.plan(chain, "preaccumulate").fma > 4 * best.fma
