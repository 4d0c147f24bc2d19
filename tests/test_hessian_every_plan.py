"""Every plan of a short chain of second derivatives, by brute force, against what is planned.

A tensor is what consecutive elementals contribute, at two variables. Of each, every way to make it
is followed, and for each set of Jacobians that a way uses the least cost of the tensors is kept;
then every set of Jacobians that is closed under its products is tried for making those.
"""

import random
from itertools import combinations

import pytest

import chainorder as co


def half(n):
    return n * (n + 1) // 2


def congruence(m, s, n):
    """From the inside out, by half of the tensor, or by the symmetric square of the Jacobian."""
    direct = m * (s * s * n + s * half(n))
    triangle = m * (s + half(s) * n + s * n * n)
    square = s * half(n) + s * (s - 1) // 2 * n * n
    return min(direct, triangle, square + m * half(s) * half(n))


def sweep(d, i, k, j):
    """Forward over reverse through dense arrays, from `k` back to `i`, for the outputs of `j`."""
    n, m = d[i], d[j]
    cost = 0
    for l in range(i + 1, k + (k < j)):  # the columns dx_l/dx_i; the first is there
        cost += n * d[l] * d[l - 1] if l > i + 1 else 0
    for l in range(k, i + 1, -1):  # the rows of J(l-1, j) from those of J(l, j)
        cost += m * d[l] * d[l - 1] if l < j else 0
    for l in range(k, i, -1):
        cost += m * d[l] * half(d[l - 1]) if l < j else 0  # λ·T
        cost += m * n * d[l - 1] ** 2 if l > i + 1 else 0  # on the columns
        cost += m * n * d[l] * d[l - 1] if l < k or k < j else 0  # back through J_l
    return cost + (m * n * d[k] ** 2 if k < j else 0)


def cheapest(d):
    """The least fma of all plans of a chain of given, dense elementals."""
    q = len(d) - 1
    ranges = [(i, j) for i in range(q) for j in range(i + 2, q + 1)]
    tensors = {}

    def keep(found, used, cost):
        used = frozenset(pair for pair in used if pair[1] - pair[0] > 1)
        if cost < found.get(used, cost + 1):
            found[used] = cost

    for width in range(1, q + 1):
        for i in range(q - width + 1):
            j = i + width
            for held in range(1, width + 1):
                for a in range(i + 1, j - held + 2):
                    b = a + held - 1
                    found = {frozenset(): 0} if width == 1 else {}
                    for t in range(a, b):
                        for one, cost in tensors[a, t, i, j].items():
                            for other, more in tensors[t + 1, b, i, j].items():
                                keep(found, one | other, cost + more)
                    for k in range(b, j):
                        for used, cost in tensors[a, b, i, k].items():
                            keep(found, used | {(k, j)}, cost + d[j] * d[k] * half(d[i]))
                    for k in range(i + 1, a):
                        for used, cost in tensors[a, b, k, j].items():
                            keep(found, used | {(i, k)}, cost + congruence(d[j], d[k], d[i]))
                    if (a, b) == (i + 1, j) and width > 1:
                        keep(found, frozenset(), sweep(d, i, j, j))
                        for k in range(i + 1, j):
                            for used, cost in tensors[k + 1, j, k, j].items():
                                keep(found, used | {(k, j)}, cost + sweep(d, i, k, j))
                    tensors[a, b, i, j] = found

    least = None
    for count in range(len(ranges) + 1):
        for chosen in combinations(ranges, count):
            made, cost = set(chosen), 0
            for i, j in chosen:
                ways = [
                    d[i] * d[k] * d[j]
                    for k in range(i + 1, j)
                    if all(y - x == 1 or (x, y) in made for x, y in ((i, k), (k, j)))
                ]
                cost += min(ways) if ways else 10**12
            for used, own in tensors[1, q, 0, q].items():
                if used <= made and (least is None or cost + own < least):
                    least = cost + own
    return least


@pytest.mark.parametrize("q", [2, 3, 4])
def test_no_plan_of_a_short_chain_is_cheaper(q):
    rng = random.Random(q)
    for _ in range(25):
        sizes = [rng.randint(1, 2 * q + 3) for _ in range(q + 1)]
        plan = co.plan(co.HessianChain(sizes))
        assert (plan.fma, plan.proof) == (cheapest(sizes), "optimal"), sizes


def test_no_plan_of_five_elementals_is_cheaper():
    rng = random.Random(5)
    for _ in range(4):
        sizes = [rng.randint(1, 9) for _ in range(6)]
        plan = co.plan(co.HessianChain(sizes))
        assert (plan.fma, plan.proof) == (cheapest(sizes), "optimal"), sizes


def test_the_bound_holds_where_only_some_terms_are_looked_at_together(monkeypatch):
    from chainorder.bounds import term_sets

    monkeypatch.setattr(term_sets, "LONGEST", 1)
    monkeypatch.setattr(term_sets, "KEPT", 2)
    rng = random.Random(1)
    for _ in range(40):
        sizes = [rng.randint(1, 9) for _ in range(rng.randint(3, 6))]
        chain = co.HessianChain(sizes)
        bound = term_sets.term_bound.__wrapped__(chain, "fma")
        assert 0 < bound <= cheapest(sizes), sizes
        first = sum(term_sets.first_step_costs(chain, "fma"))
        assert first <= cheapest(sizes), sizes
