"""Chains of second derivatives at every door: problems, plans, files, command, reports."""

import json
import pickle

import pytest
from command import chainorder
from hessian_chains import ORDERS, possible_plans, random_hessian_chain

import chainorder as co

NONE = co.HessianElemental(tensor="none")
POINTWISE = co.HessianElemental(structure=co.Diagonal())


@pytest.mark.parametrize("seed", range(12))
def test_problems_and_plans_survive_files_and_pickles(seed):
    chain = random_hessian_chain(seed)
    assert co.HessianChain.from_dict(json.loads(json.dumps(chain.to_dict()))) == chain
    assert pickle.loads(pickle.dumps(chain)) == chain
    assert hash(pickle.loads(pickle.dumps(chain))) == hash(chain)
    for plan in possible_plans(chain):
        assert co.Plan.from_json(plan.to_json()) == plan
        assert pickle.loads(pickle.dumps(plan)) == plan


def test_what_is_said_by_default_is_what_is_not_said():
    assert co.HessianChain([3, 2], [co.HessianElemental()]) == co.HessianChain([3, 2])
    assert POINTWISE.tensor == "diagonal"
    assert repr(co.HessianChain([3, 2])) == "HessianChain([3, 2])"
    assert co.HessianChain([3, 2]) != co.Chain([3, 2])


def test_a_linear_chain_needs_no_step():
    chain = co.HessianChain([3, 2, 4], [NONE, NONE])
    for plan in possible_plans(chain):
        assert (plan.fma, len(plan.steps)) == (0, 0)


def test_one_elemental_that_is_given_is_its_own_answer():
    plan = co.plan(co.HessianChain([3, 2]))
    assert (plan.fma, len(plan.steps), plan.proof) == (0, 0, "optimal")


def test_the_best_mix_of_products_beats_every_one_of_them():
    """A waist in the middle: sweeps up to it, and from it on, instead of through all."""
    chain = co.HessianChain.matrix_free([50, 20, 4, 30, 1], [500, 300, 100, 900])
    plans = {plan.name: plan for plan in possible_plans(chain)}
    assert set(plans) == set(ORDERS)
    others = min(plan.fma for name, plan in plans.items() if name != "optimal")
    assert plans["optimal"].fma < 0.67 * others
    assert plans["optimal"].proof == "optimal"
    assert plans["optimal"].step_counts()["sweep"] >= 2
    assert 4 in plans["optimal"].ways()["sweep"]


def test_forward_over_reverse_by_hand():
    chain = co.HessianChain.matrix_free([50, 20, 30, 1], [500, 300, 100])
    sweep = 50 * (500 + 300) + (300 + 100) + 50 * (500 + 300) + 50 * (500 + 300 + 100)
    assert co.plan(chain, "forward-over-reverse").fma == sweep
    assert co.plan(chain, "row-at-a-time").fma == sweep  # one output: as many tangents


def test_products_that_are_not_there_rule_orders_out():
    adjoints = co.HessianElemental(given=False, adjoint_cost=5, second_cost=7)
    chain = co.HessianChain([3, 2, 1], [adjoints, co.HessianElemental()])
    with pytest.raises(
        co.InfeasibleOrderError, match=r"forward-over-reverse order: elementals\[0\]"
    ):
        co.plan(chain, "forward-over-reverse")
    assert co.plan(chain).proof == "optimal"
    nothing = co.HessianElemental(given=False)
    with pytest.raises(co.InfeasibleOrderError, match=r"optimal order: elementals\[1\]") as error:
        co.plan(co.HessianChain([3, 2, 1], [adjoints, nothing]))
    assert error.value.elemental == 1


def test_costs_are_exact_however_large():
    d = 10**9
    plan = co.plan(co.HessianChain([d, 2 * d, d, 1]))
    assert plan.fma > 2**62
    assert plan.fma == co.Plan.from_json(plan.to_json()).fma
    assert plan.lower_bound <= plan.fma


def test_flops_count_additions():
    plan = co.plan(co.HessianChain([3, 2, 1]), objective="flops")
    applied = 6 * 3  # one product of two numbers for each of six entries: 2·2 - 1
    inside = 2 * 3 * 3 + 6 * 3
    assert plan.flops == applied + inside + 6  # and the sum of the two
    assert plan.objective == "flops"


