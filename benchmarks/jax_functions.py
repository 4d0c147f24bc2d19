"""What the JAX benchmarks differentiate: networks, a solver, straight-line programs, stencils."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Function = Callable[[Any], Any]


def weight(rows: int, columns: int, seed: int) -> Any:
    """A random matrix that keeps the size of what it is applied to."""
    rng = np.random.default_rng(seed)
    return jnp.asarray(rng.normal(size=(rows, columns)) / math.sqrt(rows), dtype=jnp.float32)


def network(sizes: Sequence[int], seed: int = 0) -> Function:
    """Linear layers with a tanh behind each."""
    weights = [weight(a, b, seed + at) for at, (a, b) in enumerate(pairwise(sizes))]

    def f(x: Any) -> Any:
        for one in weights:
            x = jnp.tanh(x @ one)
        return x

    return f


def by_hand(sizes: Sequence[int], cut: int, seed: int = 0) -> Function:
    """The Jacobian of the same network, cut at a state by hand: reverse before, forward behind."""
    weights = [weight(a, b, seed + at) for at, (a, b) in enumerate(pairwise(sizes))]

    def part(x: Any, layers: Sequence[Any]) -> Any:
        for one in layers:
            x = jnp.tanh(x @ one)
        return x

    def jacobian(x: Any) -> Any:
        before, behind = weights[:cut], weights[cut:]
        state = part(x, before)
        left = jax.jacfwd(lambda s: part(s, behind))(state)
        return left @ jax.jacrev(lambda x: part(x, before))(x)

    return jacobian


def u_shape(wide: int, waist: int, skip: int) -> Function:
    """Down to a waist and up again, with a skip connection across it."""
    down, over = network([wide, 3 * wide // 4, waist]), network([wide, skip], seed=7)
    up, out = network([waist, 3 * wide // 4], seed=3), network([3 * wide // 4 + skip, wide], seed=5)

    def f(x: Any) -> Any:
        return out(jnp.concatenate([up(down(x)), over(x)]))

    return f


def convolutional(side: int, waist: int) -> Function:
    """An encoder and a decoder of images, with convolutions."""
    channels, small = 8, side // 4
    kernels = [
        jnp.asarray(np.random.default_rng(at).normal(size=shape) * 0.2, dtype=jnp.float32)
        for at, shape in enumerate([(8, 1, 3, 3), (8, 8, 3, 3), (8, 8, 3, 3), (1, 8, 3, 3)])
    ]
    down, up = weight(channels * small**2, waist, 1), weight(waist, channels * small**2, 2)

    def convolved(x: Any, kernel: Any, stride: int) -> Any:
        return jax.lax.conv_general_dilated(x, kernel, (stride, stride), "SAME")

    def f(x: Any) -> Any:
        h = jnp.tanh(convolved(x.reshape(1, 1, side, side), kernels[0], 2))
        h = jnp.tanh(convolved(h, kernels[1], 2)).reshape(-1)
        h = jnp.tanh(jnp.tanh(h @ down) @ up).reshape(1, channels, small, small)
        for kernel in kernels[2:]:
            h = convolved(jnp.repeat(jnp.repeat(h, 2, axis=2), 2, axis=3), kernel, 1)
        return h.reshape(-1)

    return f


def lorenz(sensors: int) -> Function:
    """A solver: five parameters, five states at two hundred times, and what sensors see of them."""
    seen = weight(1000, sensors, 0)

    def f(p: Any) -> Any:
        def step(y: Any, _: Any) -> Any:
            lorenz = [p[0] * (y[1] - y[0]), y[0] * (p[1] - y[2]) - y[1], y[0] * y[1] - p[2] * y[2]]
            y = y + 0.005 * jnp.stack([*lorenz, p[3] * y[0] - y[3], p[4] * y[1] - y[4]])
            return y, y

        _, states = jax.lax.scan(step, jnp.array([1.0, 1.0, 1.0, 0.0, 0.0]), None, length=200)
        return jnp.tanh(states.reshape(-1) @ seen)

    return f


def roe_flux(x: Any) -> Any:
    """Roe's flux for the Euler equations, from densities, momenta and energies on both sides.

    P. L. Roe, Approximate Riemann solvers, J. Comput. Phys. 43 (1981).
    """
    gas = 1.4

    def split(r: Any, m: Any, e: Any) -> Any:
        u = m / r
        p = (gas - 1) * (e - 0.5 * m * u)
        return u, p, (e + p) / r

    rl, ml, el, rr, mr, er = x
    (ul, pl, hl), (ur, pr, hr) = split(rl, ml, el), split(rr, mr, er)
    wl, wr = jnp.sqrt(rl), jnp.sqrt(rr)
    u, h = (wl * ul + wr * ur) / (wl + wr), (wl * hl + wr * hr) / (wl + wr)
    c, r = jnp.sqrt((gas - 1) * (h - 0.5 * u * u)), wl * wr
    dr, du, dp = rr - rl, ur - ul, pr - pl
    b1 = jnp.abs(u - c) * (dp - r * c * du) / (2 * c * c)
    b2 = jnp.abs(u) * (dr - dp / (c * c))
    b3 = jnp.abs(u + c) * (dp + r * c * du) / (2 * c * c)
    mass = ml + mr - (b1 + b2 + b3)
    momentum = ml * ul + pl + mr * ur + pr - (b1 * (u - c) + b2 * u + b3 * (u + c))
    energy = ul * (el + pl) + ur * (er + pr)
    energy -= b1 * (h - u * c) + b2 * 0.5 * u * u + b3 * (h + u * c)
    return 0.5 * jnp.stack([mass, momentum, energy])


ARM = [(0.0, 0.4, 1), (0.5, 0.1, 0), (0.05, 0.0, 1), (0.0, 0.45, -1), (0.0, 0.0, 1), (0.0, 0.1, 0)]
"""Length, offset and twist (in right angles) of the links of an arm with six joints."""


def robot_arm(t: Any) -> Any:
    """Place and direction of the hand of an arm, by the angles of its six joints."""
    turned: Any = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    place: Any = [0.0, 0.0, 0.0]
    three = range(3)
    for joint, (length, offset, twist) in enumerate(ARM):
        c, s = jnp.cos(t[joint]), jnp.sin(t[joint])
        ca, sa = math.cos(twist * math.pi / 2), math.sin(twist * math.pi / 2)
        turn = [[c, -s * ca, s * sa], [s, c * ca, -c * sa], [0.0, sa, ca]]
        step = [length * c, length * s, offset]
        place = [sum(turned[r][k] * step[k] for k in three) + place[r] for r in three]
        turned = [[sum(turned[r][k] * turn[k][q] for k in three) for q in three] for r in three]
    roll, yaw = (
        jnp.arctan2(turned[2][1], turned[2][2]),
        jnp.arctan2(turned[1][0], turned[0][0]),
    )
    return jnp.stack([*place, roll, jnp.arcsin(-turned[2][0]), yaw])


def stencil_1d(u: Any) -> Any:
    """Diffusion and a reaction on a line."""
    return jnp.pad(u[1:], (0, 1)) - 2 * u + jnp.pad(u[:-1], (1, 0)) + 0.1 * jnp.sin(u)


def stencil_2d(u: Any) -> Any:
    """Diffusion and a reaction on a square."""
    side = math.isqrt(u.size)
    v = u.reshape(side, side)
    w = jnp.pad(v, 1)
    around = w[2:, 1:-1] + w[:-2, 1:-1] + w[1:-1, 2:] + w[1:-1, :-2]
    return (around - 4 * v + jnp.exp(-v) * v).reshape(-1)
