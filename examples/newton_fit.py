"""Newton's method on a curve fit: the Hessian of the loss from its chain, every step.

A decay `y = a·exp(-b·t) + c` is measured at many times. The loss is a chain: three parameters, the
model at every time, residuals squared, their sum. The planner sees the waist of three in front and
that all behind it is pointwise, so the Hessian costs some products per measurement. `--small`.
"""

from __future__ import annotations

import argparse

import numpy as np

import chainorder as co

TRUE = np.array([2.0, 1.3, 0.5])


def model(times: np.ndarray) -> co.Function:
    """The curve at all times, as a function of `a`, `b` and `c`."""

    def f(x):
        return x[0] * np.exp(-x[1] * times) + x[2]

    def jacobian(x):
        decay = np.exp(-x[1] * times)
        return np.stack([decay, -x[0] * times * decay, np.ones_like(times)], axis=1)

    def tensor(x):
        decay = np.exp(-x[1] * times)
        second = np.zeros((len(times), 3, 3))
        second[:, 0, 1] = second[:, 1, 0] = -times * decay
        second[:, 1, 1] = x[0] * times**2 * decay
        return second

    return co.Function(f, jacobian=jacobian, tensor=tensor)


def half_square(measured: np.ndarray) -> co.Function:
    """Half of each residual's square: pointwise, so both derivatives are vectors."""
    return co.Function(
        lambda y: (y - measured) ** 2 / 2,
        jacobian=lambda y: y - measured,
        tensor=np.ones_like,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    count = 50 if parser.parse_args().small else 20_000
    times = np.linspace(0, 3, count)
    rng = np.random.default_rng(0)
    measured = TRUE[0] * np.exp(-TRUE[1] * times) + TRUE[2] + rng.normal(0, 0.05, count)

    sizes = [3, count, count, 1]
    total = np.ones((1, count))
    operands = [model(times), half_square(measured), (total, None)]
    chain = co.HessianChain(
        sizes,
        [
            co.HessianElemental(name="model"),
            co.HessianElemental(structure=co.Diagonal(), name="half squares"),
            co.HessianElemental(tensor="none", name="sum"),
        ],
    )
    print(co.compare(chain))
    plan = co.plan(chain)

    x = np.array([1.0, 1.0, 0.0])
    print(f"\n{'step':>4} {'a':>9} {'b':>9} {'c':>9} {'loss':>12} {'|gradient|':>11} {'fma':>9}")
    for step in range(20):
        curve = operands[0].f(x)
        loss = operands[1].f(curve).sum()
        gradient = operands[0].jacobian(x).T @ (curve - measured)
        run = co.execute(plan, operands, x)
        size = np.abs(gradient).max()
        print(
            f"{step:>4} {x[0]:>9.5f} {x[1]:>9.5f} {x[2]:>9.5f} {loss:>12.6f} {size:>11.2e} "
            f"{run.fma:>9,}"
        )
        if size < 1e-9 * count:
            break
        values, vectors = np.linalg.eigh(run.hessian)
        # Far from the minimum the Hessian may be indefinite: step downhill all the same.
        direction = -vectors @ ((vectors.T @ gradient) / np.abs(values))
        while operands[1].f(operands[0].f(x + direction)).sum() > loss and size > 1e-6 * count:
            direction /= 2
        x = x + direction
    assert size < 1e-9 * count
    assert np.abs(x - TRUE).max() < (0.2 if count < 1000 else 0.02)


if __name__ == "__main__":
    main()
