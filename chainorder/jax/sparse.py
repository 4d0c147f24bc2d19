"""Sparse Jacobians: the pattern from the jaxpr, few directions by colouring, stages multiplied.

A Jacobian whose columns (rows) fall into few groups without a common row (column) takes one
tangent (adjoint) for each group. Where the function is cut, its stages may take far fewer than the
whole: then each is found by its own colouring, and they are multiplied as sparse matrices.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax import Array, tree_util

from ..planning import plan
from ..problems.chain import Chain
from ..problems.elemental import Elemental
from ..structure.coloring import Coloring
from ..structure.declarations import Sparse
from .activity import activity
from .calls import Call
from .compression import Compressed, by_block, compressed, entries_of, symmetric_compression
from .cuts import Cuts, cuts
from .fingerprints import fingerprint, indices
from .holomorphy import cuttable
from .patterns import pattern
from .pieces import MARGIN
from .prices import GATHERED, SCATTERED, price, total
from .stages import prelude, stages
from .tracing import Program

NOTHING = np.zeros(0, np.int64)
"""Rows or columns of a block without entries."""

FEW_DIRECTIONS = 8
"""So few are taken as they are: the products of a cut take longer than what it could save."""

REMEMBERED = 64
"""Programs whose patterns and colourings are kept."""


@dataclass(frozen=True, eq=False)
class Product:
    """A product of two sparse matrices, as sums over pairs of their entries.

    `sums[t]` is the entry of the product that pair `t` is added to, never falling.
    """

    left: Factor
    right: Factor
    left_entries: npt.NDArray[np.int64]
    right_entries: npt.NDArray[np.int64]
    sums: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]

    @property
    def has_sums(self) -> bool:
        """Whether some entry is the sum of several products."""
        return len(self.sums) > len(self.rows)

    @property
    def cost(self) -> int:
        """Multiplications that take as long as gathering, and adding, entries one by one."""
        return len(self.sums) * (2 * GATHERED + SCATTERED * self.has_sums)


Factor = Compressed | Product


@dataclass(frozen=True, eq=False)
class SparsePlan:
    """How a sparse Jacobian is had, for all inputs and outputs together."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    cuts: Cuts
    whole: Factor

    @cached_property
    def compressed(self) -> list[Compressed]:
        """The factors that are found by tangents and adjoints, first applied first."""
        found, stack = [], [self.whole]
        while stack:
            factor = stack.pop()
            if isinstance(factor, Compressed):
                found.append(factor)
            else:
                stack.extend((factor.left, factor.right))
        return sorted(found, key=lambda factor: factor.first)

    @property
    def directions(self) -> int:
        """Tangents and adjoints of all stages."""
        return sum(factor.coloring.count for factor in self.compressed)


_plans: OrderedDict[Hashable, SparsePlan] = OrderedDict()


def sparse_blocks(
    call: Call, *, symmetric: bool = False
) -> dict[tuple[int, int], tuple[Array, Any, Any]]:
    """For variables of outputs and inputs: the entries of a block, their rows and columns.

    Raises:
        ChainOrderError: for a large operation whose pattern is not known.
    """
    program = call.program
    chosen = sparse_plan(program, symmetric=symmetric)
    if not chosen.outputs:
        return {}
    values = call.values()
    live = activity(program, chosen.inputs, chosen.outputs)
    prelude(live, values)
    ranges = [(factor.first, factor.last) for factor in chosen.compressed]
    found: dict[Compressed, Array] = {}
    for factor, stage in zip(chosen.compressed, stages(live, chosen.cuts, ranges), strict=True):
        found[factor] = entries_of(factor, stage, values)
    data = _evaluated(chosen.whole, found)
    whole = chosen.whole
    return by_block(program, chosen.outputs, chosen.inputs, whole.rows, whole.columns, data)


def sparse_assembled(call: Call, *, as_scipy: bool, symmetric: bool = False) -> Any:
    """The tree of a Jacobian whose blocks are BCOO matrices, or SciPy CSR arrays."""
    program, blocks = call.program, sparse_blocks(call, symmetric=symmetric)
    answer = []
    for output in program.outputs:
        row = []
        for u in program.inputs:
            aval = program.avals[u]
            if output == u:
                places = np.arange(program.size(u))
                entries: Any = (jnp.ones(len(places), aval.dtype), places, places)
            elif isinstance(output, int) and (output, u) in blocks:
                entries = blocks[output, u]
            else:
                entries = (jnp.zeros(0, aval.dtype), NOTHING, NOTHING)
            data, rows, columns = entries
            make = _scipy_block if as_scipy else _bcoo_block
            row.append(make(data, rows, columns, program.shape(output), aval))
        answer.append(tree_util.tree_unflatten(call.input_tree, row))
    return tree_util.tree_unflatten(call.output_tree, answer)


