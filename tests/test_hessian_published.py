"""Chains of second derivatives: the published chains, and figures found by hand."""

import csv
from pathlib import Path

import pytest

import chainorder as co
from chainorder.orders.hessian.pairwise import (
    published_fma,
    published_left_fma,
    published_right_fma,
)

TEXT = (Path(__file__).parent / "data" / "published_hessian_chains.csv").read_text()
ROWS = [
    {name: text if name == "sizes" else int(text) for name, text in row.items()}
    for row in csv.DictReader(TEXT.splitlines())
]


def chain_of(row):
    return co.HessianChain([int(size) for size in row["sizes"].split()])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["length"]))
def test_with_their_model_the_published_figures_come_out(row):
    chain = chain_of(row)
    assert published_fma(chain) == row["published_1"]
    assert published_left_fma(chain) == row["left"]
    assert published_right_fma(chain) == row["right"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["length"]))
def test_symmetry_sharing_and_a_joint_choice_are_cheaper_than_all_that_is_published(row):
    plan = co.plan(chain_of(row))
    assert plan.fma <= row["symmetric_and_shared"]
    assert plan.fma < min(row["published_1"], row["published_2"])
    assert plan.lower_bound <= plan.fma


def test_the_published_splits_with_symmetry_and_sharing_cost_what_a_plain_pass_says():
    for row in ROWS:
        assert co.plan(chain_of(row), "pairwise").fma <= row["symmetric_and_shared"]


def test_a_scalar_loss_behind_two_waists_by_hand():
    """1000, 1, 1000, 1: the Hessian has rank one plus what the first waist adds."""
    chain = co.HessianChain([1000, 1, 1000, 1])
    half = 1000 * 1001 // 2
    products = 1000 * 1000 + 1000  # J_2 J_1 and J_3 J_2
    first = half  # λ_1·T_1, one multiple of 1000 × 1000
    second = 1000 + (1000 + half)  # λ_2·T_2 is a number; then J_1ᵀ (…) J_1
    third = 1000 * 1000 * 1000 + 1000 * half  # T_3 by J_2 J_1 on both sides
    assert co.plan(chain, "forward").fma == products + first + second + third == 1_502_504_000
    at_the_waist = 1000 * 1000 + 1000  # J_2ᵀ T_3 J_2, a number; λ_2·T_2 joins it
    back = at_the_waist + 1000 + (1000 + half) + 1000 + first
    assert co.plan(chain, "reverse").fma == back == 2_005_000
    # Better still by one half of T_3: its triangle with half the diagonal, times J_2.
    by_half = 1000 + 1000 * 1001 // 2 + 1000
    best = co.plan(chain)
    assert (best.fma, best.proof) == (back - at_the_waist + by_half, "optimal")
    assert best.fma == 1_506_500


def test_a_separable_sum_over_2000_variables_is_priced_as_one():
    pointwise = co.HessianElemental(structure=co.Diagonal())
    total = co.HessianElemental(tensor="none")
    plan = co.plan(co.HessianChain([2000, 2000, 1], [pointwise, total]))
    assert (plan.fma, plan.peak_entries, plan.proof) == (2000, 2000, "optimal")
    # As if all were dense: λ_1·T_1, and T_2 by J_1 on both sides.
    dense = co.plan(co.HessianChain([2000, 2000, 1]))
    assert dense.fma > 10_000_000 * plan.fma // 2000


def test_a_chain_of_three_by_hand():
    """2, 2, 3, 2: `(J_3 T_2 + T_3[J_2, J_2])[J_1, J_1] + (J_3 J_2) T_1`."""
    plan = co.plan(co.HessianChain([2, 2, 3, 2]))
    applied = 2 * 3 * 3  # J_3 on three kept entries of T_2
    at_two = 2 * (3 * 3 * 2 + 3 * 3)  # T_3 by J_2: whole, then one half
    at_one = 2 * (2 * 2 * 2 + 2 * 3)
    last = 2 * 3 * 2 + 2 * 2 * 3  # J_3 J_2, and that on T_1
    assert plan.fma == applied + at_two + at_one + last == 124
    assert plan.proof == "optimal"
