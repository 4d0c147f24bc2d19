"""`chainorder.jax.jacobian` against `jax.jacfwd`, `jax.jacrev`, a cut by hand, and sparse peers.

    python benchmarks/jax_jacobian.py [--small] [--json PATH]

All in one process, jitted, compile time apart, medians in turns; values are compared too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax_functions as functions
import measuring
import numpy as np

from chainorder.jax import explain, hessian, jacobian
from chainorder.jax.calls import traced_call
from chainorder.jax.choices import planned

Table = dict[str, tuple[Callable[[Any], Any], Any]]


def table(small: bool) -> Table:
    """The functions to differentiate, and where."""
    net, part = functions.network, 4 if small else 1

    def at(size: int) -> Any:
        return jnp.linspace(-0.5, 0.5, size, dtype=jnp.float32)

    wide, encoder = 1000 // part, [784 // part, 512 // part, 256 // part, 32 // part]
    layers = [*encoder, *encoder[-2::-1]]
    side = 32 // part
    return {
        "autoencoder 784…32…784": (net(layers), at(layers[0])),
        "1000-1-1000-1-1000": (net([wide, 1, wide, 1, wide]), at(wide)),
        "six times 200-5-200": (net([200 // part, 5] * 6 + [200 // part]), at(200 // part)),
        "U, waist 20 + skip 10": (functions.u_shape(400 // part, 20, 10), at(400 // part)),
        "U, waist 20 + skip 300": (
            functions.u_shape(400 // part, 20, 300 // part),
            at(400 // part),
        ),
        "convolutions, waist 16": (functions.convolutional(side, 16), at(side**2)),
        "solver, 5 → 1000 → 50": (functions.lorenz(50), jnp.array([10.0, 28.0, 2.6, 0.1, 0.2])),
        "loss of a deep network": (net([500 // part, *[400 // part] * 6, 1]), at(500 // part)),
        "5 in, 1000 out": (net([5, *[400 // part] * 4, wide]), at(5)),
        "square, no waist": (net([300 // part] * 6), at(300 // part)),
        "elementwise": (lambda x: jnp.sin(x) * jnp.exp(-x), at(2000 // part)),
    }


def against_jax(small: bool) -> dict[str, Any]:
    """Time, compile time, XLA's own count of operations, and what planning takes."""
    rows, counts, figures = [], [], {}
    for name, (f, x) in table(small).items():
        orders = {"planned": jacobian(f), "jacfwd": jax.jacfwd(f), "jacrev": jax.jacrev(f)}
        if name.startswith("1000"):
            orders["by hand"] = functions.by_hand([x.size, 1, x.size, 1, x.size], 3)
        taken = _compiled_and_timed(orders, x, 3 if small else 41)
        peers = [taken[one] for one in ("jacfwd", "jacrev")]
        better = min(peers, key=lambda one: one["seconds"])
        ours, plans = taken["planned"], explain(f)(x)
        modes = "+".join(sorted({"cut" if p.is_cut else p.plan.name for p in plans.pieces}))
        figures[name] = {**taken, "fma": plans.fma, "mode": modes, **_tracing(f, x)}
        row = figures[name]
        rows.append(
            (
                name,
                modes,
                measuring.duration(ours["seconds"]),
                *(measuring.duration(peer["seconds"]) for peer in peers),
                f"{better['seconds'] / ours['seconds']:.2f}×",
            )
        )
        counts.append(
            (
                name,
                *(f"{one:.3g}" for one in (2 * plans.fma, ours["flops"], better["flops"])),
                f"{ours['compile'] / better['compile']:.2f}",
                f"{row['tracing'] * 1e3:.0f} ms",
                f"{row['planning'] * 1e3:.0f} ms",
            )
        )
        if "by hand" in taken:
            ratio = ours["seconds"] / taken["by hand"]["seconds"]
            print(f"{name}: {ratio:.2f} × the time of the cut by hand")
    headings = ("function", "order", "planned", "jacfwd", "jacrev", "faster")
    measuring.show("Jacobians, jitted", headings, rows)
    headings = ("function", "2 · fma", "XLA flops", "of better", "compile", "trace", "plan")
    measuring.show("Their operations, and compiling over the better mode", headings, counts)
    return figures


