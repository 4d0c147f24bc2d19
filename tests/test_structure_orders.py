"""Optimal orders of chains with structure, against every bracketing and published formulas."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from structures import as_matrix, random_problem

import chainorder as co
from chainorder import compiled
from chainorder.orders.chain import interval_rows
from chainorder.orders.chain.interval_program import interval_table
from chainorder.plans.prices import prices_of
from chainorder.structure.coloring import column_colors, row_colors


def elementals(structures, **fields):
    return [co.Elemental(structure=structure, **fields) for structure in structures]


def by_definition(sizes, structures, objective):
    """`price(i, k, j)` and `entries(i, j)` from arrays of zeros and ones."""
    q = len(structures)
    matrices = [as_matrix(structures[l], (sizes[l + 1], sizes[l])) for l in range(q)]

    @cache
    def pattern(i, j):
        if j - i == 1:
            return matrices[i]
        return (matrices[j - 1] @ pattern(i, j - 1) > 0).astype(int)

    def is_identity(i, j):
        return all(isinstance(structure, co.Identity) for structure in structures[i:j])

    @cache
    def price(i, k, j):
        if is_identity(i, k) or is_identity(k, j):
            return 0
        fma = int(pattern(k, j).sum(axis=0) @ pattern(i, k).sum(axis=1))
        return fma if objective == "fma" else 2 * fma - int(pattern(i, j).sum())

    def entries(i, j):
        return 0 if is_identity(i, j) else int(pattern(i, j).sum())

    return price, entries


def costs_of_every_bracketing(q, price):
    @cache
    def costs(i, j):
        if j - i == 1:
            return [0]
        return [
            left + right + price(i, k, j)
            for k in range(i + 1, j)
            for left in costs(i, k)
            for right in costs(k, j)
        ]

    return costs


@pytest.mark.parametrize("objective", ["fma", "flops"])
def test_optimal_equals_the_least_of_every_bracketing(objective):
    rng = np.random.default_rng(11)
    for _ in range(250):
        sizes, structures = random_problem(rng, longest=7)
        price, _ = by_definition(sizes, structures, objective)
        least = min(costs_of_every_bracketing(len(structures), price)(0, len(structures)))
        plan = co.plan(co.Chain(sizes, elementals(structures)), objective=objective)
        assert plan.cost == least
        assert plan.lower_bound == least
        assert plan.proof == "optimal"


def test_forward_and_reverse_cost_what_their_products_do():
    rng = np.random.default_rng(12)
    for _ in range(150):
        sizes, structures = random_problem(rng, longest=7)
        price, _ = by_definition(sizes, structures, "fma")
        least = co.plan(co.Chain(sizes, elementals(structures))).fma
        for order in ("forward", "reverse"):
            plan = co.plan(co.Chain(sizes, elementals(structures)), order)
            assert plan.fma == sum(price(s.i, s.k, s.j) for s in plan.steps)
            assert plan.lower_bound <= least <= plan.fma


def test_compiled_prices_are_the_plain_ones(monkeypatch):
    rng = np.random.default_rng(13)
    chains = []
    for q in (2, 3, 5, 10, 20, 91):
        sizes = [int(size) for size in rng.integers(1, 30, q + 1)]
        structures = [
            co.Banded(int(rng.integers(6)), int(rng.integers(6)))
            if rng.random() < 0.8
            else co.Dense()
            for _ in range(q)
        ]
        # The second is beyond what 64 bits hold, and always interpreted.
        for scale in (1, 10**16):
            chains.append(([size * scale for size in sizes], elementals(structures)))
    found = []
    for is_bought in (False, True):
        monkeypatch.setattr(compiled, "pays", lambda kernel, work, always=is_bought: always)
        plans = [
            co.plan(co.Chain(*chain), objective=objective)
            for chain in chains
            for objective in ("fma", "flops")
        ]
        for plan in plans:
            assert plan.proof == "optimal"
            cost = plan.objective
            least = min(getattr(co.plan(plan.problem, o), cost) for o in ("forward", "reverse"))
            assert getattr(plan, cost) <= least
        found.append(plans)
    assert found[0] == found[1]


def test_a_sigmoid_before_a_scalar_loss_costs_a_million_in_every_order():
    chain = co.Chain([10**6, 10**6, 1], elementals([co.Diagonal(), co.Dense()]))
    assert {co.plan(chain, order).fma for order in ("forward", "reverse", "optimal")} == {10**6}


def test_a_sigmoid_that_is_not_given_takes_one_tangent_and_forward_a_million_more():
    fields = {"given": False, "tangent_cost": 10**6, "adjoint_cost": 10**6}
    chain = co.Chain([10**6, 10**6, 1], elementals([co.Diagonal(), co.Dense()], **fields))
    assert co.plan(chain, "forward").fma == 10**6 + 10**12
    assert co.plan(chain, "optimal").fma == 2 * 10**6


def test_diagonals_between_dense_matrices_cost_what_they_scale():
    chain = co.Chain(
        [2000, 2000, 2000, 2000, 50],
        elementals([co.Diagonal(), co.Dense(), co.Diagonal(), co.Dense()]),
    )
    # From the outputs: two scalings of a (50, 2000) matrix around one dense product.
    assert co.plan(chain).fma == 50 * 2000 + 50 * 2000 * 2000 + 50 * 2000
    assert co.plan(chain.without_structure()).fma == 3 * 50 * 2000 * 2000


def test_where_patterns_do_not_fit_the_order_has_no_proof():
    rng = np.random.default_rng(14)
    structures = [
        co.Sparse.from_coordinates(np.repeat(np.arange(150), 3), rng.integers(0, 150, 450))
        for _ in range(8)
    ]
    chain = co.Chain([150] * 9, elementals(structures))
    exact = co.plan(chain)
    estimated = co.plan(chain, pattern_memory=40_000)
    assert estimated.proof is None
    assert exact.fma <= estimated.fma <= 1.2 * exact.fma
    assert estimated.lower_bound <= exact.fma
    assert not co.plan(chain, pattern_memory=0).is_exact


def test_the_operator_is_the_cheapest_of_all_cuts():
    rng = np.random.default_rng(15)
    for _ in range(150):
        sizes, structures = random_problem(rng, longest=6)
        q = len(structures)
        price, entries = by_definition(sizes, structures, "fma")
        costs = costs_of_every_bracketing(q, price)
        best = None
        for chosen in range(2 ** (q - 1)):
            cuts = [0, *(k for k in range(1, q) if chosen >> (k - 1) & 1), q]
            factors = list(pairwise(cuts))
            applied = sum(entries(i, j) for i, j in factors)
            work = sum(min(costs(i, j)) for i, j in factors)
            best = (applied, work) if best is None else min(best, (applied, work))
        plan = co.plan(co.Chain(sizes, elementals(structures)), form="operator")
        assert (plan.product_fma, plan.fma) == best
        assert co.Plan.from_json(plan.to_json()) == plan


def test_a_narrow_waist_makes_an_outer_product():
    plan = co.plan(co.Chain([1000, 1, 1000, 1, 1000]), form="operator")
    assert plan.held_entries <= 2001
    assert plan.product_fma <= 2001
    assert plan.fma <= 2000
    assert plan.bracketing == "J4 (J3 J2) · J1"


def test_structures_go_to_a_chain_file_and_back():
    rng = np.random.default_rng(16)
    for _ in range(50):
        sizes, structures = random_problem(rng, longest=7)
        chain = co.Chain(sizes, elementals(structures))
        assert co.Chain.from_dict(chain.to_dict()) == chain
        plan = co.plan(chain)
        assert co.Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    ("structure", "message"),
    [
        (co.Identity(), r"elementals\[0\]: an identity of shape \(4, 3\): expected equal sizes"),
        (co.Sparse(np.eye(3)), r"elementals\[0\]: a sparse pattern of shape \(3, 3\)"),
        (co.Sparse.from_coordinates([4], [0]), r"elementals\[0\]: a sparse entry at \(4, 0\)"),
    ],
)
def test_a_structure_that_does_not_fit_its_sizes_is_named(structure, message):
    with pytest.raises(co.ChainOrderError, match=message):
        co.Chain([3, 4], elementals([structure]))


@pytest.mark.parametrize(
    "structure",
    [
        "banded",
        5,
        None,
        {"banded": {"lower": 1}},
        {"banded": {"lower": -1, "upper": 0}},
        {"banded": {"lower": 1.5, "upper": 0}},
        {"sparse": {"rows": [0], "cols": []}},
        {"sparse": {"rows": [0.5], "cols": [1]}},
        {"sparse": {"rows": "ab", "cols": [1]}},
        {"sparse": {"rows": [-1], "cols": [0]}},
        {"sparse": {"rows": [10**30], "cols": [0]}},
        {"sparse": {"rows": [[0], [1, 2]], "cols": [0]}},
    ],
)
def test_a_structure_that_is_none_is_one_clear_error(structure):
    fields = {"format": "chainorder/1", "kind": "chain", "sizes": [3, 3]}
    with pytest.raises(co.ChainOrderError, match=r"^elementals\[0\]: "):
        co.Chain.from_dict({**fields, "elementals": [{"structure": structure}]})


def test_products_accumulations_and_multiplications_mix_as_cheaply_as_they_can():
    rng = np.random.default_rng(17)
    for _ in range(150):
        sizes, structures = random_problem(rng, longest=6)
        price, _ = by_definition(sizes, structures, "fma")
        mixed = [
            co.Elemental(structure=s)
            if rng.random() < 0.4
            else co.Elemental(
                structure=s,
                given=False,
                tangent_cost=int(rng.integers(1, 20)) if rng.random() < 0.8 else None,
                adjoint_cost=int(rng.integers(1, 20)),
            )
            for s in structures
        ]
        patterns = [
            s.pattern((m, n)) for s, (n, m) in zip(structures, pairwise(sizes), strict=True)
        ]

        @cache
        def least(i, j, price=price, mixed=mixed, patterns=patterns, sizes=sizes):
            ways = []
            if j - i == 1:
                if mixed[i].given:
                    return 0
                if mixed[i].tangent_cost is not None:
                    ways.append(column_colors(patterns[i]) * mixed[i].tangent_cost)
                return min([*ways, row_colors(patterns[i]) * mixed[i].adjoint_cost])
            for k in range(i + 1, j):
                ways.append(least(i, k) + least(k, j) + price(i, k, j))
                tangents = [e.tangent_cost for e in mixed[k:j]]
                if None not in tangents:
                    ways.append(least(i, k) + sizes[i] * sum(tangents))
                adjoints = [e.adjoint_cost for e in mixed[i:k]]
                if None not in adjoints:
                    ways.append(least(k, j) + sizes[j] * sum(adjoints))
            return min(ways)

        plan = co.plan(co.Chain(sizes, mixed))
        assert plan.fma == least(0, len(structures))
        assert plan.proof == "optimal"


@pytest.mark.parametrize("is_bought", [False, True])
def test_bands_that_fill_up_are_planned_as_by_the_price_of_every_product(is_bought, monkeypatch):
    """A short formula stands for that of two bands where one operand is full."""
    monkeypatch.setattr(compiled, "pays", lambda kernel, work: is_bought)
    monkeypatch.setattr(interval_rows, "PRODUCTS_A_CALL", 100)
    rng = np.random.default_rng(7)
    for _ in range(40):
        q = int(rng.integers(2, 14))
        sizes = rng.integers(1, rng.choice([3, 10, 40]), q + 1).tolist()
        kinds = [co.Dense(), co.Zero(), *(co.Banded(a, b) for a in range(4) for b in range(4))]
        structures = [kinds[t] for t in rng.integers(0, len(kinds), q)]
        for l in np.flatnonzero(rng.random(q) < 0.25):
            sizes[l + 1], structures[l] = sizes[l], co.Identity()
        structures = [
            co.Banded(0, 1) if isinstance(one, co.Identity) and n != m else one
            for one, (n, m) in zip(structures, pairwise(sizes), strict=True)
        ]
        chain = co.Chain(sizes, elementals(structures))
        for objective in ("fma", "flops"):
            prices = prices_of(chain).table(objective, None)
            planes = replace(prices, products=lambda i, found=prices.products: found(i))
            ours, theirs = interval_table(prices), interval_table(planes)
            assert np.array_equal(ours.best, theirs.best)
            assert np.array_equal(ours.split, theirs.split)
