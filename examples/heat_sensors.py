"""A heated plate, a few sensors, a forecast: neither tangents nor adjoints all the way are good.

The chain goes from the currents of many heaters to a forecast for many regions of the plate:

    currents -> temperature on a fine grid -> two implicit time steps -> coarse grid -> a time step
    -> 6 sensors -> 5 modes -> temperature on the fine grid -> a time step -> regions

Both ends are wide and the grids in between are far wider, but everything passes the sensors. The
Jacobian d(regions)/d(currents) is wanted. All there is of most elementals are products with their
Jacobians, written by hand below; each time step solves with a sparse LU factorization.

Run it with `python examples/heat_sensors.py`, or with `--small` on a grid that takes no time.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import SuperLU, splu

import chainorder as co

BLOCK = 32
"""Columns that are solved for at once: with more, a solve takes longer for each of them."""


@dataclass(frozen=True)
class Plate:
    """A square grid of `n × n` temperatures on the unit square."""

    n: int

    def points(self) -> np.ndarray:
        """The coordinates of the grid points, `(n², 2)`."""
        line = (np.arange(self.n) + 0.5) / self.n
        return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)

    def bumps(self, centres: np.ndarray, width: float) -> np.ndarray:
        """One smooth bump around each centre, `(n², len(centres))`; each column sums to 1."""
        distance = ((self.points()[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        bumps = np.exp(-distance / (2 * width**2))
        return bumps / bumps.sum(axis=0)

    def averages(self, regions: int) -> sp.csr_array:
        """The mean temperature of each of `regions × regions` squares, `(regions², n²)`."""
        square = np.arange(self.n) * regions // self.n
        owner = (square[:, None] * regions + square[None, :]).ravel()
        ones = np.ones(self.n**2)
        members = sp.csr_array((ones, (owner, np.arange(self.n**2))), (regions**2, self.n**2))
        return sp.csr_array(members / members.sum(axis=1)[:, None])


class TimeStep:
    """An implicit step of `u_t = div(k(u) grad u)` with conductivity `k(u) = 1 + u²/2`.

    Solves `M y = x` with `M = I + dt·G^T diag(k at the faces) G`, where `G` takes differences
    between neighbours and `A` their averages. Differentiating `M(x) y = x` gives

        J = M^-1 (I - dt·G^T diag(G y) A diag(k'(x))),   and M is symmetric.
    """

    def __init__(self, plate: Plate, dt: float) -> None:
        n = plate.n
        line = sp.diags_array([-np.ones(n - 1), np.ones(n - 1)], offsets=[0, 1], shape=(n - 1, n))
        identity = sp.eye_array(n)
        both_ways = sp.vstack([sp.kron(line, identity), sp.kron(identity, line)])
        self.gradient = sp.csr_array(n * both_ways)
        self.average = sp.csr_array(abs(self.gradient) / (2 * n))
        self.dt = dt
        self.point: np.ndarray | None = None

    def linearize(self, x: np.ndarray) -> tuple[np.ndarray, SuperLU, sp.csr_array]:
        """The step's result, the factors of `M`, and `I - dt·…`, remembered for one point."""
        if self.point is None or not np.array_equal(x, self.point):
            faces = sp.diags_array(self.average @ (1 + x**2 / 2))
            matrix = sp.eye_array(len(x)) + self.dt * self.gradient.T @ faces @ self.gradient
            factors = splu(sp.csc_array(matrix), permc_spec="MMD_AT_PLUS_A")
            y = factors.solve(x)
            change = self.gradient.T @ sp.diags_array(self.gradient @ y) @ self.average
            right = sp.csr_array(sp.eye_array(len(x)) - self.dt * change @ sp.diags_array(x))
            self.point, self.at_point = x.copy(), (y, factors, right)
        return self.at_point

    def f(self, x: np.ndarray) -> np.ndarray:
        """The temperatures after the step."""
        return self.linearize(x)[0]

    def jvp(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Tangents: one solve for each column of `v`."""
        _, factors, right = self.linearize(x)
        return factors.solve(right @ v)

    def vjp(self, x: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Adjoints: one solve for each column of `u`."""
        _, factors, right = self.linearize(x)
        return right.T @ factors.solve(np.ascontiguousarray(u))

    def function(self) -> co.Function:
        """The step as an elemental."""
        return co.Function(self.f, self.jvp, self.vjp, blocks=True)


def pointwise(matrix, inner, slope) -> co.Function:
    """`x -> matrix @ inner(x)` with a function `inner` that acts on each entry alone."""

    def scaled(x, vectors):
        return (slope(x) * vectors.T).T

    return co.Function(
        lambda x: matrix @ inner(x),
        lambda x, v: matrix @ scaled(x, v),
        lambda x, u: scaled(x, matrix.T @ u),
        blocks=True,
    )


def heat_problem(small: bool = False) -> tuple[list, np.ndarray, list[str]]:
    """The operands of the chain, the point, and the names of the elementals."""
    heaters, fine, coarse, regions = (36, 24, 12, 6) if small else (400, 104, 52, 20)
    rng = np.random.default_rng(0)
    plate, coarse_plate = Plate(fine), Plate(coarse)
    heater_bumps = plate.bumps(rng.uniform(0.1, 0.9, (heaters, 2)), 0.05) * fine**2 / heaters
    sensors = coarse_plate.bumps(rng.uniform(0.2, 0.8, (6, 2)), 0.06).T
    modes = plate.bumps(np.array([[0.3, 0.3], [0.3, 0.7], [0.7, 0.3], [0.7, 0.7], [0.5, 0.5]]), 0.2)
    estimate = rng.standard_normal((5, 6)) / 3
    elementals = {
        "heating": pointwise(heater_bumps, np.square, lambda x: 2 * x),
        "first step": TimeStep(plate, 0.002).function(),
        "second step": TimeStep(plate, 0.004).function(),
        "restriction": plate.averages(coarse),
        "coarse step": TimeStep(coarse_plate, 0.01).function(),
        "sensors": pointwise(sensors, np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        "estimation": estimate,
        "reconstruction": pointwise(modes * fine**2, np.exp, np.exp),
        "forecast": TimeStep(plate, 0.005).function(),
        "regions": plate.averages(regions),
    }
    return list(elementals.values()), rng.uniform(0.5, 1.5, heaters), list(elementals)


def main(small: bool = False) -> None:
    """Check the products, measure them, plan, and execute three orders."""
    operands, x, names = heat_problem(small)
    print(co.check(operands, x), end="\n\n")

    # Only the estimation is a matrix that a plan may multiply with.
    known = [co.Elemental(name=name, given=name == "estimation") for name in names]
    chain = co.measure(operands, x, known)
    print("elemental           maps               tangent, ms   adjoint, ms")
    for l, elemental in enumerate(chain.elementals):
        costs = [c and c / 1e9 for c in (elemental.tangent_cost, elemental.adjoint_cost)]
        shown = "".join("given".rjust(14) if c is None else f"{c:14.4f}" for c in costs)
        maps = f"{chain.sizes[l]:>6} -> {chain.sizes[l + 1]:<6}"
        print(f"J{l + 1:<3}{elemental.name:<15} {maps}{shown}")

    best = co.plan(chain)
    print(f"\n{best}\n")
    print("order           tangents   adjoints   planned, s   counted, s      wall, s   difference")
    runs = {}
    for order in ("forward", "reverse", "optimal"):
        plan = co.plan(chain, order)
        run = runs[order] = co.execute(plan, operands, x, block=BLOCK)
        difference = np.abs(run.jacobian - runs["forward"].jacobian).max()
        difference /= np.abs(run.jacobian).max()
        print(
            f"{order:<15}{run.tangents:>9,}{run.adjoints:>11,}{plan.seconds:>13.4f}"
            f"{run.planned_seconds:>13.4f}{run.seconds:>13.4f}{difference:>13.1e}"
        )
        assert difference < 1e-10
        assert run.planned_seconds == plan.seconds
    preaccumulated = co.plan(chain, "preaccumulate")
    print(f"preaccumulate  (not executed)       {preaccumulated.seconds:>13.4f}")
    times = {order: run.seconds / runs["optimal"].seconds for order, run in runs.items()}
    print(
        f"\nThe best mix is {times['forward']:.0f} times as fast as tangents all the way,\n"
        f"and {times['reverse']:.0f} times as fast as adjoints all the way."
    )


if __name__ == "__main__":
    main(small="--small" in sys.argv[1:])