def _compiled_and_timed(
    orders: dict[str, Callable[[Any], Any]], x: Any, runs: int
) -> dict[str, dict[str, float]]:
    taken: dict[str, dict[str, float]] = {}
    compiled = {}
    for name, order in orders.items():
        start = time.perf_counter()
        compiled[name] = jax.jit(order).lower(x).compile()
        counted = compiled[name].cost_analysis() or {}
        counted = counted[0] if isinstance(counted, list) else counted
        taken[name] = {"compile": time.perf_counter() - start, "flops": counted.get("flops", 0.0)}
    expected = np.asarray(next(reversed(compiled.values()))(x))
    for name, one in compiled.items():
        worst = float(np.abs(np.asarray(one(x)) - expected).max() / np.abs(expected).max())
        assert worst < 1e-4, (name, worst)
    calls = [lambda one=one: jax.block_until_ready(one(x)) for one in compiled.values()]
    for name, seconds in zip(compiled, measuring.side_by_side(calls, runs), strict=True):
        taken[name]["seconds"] = seconds
    return taken


def _tracing(f: Callable[[Any], Any], x: Any) -> dict[str, float]:
    """Time of tracing, and of planning what has not been planned."""
    start = time.perf_counter()
    call = traced_call(f, 0, (x,), {}, has_aux=False)
    traced = time.perf_counter()
    assert call is not None
    # Another order, so that nothing is remembered.
    planned(call.program, "optimal")
    return {"tracing": traced - start, "planning": time.perf_counter() - traced}


def elimination(small: bool) -> dict[str, Any]:
    """Functions of six numbers over a batch: vertex elimination against vmapped modes."""
    rng = np.random.default_rng(0)
    batch = 100 if small else 10_000
    low, high = np.array([[0.5, -1, 2] * 2, [2, 1, 4] * 2])
    states = jnp.asarray(rng.uniform(low, high, (batch, 6)), dtype=jnp.float32)
    angles = jnp.asarray(rng.uniform(-1, 1, (batch, 6)), dtype=jnp.float32)
    rows, figures = [], {}
    for f, x in ((functions.roe_flux, states), (functions.robot_arm, angles)):
        if small and f is functions.robot_arm:
            continue
        taken = _compiled_and_timed(
            {
                "elimination": jax.vmap(jacobian(f, order="elimination")),
                "jacfwd": jax.vmap(jax.jacfwd(f)),
                "jacrev": jax.vmap(jax.jacrev(f)),
            },
            x,
            3 if small else 41,
        )
        figures[f.__name__] = taken
        times = [one["seconds"] for one in taken.values()]
        compiling = [measuring.duration(one["compile"]) for one in taken.values()]
        rows.append(
            (
                f.__name__,
                *map(measuring.duration, times),
                f"{min(times[1:]) / times[0]:.2f}×",
                " ".join(compiling),
            )
        )
    headings = ("function", "elimination", "jacfwd", "jacrev", "faster", "compile")
    measuring.show(f"Batches of {batch:,}, by vertex elimination", headings, rows)
    return figures


def sparse(small: bool) -> dict[str, Any]:
    """Stencils: our pattern and colouring against asdex and sparsejac, where they are installed."""
    side = 10 if small else 100
    x = jnp.asarray(np.random.default_rng(0).uniform(size=side**2), dtype=jnp.float32)
    rows, figures = [], {}
    for f in (functions.stencil_1d, functions.stencil_2d):
        made: dict[str, Callable[[Any], Any]] = {"planned": jax.jit(jacobian(f, sparse=True))}
        start = time.perf_counter()
        ours = made["planned"](x)
        first = {"planned": time.perf_counter() - start}
        made |= _sparse_peers(f, x, ours)
        for name, call in list(made.items())[1:]:
            start = time.perf_counter()
            found = call(x)
            first[name] = time.perf_counter() - start
            assert np.allclose(_csr(found).toarray(), _csr(ours).toarray(), atol=1e-5)
        calls = [lambda call=call: jax.block_until_ready(call(x).data) for call in made.values()]
        seconds = measuring.side_by_side(calls, 5 if small else 201)
        figures[f.__name__] = dict(zip(made, seconds, strict=True)) | {"first": first}
        for name, taken in zip(made, seconds, strict=True):
            times = (measuring.duration(taken), measuring.duration(first[name]))
            rows.append((f.__name__, name, *times, f"{taken / seconds[0]:.2f}"))
    measuring.show(
        f"Sparse Jacobians of {side**2:,} unknowns",
        ("function", "by", "median", "first call", "over ours"),
        rows,
    )
    return figures