def test_long_chains_have_directional_orders_and_an_error_instead_of_the_optimal_one():
    chain = co.HessianChain([2, 3] * 300)
    assert co.plan(chain, "reverse").fma < co.plan(chain, "forward").fma * 10
    with pytest.raises(co.ChainOrderError, match="599 elementals are more than 320"):
        co.plan(chain)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: co.HessianElemental(structure=co.Banded(1, 1)), "structure is Banded"),
        (lambda: co.HessianElemental(tensor="sparse"), "tensor is 'sparse': expected one of none"),
        (lambda: co.HessianElemental(structure=co.Diagonal(), tensor="dense"), "beside a diagonal"),
        (lambda: co.HessianElemental(second_cost=-1), "second_cost is -1"),
        (lambda: co.HessianElemental(given=1), "given is 1"),
        (lambda: co.HessianChain([3, 2], [POINTWISE]), r"elementals\[0\] is diagonal between the"),
        (lambda: co.HessianChain([3, 2], [co.Elemental()]), r"elementals\[0\] is Elemental"),
        (lambda: co.HessianChain([3, 2], []), "0 elementals for 2 sizes: expected 1"),
        (lambda: co.HessianChain([3]), "at least two sizes"),
        (lambda: co.HessianChain.matrix_free([3, 2], "5"), "edges is '5'"),
        (lambda: co.plan(co.HessianChain([3, 2]), "markowitz"), "has the orders forward, reverse"),
        (lambda: co.plan(co.HessianChain([3, 2]), memory=5), "a hessian_chain has no tapes"),
        (lambda: co.plan(co.HessianChain([3, 2]), form="operator"), "expected matrix"),
        (lambda: co.plan(co.HessianChain([3, 2]), objective="seconds"), "one of fma, flops"),
    ],
)
def test_what_does_not_fit_is_named(make, message):
    with pytest.raises(co.ChainOrderError, match=message):
        make()


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "do not end with all of the tensor"),
        ([["apply", 0, 1, 2], ["apply", 0, 1, 2]], "adds the term of elementals.0. again"),
        ([["apply", 0, 2, 3]], r"steps\[0\] needs the Jacobian \(2, 3\)|does not fit"),
        ([["congruence", 0, 1, 2]], "do not end"),
        ([["sweep", 0, 1, 2]], r"the tensor \(0, 2\), and it alone|do not end"),
        ([["multiply", 0, 1]], r"steps\[0\] is .*: expected \[kind, i, k, j\]"),
        ([["curvature", 0, 0, 1]], "does not fit"),
        ([["tangent", 0, 1, 2], ["tangent", 0, 1, 2]], "again|do not end"),
    ],
)
def test_steps_that_do_not_make_the_tensor_are_refused(steps, message):
    fields = json.loads(co.plan(co.HessianChain([3, 2, 2])).to_json())
    fields["steps"] = steps
    if steps == [["sweep", 0, 1, 2]]:
        fields["hessian_chain"]["elementals"] = [{"tensor": "dense"}, {"tensor": "none"}]
        plan = co.plan(co.HessianChain([3, 2, 2], [co.HessianElemental(), NONE]), "row-at-a-time")
        assert [step.kind for step in plan.steps] == ["rows"]
        return
    with pytest.raises(co.ChainOrderError, match=message):
        co.Plan.from_json(json.dumps(fields))


def test_the_command_plans_compares_and_executes_a_file(tmp_path):
    chain = co.HessianChain([30, 2, 20, 1])
    path = tmp_path / "loss.json"
    path.write_text(json.dumps(chain.to_dict()))
    out = chainorder("plan", str(path)).stdout
    assert "30-2-20-1: 3 elementals, Hessian 30 × 30" in out
    for order in ("forward", "reverse", "optimal"):
        assert order in out
    fields = json.loads(chainorder("plan", str(path), "--json").stdout)
    assert fields["hessian_chain"] == chain.to_dict()
    for plan in fields["plans"]:
        assert plan["executed"]["fma"] == plan["fma"]
        assert plan["executed"]["peak_entries"] == plan["peak_entries"]
        assert set(plan["step_counts"]) <= {"multiply", "apply", "congruence", "triangle", "square"}


def test_reports_list_every_step(tmp_path):
    chain = co.HessianChain.matrix_free([6, 4, 3, 1], [50, 40, 10])
    for suffix in (".md", ".json"):
        co.report(chain, str(tmp_path / f"report{suffix}"))
    text = (tmp_path / "report.md").read_text()
    assert "Hessian 6 × 6" in text
    assert "forward-over-reverse" in text
    steps = json.loads((tmp_path / "report.json").read_text())
    assert steps["hessian_chain"] == chain.to_dict()