def _bcoo_block(data: Array, rows: Any, columns: Any, shape: tuple[int, ...], aval: Any) -> Any:
    from jax.experimental.sparse import BCOO

    at = (*np.unravel_index(rows, shape or (1,)), *np.unravel_index(columns, aval.shape or (1,)))
    at = (at[: len(shape)] if shape else ()) + (at[-len(aval.shape) :] if aval.shape else ())
    indices = np.stack(at, axis=1) if at else np.zeros((len(rows), 0))
    return BCOO(
        (data.astype(aval.dtype), jnp.asarray(indices, jnp.int32)),
        shape=(*shape, *aval.shape),
        indices_sorted=True,
        unique_indices=True,
    )


def _scipy_block(data: Array, rows: Any, columns: Any, shape: tuple[int, ...], aval: Any) -> Any:
    import scipy.sparse

    size = (prod(shape), prod(aval.shape))
    return scipy.sparse.csr_array((np.asarray(data, aval.dtype), (rows, columns)), shape=size)


def sparse_plan(program: Program, *, symmetric: bool = False) -> SparsePlan:
    """The cheapest way found to a program's sparse Jacobian; the same for equal programs.

    `symmetric` says that the Jacobian is, as that of a gradient.
    """
    key = (fingerprint(program), indices(program), symmetric)
    if key not in _plans:
        _plans[key] = _planned(program, symmetric)
        if len(_plans) > REMEMBERED:
            _plans.popitem(last=False)
    _plans.move_to_end(key)
    return _plans[key]


def _planned(program: Program, symmetric: bool) -> SparsePlan:
    outputs = [v for v in program.outputs if isinstance(v, int)]
    live = activity(program, program.inputs, outputs)
    uncut = Cuts([live.inputs, live.outputs], [live.equations], 0)
    if not live.equations:
        return SparsePlan(
            (),
            (),
            uncut,
            Compressed(0, 0, NOTHING, NOTHING, Coloring(NOTHING, 0), True, NOTHING, NOTHING),
        )
    whole = pattern(program, live.inputs, live.outputs)
    one = total(price(live, number) for number in live.equations)
    alone, cost = compressed(whole, 0, 1, one)
    places = [list(program.inputs).index(u) for u in live.inputs]
    is_square = places == [list(program.outputs).index(v) for v in live.outputs]
    star = symmetric_compression(whole, 1, one) if symmetric and is_square else None
    if star is not None and star[1] < cost:
        alone, cost = star
    best = SparsePlan(live.inputs, live.outputs, uncut, alone)
    if alone.coloring.count <= FEW_DIRECTIONS:
        return best
    found = cuts(live, cuttable(live))
    prices = [total(price(live, number) for number in between) for between in found.between]
    q = len(prices)
    if q == 1:
        return best
    patterns = [
        pattern(program, a, b) for a, b in zip(found.states, found.states[1:], strict=False)
    ]
    elementals = [
        Elemental(
            structure=Sparse(p),
            given=False,
            tangent_cost=one.tangent,
            adjoint_cost=one.adjoint,
            tape=one.tape,
        )
        for p, one in zip(patterns, prices, strict=True)
    ]
    chain = Chain([patterns[0].shape[1], *(p.shape[0] for p in patterns)], elementals)
    cut = plan(chain, "preaccumulate")
    ready: dict[tuple[int, int], Factor] = {}
    cut_cost = 0
    for kind, i, k, j in cut.steps:
        if kind == "accumulate":
            ready[i, j], made = compressed(patterns[i], i, j, prices[i])
        else:
            product = _product(ready.pop((k, j)), ready.pop((i, k)))
            ready[i, j], made = product, product.cost
        cut_cost += made
    if MARGIN * cut_cost >= cost:
        return best
    return SparsePlan(live.inputs, live.outputs, found, ready[0, q])


def _product(left: Factor, right: Factor) -> Product:
    """Every pair of an entry of the left and one of the right that meet, and where it goes."""
    by_row = np.argsort(right.rows, kind="stable")
    starts = np.searchsorted(right.rows[by_row], left.columns, side="left")
    stops = np.searchsorted(right.rows[by_row], left.columns, side="right")
    counts = stops - starts
    left_entries = np.repeat(np.arange(len(left.columns)), counts)
    within = np.arange(len(left_entries)) - np.repeat(np.cumsum(counts) - counts, counts)
    right_entries = by_row[np.repeat(starts, counts) + within]
    width = int(right.columns.max(initial=0)) + 1
    key = left.rows[left_entries] * width + right.columns[right_entries]
    order = np.argsort(key, kind="stable")
    places, sums = np.unique(key[order], return_inverse=True)
    rows, columns = np.divmod(places, width)
    return Product(left, right, left_entries[order], right_entries[order], sums, rows, columns)


def _evaluated(factor: Factor, found: dict[Compressed, Array]) -> Array:
    if isinstance(factor, Compressed):
        return found[factor]
    left, right = _evaluated(factor.left, found), _evaluated(factor.right, found)
    terms = left[factor.left_entries] * right[factor.right_entries]
    if not factor.has_sums:
        return terms
    made = jnp.zeros(len(factor.rows), terms.dtype)
    return made.at[factor.sums].add(terms, indices_are_sorted=True)
