"""Functions as people write them: `chainorder.jax.jacobian` against the better of JAX's two modes.

    python benchmarks/jax_zoo.py [--small] [--json PATH]

Networks, filters, attention, loops, solvers, stencils, likelihoods, batches and trees. On none of
them has anything to be won, on none should anything be lost. Values are compared too. With
`--small`, every sixth.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax_functions as functions
import measuring
import numpy as np

from chainorder.jax import explain, jacobian

RNG = np.random.default_rng(0)
weight = functions.weight


def normal(*shape: int) -> Any:
    """Random numbers."""
    return jnp.asarray(RNG.normal(size=shape), dtype=jnp.float32)


def line(size: int) -> Any:
    """Numbers from -1/2 to 1/2."""
    return jnp.linspace(-0.5, 0.5, size, dtype=jnp.float32)


def convolved(x: Any) -> Any:
    """Two convolutions and a layer, from an image to ten numbers."""
    kernels = [weight(72, 1, 0).reshape(8, 1, 3, 3), weight(1152, 1, 1).reshape(16, 8, 3, 3)]
    h = x.reshape(1, 1, 28, 28)
    for kernel in kernels:
        h = jax.nn.relu(jax.lax.conv_general_dilated(h, kernel, (2, 2), "SAME"))
    return h.reshape(-1) @ weight(784, 10, 2)


def filtered(x: Any) -> Any:
    """A convolution of an image."""
    kernel = weight(9, 1, 0).reshape(1, 1, 3, 3)
    image = jax.lax.conv_general_dilated(x.reshape(1, 1, 20, 20), kernel, (1, 1), "SAME")
    return jnp.tanh(image).reshape(-1)


def attention(x: Any) -> Any:
    """A block of a transformer."""
    width = x.shape[1]
    query, key, value, out = (weight(width, width, at) for at in range(4))

    def normed(x: Any) -> Any:
        return (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-5)

    h = normed(x)
    mixed = jax.nn.softmax((h @ query) @ (h @ key).T / np.sqrt(width))
    x = x + mixed @ (h @ value) @ out
    return x + jax.nn.gelu(normed(x) @ weight(width, 4 * width, 5)) @ weight(4 * width, width, 6)


def recurrent(h: Any, xs: Any) -> Any:
    """A recurrent network: its last state."""
    inner, outer = weight(h.size, h.size, 0), weight(xs.shape[1], h.size, 1)
    return jax.lax.scan(lambda h, x: (jnp.tanh(h @ inner + x @ outer), None), h, xs)[0]


def runge_kutta(p: Any) -> Any:
    """Lorenz' equations, a hundred steps of the fourth order, by their parameters."""

    def f(y: Any) -> Any:
        return jnp.stack(
            [p[0] * (y[1] - y[0]), y[0] * (p[1] - y[2]) - y[1], y[0] * y[1] - p[2] * y[2]]
        )

    def step(y: Any, _: Any) -> Any:
        a = f(y)
        b = f(y + 0.005 * a)
        c = f(y + 0.005 * b)
        y = y + 0.01 / 6 * (a + 2 * b + 2 * c + f(y + 0.01 * c))
        return y, y

    return jax.lax.scan(step, jnp.ones(3), None, length=100)[1]


def burgers(u: Any) -> Any:
    """Four steps of Burgers' equation."""
    for _ in range(4):
        left, right = jnp.roll(u, 1), jnp.roll(u, -1)
        u = u - 0.1 * u * (right - left) + 0.05 * (right - 2 * u + left)
    return u


def residual(x: Any) -> Any:
    """Two residual blocks."""
    for at in range(2):
        x = x + jnp.tanh(x @ weight(x.size, x.size, at))
    return x


def likelihoods(b: Any) -> Any:
    """The logarithms of likelihoods of a logistic regression, one for each of 500 data."""
    data = jnp.asarray(np.random.default_rng(1).normal(size=(500, b.size)), dtype=jnp.float32)
    return jax.nn.log_sigmoid(data @ b)


def marginal(theta: Any) -> Any:
    """The marginal likelihood of a Gaussian process."""
    places = line(60)
    squares = (places[:, None] - places) ** 2
    kernel = jnp.exp(theta[0] - squares * jnp.exp(theta[1])) + jnp.exp(theta[2]) * jnp.eye(60)
    factor = jnp.linalg.cholesky(kernel)
    solved = jax.scipy.linalg.cho_solve((factor, True), jnp.sin(9 * places))
    return -0.5 * jnp.sin(9 * places) @ solved - jnp.log(jnp.diag(factor)).sum()


def energy(x: Any) -> Any:
    """The energy of charges."""
    squares = ((x[:, None] - x) ** 2).sum(-1)
    return (1 / jnp.sqrt(squares + 0.1)).sum()


def tree(a: Any, b: Any) -> Any:
    """A tree of results of two arguments."""
    return {"scaled": jnp.sin(a) * b.sum(), "sums": jnp.outer(a, b).sum(0), "product": a @ b}


