"""Published test functions: the costs that are known of their computational graphs."""

import pytest
from graphs import published

import chainorder as co

# vertices to eliminate, forward, reverse, Markowitz, the least known, the bound from vertex cuts
KNOWN = {
    "robot_arm": (108, 397, 301, 288, 221, 221),
    "propane_combustion": (51, 151, 90, 111, 88, 88),
    "cloud_scheme": (23, 50, 35, 41, 35, 35),
    "black_scholes": (29, 108, 42, 50, 42, 42),
    "roe_flux_1d": (98, 620, 364, 407, 295, 223),
}


@pytest.mark.parametrize("name", KNOWN)
def test_forward_reverse_and_markowitz_cost_what_is_known(name):
    graph = published(name)
    eliminated, forward, reverse, markowitz, _, bound = KNOWN[name]
    assert len(graph.intermediates) == eliminated
    assert co.plan(graph, "forward").fma == forward
    assert co.plan(graph, "reverse").fma == reverse
    assert co.plan(graph, "markowitz").fma == markowitz
    assert co.plan(graph, "markowitz").lower_bound == bound


@pytest.mark.parametrize("name", KNOWN)
def test_search_reaches_the_least_cost_known(name):
    assert co.plan(published(name), "search").fma <= KNOWN[name][4]


@pytest.mark.parametrize("name", [name for name in KNOWN if KNOWN[name][4] == KNOWN[name][5]])
def test_optimal_is_proved_where_bound_and_order_meet(name):
    plan = co.plan(published(name), "optimal")
    assert plan.fma == plan.lower_bound == KNOWN[name][4]
    assert plan.proof == "optimal"
    assert plan.gap == 0


def test_windows_raise_the_bound_of_the_roe_flux():
    plan = co.plan(published("roe_flux_1d"), "optimal")
    assert 270 <= plan.lower_bound <= plan.fma <= 295
    assert plan.gap < 10