def _sparse_peers(f: Callable[[Any], Any], x: Any, ours: Any) -> dict[str, Callable[[Any], Any]]:
    peers: dict[str, Callable[[Any], Any]] = {}
    try:
        import asdex

        peers["asdex"] = jax.jit(asdex.jacobian(f, x))
    except ImportError:
        print("asdex is not installed")
    try:
        import sparsejac
        from jax.experimental.sparse import BCOO

        # It does not look for the pattern: it is given ours.
        known = BCOO((jnp.ones(ours.nse), ours.indices), shape=ours.shape)
        peers["sparsejac"] = jax.jit(sparsejac.jacfwd(f, sparsity=known))
    except ImportError:
        print("sparsejac is not installed")
    return peers


def _csr(matrix: Any) -> Any:
    import scipy.sparse

    places = np.asarray(matrix.indices).T
    return scipy.sparse.csr_array((np.asarray(matrix.data), places), shape=matrix.shape)


def second_derivatives(small: bool) -> dict[str, Any]:
    """Hessians of losses, against `jax.hessian`."""
    part = 5 if small else 1
    shapes = {
        "500→200→5→200→1": [500 // part, 200 // part, 5, 200 // part, 1],
        "500→5→200→200→1": [500 // part, 5, 200 // part, 200 // part, 1],
        "200→200→200→1": [*[200 // part] * 3, 1],
    }
    rows, figures = [], {}
    for name, sizes in shapes.items():
        net = functions.network(sizes)

        def loss(x: Any, net: Any = net) -> Any:
            return net(x)[0]

        x = jnp.linspace(-0.5, 0.5, sizes[0])
        orders = {"planned": hessian(loss), "jax.hessian": jax.hessian(loss)}
        figures[name] = taken = _compiled_and_timed(orders, x, 3 if small else 41)
        ours, other = taken["planned"], taken["jax.hessian"]
        rows.append(
            (
                name,
                *(measuring.duration(one["seconds"]) for one in taken.values()),
                f"{other['seconds'] / ours['seconds']:.2f}×",
                *(f"{one['flops']:.3g}" for one in taken.values()),
                f"{ours['compile'] / other['compile']:.2f}",
            )
        )
    headings = ("loss", "planned", "jax.hessian", "faster", "XLA flops", "of jax's", "compile")
    measuring.show("Hessians, jitted", headings, rows)
    return figures


def factors(small: bool) -> dict[str, float]:
    """The factors of the price model: what moves or touches one entry, over one multiplication."""
    size = 200 if small else 1000
    entries = jnp.ones((size, size))
    other = jnp.asarray(np.random.default_rng(0).permutation(size))
    timed = {
        "multiplication": jax.jit(lambda a: a @ a),
        "elementwise": jax.jit(lambda a: a * 3.0),
        "transposed": jax.jit(lambda a: a.T.copy()),
        "gathered": jax.jit(lambda a: a[:, other]),
        "scattered": jax.jit(lambda a: jnp.zeros_like(a).at[:, other].add(a)),
    }
    calls = [lambda call=call: jax.block_until_ready(call(entries)) for call in timed.values()]
    seconds = dict(zip(timed, measuring.side_by_side(calls, 3 if small else 31), strict=True))
    per_fma = seconds.pop("multiplication") / size**3
    found = {name: taken / size**2 / per_fma for name, taken in seconds.items()}
    rows = [(name, f"{factor:.1f}") for name, factor in found.items()]
    measuring.show(f"Entries of {size} × {size}, in multiplications", ("entry", "factor"), rows)
    return found


def main() -> None:
    """Run every part; print the tables, write the figures."""
    options = measuring.arguments(__doc__ or "")
    parts = (against_jax, elimination, sparse, second_derivatives, factors)
    figures = {part.__name__: part(options.small) for part in parts}
    print(f"{measuring.machine()}; jax {jax.__version__}")
    measuring.write(options.json, figures)


if __name__ == "__main__":
    main()