def zoo() -> dict[str, tuple[Callable[..., Any], tuple[Any, ...], Any]]:
    """Functions, their arguments and by which they are differentiated."""
    net = functions.network
    two = weight(300, 300, 0), weight(300, 300, 1)
    single: dict[str, tuple[Callable[..., Any], Any]] = {
        "network 64-128-128-10": (net([64, 128, 128, 10]), line(64)),
        "network 10-128-128-64": (net([10, 128, 128, 64]), line(10)),
        "network 784-300-100-10": (net([784, 300, 100, 10]), line(784)),
        "network 100-400-400-100": (net([100, 400, 400, 100]), line(100)),
        "network 3-64-64-3": (net([3, 64, 64, 3]), line(3)),
        "network of a batch, 16 × 64": (jax.vmap(net([64, 128, 10])), normal(16, 64)),
        "two linear maps": (lambda x: two[0] @ (two[1] @ x), line(300)),
        "convolutions 784 → 10": (convolved, line(784)),
        "filter of 400": (filtered, line(400)),
        "attention, 16 × 32": (attention, normal(16, 32)),
        "attention → 10": (lambda x: attention(x).mean(0)[:10], normal(16, 32)),
        "recurrent, by its inputs": (lambda xs: recurrent(jnp.zeros(50), xs), normal(20, 10)),
        "recurrent, by its state": (lambda h: recurrent(h, jnp.ones((20, 10))), line(50)),
        "solver 3 → 300": (runge_kutta, jnp.array([10.0, 28.0, 2.6])),
        "solver 3 → 3": (lambda p: runge_kutta(p)[-1], jnp.array([10.0, 28.0, 2.6])),
        "solver 3 → 1": (lambda p: runge_kutta(p)[-1].sum(), jnp.array([10.0, 28.0, 2.6])),
        "loop of 50 rounds": (
            lambda p: jax.lax.fori_loop(0, 50, lambda _, y: jnp.sin(y * p) + 0.1 * y, p),
            line(20),
        ),
        "stencil of 500": (functions.stencil_1d, line(500)),
        "stencil of 20 × 20": (functions.stencil_2d, line(400)),
        "Burgers, 4 steps of 300": (burgers, line(300)),
        "residual network of 200": (residual, line(200)),
        "500 likelihoods": (likelihoods, line(20)),
        "their sum": (lambda b: likelihoods(b).sum(), line(20)),
        "Gaussian process": (marginal, jnp.zeros(3)),
        "softmax of 500": (jax.nn.softmax, line(500)),
        "logsumexp of 1000": (jax.nn.logsumexp, line(1000)),
        "elementwise 40 × 40": (lambda x: jnp.sin(x) * jnp.exp(-x), normal(40, 40)),
        "100 quaternions, normed": (
            jax.vmap(lambda q: q / jnp.linalg.norm(q)),
            normal(100, 4),
        ),
        "sorted, 300": (jnp.sort, line(300)),
        "sums up to each of 300": (lambda x: jnp.cumsum(jnp.sin(x)), line(300)),
        "spectrum of 256": (lambda x: jnp.abs(jnp.fft.rfft(x + 0.1)) ** 2, line(256)),
        "energy of 60 charges": (energy, normal(60, 3)),
        "forces on 30 charges": (jax.grad(energy), normal(30, 3)),
    }
    found = {name: (f, (x,), 0) for name, (f, x) in single.items()}
    return {**found, "a tree by two arguments": (tree, (line(40), line(40) + 1), (0, 1))}


def main() -> None:
    """Time each; print the table, write the figures."""
    options = measuring.arguments(__doc__ or "")
    rows, figures = [], {}
    for at, (name, (f, args, argnums)) in enumerate(zoo().items()):
        if options.small and at % 6:
            continue
        orders = {"planned": jacobian, "jacfwd": jax.jacfwd, "jacrev": jax.jacrev}
        compiled = {
            key: jax.jit(order(f, argnums)).lower(*args).compile() for key, order in orders.items()
        }
        leaves = [jax.tree.leaves(one(*args)) for one in compiled.values()]
        for ours, theirs in zip(leaves[0], leaves[2], strict=True):
            scale = max(float(jnp.abs(theirs).max()), 1e-3)
            assert np.allclose(ours, theirs, atol=1e-4 * scale), name
        calls = [
            lambda one=one, args=args: jax.block_until_ready(one(*args))
            for one in compiled.values()
        ]
        times = measuring.samples(calls, 3 if options.small else 101)
        # The fastest quarter: what else runs on the machine only adds.
        taken = [statistics.quantiles(one, n=4)[0] for one in times]
        plans = explain(f, argnums)(*args).pieces
        modes = {"few directions" if p.compression else p.plan.name for p in plans}
        ratio = min(taken[1:]) / taken[0]
        figures[name] = dict(zip(orders, taken, strict=True)) | {"faster": ratio}
        shown = "+".join(sorted(modes)).replace("optimal", "cut")
        rows.append((name, shown, *map(measuring.duration, taken), f"{ratio:.2f}×"))
    headings = ("function", "order", "planned", "jacfwd", "jacrev", "faster")
    measuring.show("Jacobians, jitted", headings, rows)
    worst = min(figures.values(), key=lambda one: one["faster"])["faster"]
    print(f"{measuring.machine()}; jax {jax.__version__}; the worst: {worst:.2f}×")
    measuring.write(options.json, figures)


if __name__ == "__main__":
    main()
