"""Schedules by brute force, from the definition: every plan, every order in which steps can start.

Nothing of the package is used but the chain's own data.
"""

from functools import cache
from itertools import product


def plans(chain, memory=None):
    """Every plan, as lists of `(duration, what is made, what is needed)`; dense elementals."""
    d, elementals = chain.sizes, chain.elementals

    def tangent(l):
        return elementals[l].tangent_cost

    def adjoint(l):
        e = elementals[l]
        fits = memory is None or (e.tape or 0) <= memory
        return e.adjoint_cost if fits else None

    @cache
    def of(i, j):
        if j - i == 1:
            if elementals[i].given:
                return [()]
            ways = [d[i] * tangent(i)] if tangent(i) is not None else []
            ways += [d[j] * adjoint(i)] if adjoint(i) is not None else []
            return [((duration, (i, j), ()),) for duration in ways if duration == min(ways)][:1]
        found = []
        for k in range(i + 1, j):
            last = (d[i] * d[k] * d[j], (i, j), ((i, k), (k, j)))
            found += [(*a, *b, last) for a, b in product(of(i, k), of(k, j))]
        if tangent(j - 1) is not None:
            last = (d[i] * tangent(j - 1), (i, j), ((i, j - 1),))
            found += [(*a, last) for a in of(i, j - 1)]
        if adjoint(i) is not None:
            last = (d[j] * adjoint(i), (i, j), ((i + 1, j),))
            found += [(*a, last) for a in of(i + 1, j)]
        return found

    return of(0, len(chain))


def least_makespan(chain, machines, memory=None):
    """The least makespan over all plans and all schedules; None if there is no plan."""
    return min((best_schedule(plan, machines) for plan in plans(chain, memory)), default=None)


def best_schedule(steps, machines):
    """The least makespan of these steps, each started as soon as can be, in every order."""
    best = sum(duration for duration, *_ in steps)
    makers = {made: t for t, (_, made, _) in enumerate(steps)}

    def go_on(done, free, latest):
        nonlocal best
        if latest >= best:
            return
        if len(done) == len(steps):
            best = latest
            return
        for t, (duration, _, needed) in enumerate(steps):
            operands = [makers[r] for r in needed if r in makers]
            if t in done or any(o not in done for o in operands):
                continue
            start = max([min(free), *(done[o] for o in operands)])
            # The machine that is free last among those that are free in time.
            y = max((f, y) for y, f in enumerate(free) if f <= start)[1]
            later = [*free[:y], start + duration, *free[y + 1 :]]
            go_on({**done, t: start + duration}, later, max(latest, start + duration))

    go_on({}, [0] * machines, 0)
    return best
