"""Chains of second derivatives for tests, and an independent way to their tensors."""

import random

import numpy as np

import chainorder as co

ORDERS = (
    "forward",
    "reverse",
    "left",
    "right",
    "pairwise",
    "row-at-a-time",
    "forward-over-reverse",
    "optimal",
)


def random_hessian_chain(seed, longest=6, largest=6):
    """Sizes, structure, and elementals of which some are there only as products."""
    rng = random.Random(seed)
    sizes, elementals = [rng.randint(1, largest)], []
    for _ in range(rng.randint(1, longest)):
        costs = {}
        if rng.random() < 0.4:
            costs = {
                "given": False,
                "tangent_cost": rng.choice([None, 3, 9]),
                "adjoint_cost": rng.choice([4, 9]),
                "second_cost": rng.choice([5, 20]),
            }
        kind = rng.random()
        if kind < 0.4:
            sizes.append(sizes[-1])
            structure = co.Diagonal() if kind < 0.3 else co.Dense()
            tensor = rng.choice(["none", "diagonal"])
            elementals.append(co.HessianElemental(structure=structure, tensor=tensor, **costs))
        else:
            sizes.append(rng.randint(1, largest))
            tensor = rng.choice(["none", "dense", "dense"])
            elementals.append(co.HessianElemental(tensor=tensor, **costs))
    return co.HessianChain(sizes, elementals)


def random_pairs(chain, seed=0):
    """A Jacobian and a tensor for every elemental, as an execution takes them."""
    rng = np.random.default_rng(seed)
    pairs = []
    for l, elemental in enumerate(chain.elementals):
        m, n = chain.sizes[l + 1], chain.sizes[l]
        jacobian = rng.uniform(-1, 1, m if elemental.is_diagonal else (m, n))
        if elemental.tensor == "dense":
            half = rng.uniform(-1, 1, (m, n, n))
            tensor = half + half.transpose(0, 2, 1)
        else:
            tensor = None if elemental.is_linear else rng.uniform(-1, 1, m)
        pairs.append((jacobian, tensor))
    return pairs


def whole(chain, pairs):
    """Jacobians as matrices and tensors with all their entries."""
    found = []
    for l, (jacobian, tensor) in enumerate(pairs):
        m, n = chain.sizes[l + 1], chain.sizes[l]
        full = np.zeros((m, n, n))
        if tensor is not None and tensor.ndim == 1:
            full[np.arange(m), np.arange(m), np.arange(m)] = tensor
        elif tensor is not None:
            full = tensor
        found.append((np.diag(jacobian) if jacobian.ndim == 1 else jacobian, full))
    return found


def second_derivatives(chain, pairs):
    """The tensor of the whole chain by the chain rule, from the inputs on, with einsum."""
    d = chain.sizes
    so_far, tensor = np.eye(d[0]), np.zeros((d[0], d[0], d[0]))
    for jacobian, own in whole(chain, pairs):
        bent = np.einsum("mst,sa,tb->mab", own, so_far, so_far, optimize=True)
        tensor = np.einsum("ms,sab->mab", jacobian, tensor) + bent
        so_far = jacobian @ so_far
    return tensor


def possible_plans(chain, objective=None):
    """The plans of all orders that the elementals allow."""
    for order in ORDERS:
        try:
            yield co.plan(chain, order, objective=objective)
        except co.InfeasibleOrderError:
            assert not chain.is_given
