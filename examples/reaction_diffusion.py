"""Sensitivities of a 2-D reaction-diffusion system: what point sources do to point sensors.

A population spreads on a square (Fisher's equation, u_t = D Δu + r u (1 - u)), in steps of
diffusion (a 5-point stencil) and reaction (a function of each cell by itself), on a fine grid and,
after averaging, on a coarse one. Parameters are the strengths of sources, the outputs are sensors
that average a few cells.

    sources → fine field → (diffusion, reaction) × steps → coarse field → … → sensors

Every Jacobian on the way is sparse, and the wanted one is too. A source reaches further with every
step, and so does what a sensor sees, read backwards: from either end the number of entries grows.
The best order lets them meet. A planner that knows nothing but sizes sees none of this.

Run with `--small` for a grid of 40 × 40.
"""

import argparse
import statistics
import time

import numpy as np
import scipy.sparse as sp

import chainorder as co


def laplacian(n):
    """The 5-point stencil on an n × n grid, in cells, without flux through the border."""
    line = sp.diags_array(
        [np.ones(n - 1), np.full(n, -2.0), np.ones(n - 1)], offsets=[-1, 0, 1], format="lil"
    )
    line[0, 0] = line[n - 1, n - 1] = -1.0
    eye = sp.eye_array(n)
    return (sp.kron(eye, line) + sp.kron(line, eye)).tocsr()


def averages(n, coarse):
    """The means of the blocks that make an n × n grid a coarse × coarse one."""
    width = n // coarse
    line = sp.kron(sp.eye_array(coarse), np.full((1, width), 1.0 / width))
    return sp.kron(line, line).tocsr()


def around(cells, n):
    """A row for each cell: the mean of the cell and its neighbours."""
    near = abs(laplacian(n))[cells]
    near.data[:] = 1.0
    return (sp.diags_array(1.0 / near.sum(axis=1)) @ near).tocsr()


def simulate(n, coarse, steps, coarse_steps, sources, sensors, seed=0):
    """The elemental Jacobians of one run, sources first, diagonals as one-dimensional arrays."""
    rng = np.random.default_rng(seed)
    spread = around(rng.choice(n * n, sources, replace=False), n).T.tocsr()
    jacobians = [spread]
    u = 0.2 + 0.1 * rng.random(n * n) + spread @ rng.random(sources)
    for grid, count in ((n, steps), (coarse, coarse_steps)):
        diffusion = (sp.eye_array(grid * grid) + 0.2 * laplacian(grid)).tocsr()
        for _ in range(count):
            u = diffusion @ u
            jacobians += [diffusion, 1.0 + 0.05 * (1.0 - 2.0 * u)]
            u = u + 0.05 * u * (1.0 - u)
        if grid == n:
            jacobians.append(averages(n, coarse))
            u = jacobians[-1] @ u
    jacobians.append(around(rng.choice(coarse * coarse, sensors, replace=False), coarse))
    return jacobians


def chain_of(jacobians):
    """What the planner is told: sizes, and where entries are."""
    structures, known = [], {}
    for jacobian in jacobians:
        if jacobian.ndim == 1:
            structures.append(co.Diagonal())
        else:
            structures.append(known.setdefault(id(jacobian), co.Sparse(jacobian)))
    sizes = [jacobians[0].shape[1], *(jacobian.shape[0] for jacobian in jacobians)]
    return co.Chain(sizes, [co.Elemental(structure=structure) for structure in structures])


def multiplied_by_scipy(steps, jacobians):
    """Run steps with SciPy's own products; returns the Jacobian, the fma and the seconds."""
    held = {}
    for l, jacobian in enumerate(jacobians):
        is_diagonal = jacobian.ndim == 1
        held[l, l + 1] = sp.diags_array(jacobian, format="csr") if is_diagonal else jacobian
    seconds, fma = 0.0, 0
    for _, i, k, j in steps:
        left, right = held.pop((k, j)), held.pop((i, k))
        columns = np.bincount(left.indices, minlength=left.shape[1])
        fma += int(columns @ np.diff(right.indptr))
        start = time.perf_counter()
        held[i, j] = left @ right
        seconds += time.perf_counter() - start
    return held.popitem()[1], fma, seconds


def compare_orders(jacobians, runs=3):
    """Rows `(label, fma, seconds)`, the best order last, and the seconds of planning it.

    Times are medians of several runs, taken in turns.
    """
    chain = chain_of(jacobians)
    start = time.perf_counter()
    best = co.plan(chain)
    planning = time.perf_counter() - start
    orders = {
        "SciPy, right to left": co.plan(chain, "forward").steps,
        "SciPy, left to right": co.plan(chain, "reverse").steps,
        "order that ignores sparsity": co.plan(chain.without_structure()).steps,
    }
    ours = f"chainorder ({best.proof})"
    fma, seconds = {}, {label: [] for label in (*orders, ours)}
    for _ in range(runs):
        run = co.execute(best, jacobians)
        assert run.fma == best.fma
        fma[ours] = run.fma
        seconds[ours].append(run.seconds)
        for label, steps in orders.items():
            jacobian, fma[label], taken = multiplied_by_scipy(steps, jacobians)
            seconds[label].append(taken)
            assert abs(run.jacobian - jacobian).max() < 1e-12 * abs(jacobian).max()
    rows = [(label, fma[label], statistics.median(taken)) for label, taken in seconds.items()]
    return rows, planning


def problem(small):
    """The Jacobians of the example, in its full or small size."""
    if small:
        return simulate(40, 20, 4, 2, sources=60, sensors=60)
    return simulate(320, 80, 8, 3, sources=5000, sensors=1500)


def main():
    """Plan, multiply in four ways, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a grid of 40 × 40 for a quick look")
    jacobians = problem(parser.parse_args().small)
    rows, planning = compare_orders(jacobians)
    sizes = [jacobians[0].shape[1], *(jacobian.shape[0] for jacobian in jacobians)]
    print(f"{len(jacobians)} elementals, {max(sizes):,} unknowns, planned in {planning:.1f} s")
    print(f"{'':30}{'fma':>14}{'× best':>9}{'seconds':>10}{'× best':>9}")
    _, fma, seconds = rows[-1]
    for label, its_fma, its_seconds in rows:
        print(
            f"{label:30}{its_fma:>14,}{its_fma / fma:>9.2f}"
            f"{its_seconds:>10.4f}{its_seconds / seconds:>9.2f}"
        )


if __name__ == "__main__":
    main()
