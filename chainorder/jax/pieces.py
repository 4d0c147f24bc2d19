"""What is planned on its own: some inputs and outputs of a program, cut into a chain.

Outputs that share no input are never planned together; those that do may be, if that is cheaper.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..errors import ChainOrderError
from ..planning import plan
from ..plans.plan import Plan
from ..problems.chain import Chain
from ..problems.elemental import Elemental
from ..structure.declarations import Dense, Diagonal, Sparse, Structure
from .activity import Activity, activity, dependencies
from .compression import Compressed, compressed_within, diagonal
from .cuts import Cuts, cuts
from .elementwise import is_elementwise
from .holomorphy import cuttable
from .layers import layers
from .patterns import sparse_pattern
from .prices import GATHERED, NOTHING, SCATTERED, Price, price, total
from .sources import lines

if TYPE_CHECKING:
    from .tracing import Program

MARGIN = 1.3
"""How many times cheaper than forward and reverse a cut must be: the error of the prices."""

TRANSPOSED = 36
"""An entry of a result that tangents of products of matrices end with, written by columns."""

LEAST_DIRECTIONS = 16
"""Directions that are looked at for some that can be shared."""

MAX_SPLIT = 12
"""Inputs or outputs that are also planned one by one."""

ORDERS = ("auto", "forward", "reverse", "optimal")
"""How a piece can be ordered; "auto" is optimal where that wins by more than the margin."""


FORWARD_FIRST = "auto, forward first"
"""As "auto", but forward where reverse is not cheaper by more than the margin.

For derivatives of derivatives: the adjoint of an adjoint takes longer than its price.
"""

AUTOMATIC = ("auto", FORWARD_FIRST)
"""Orders that weigh a cut against forward and reverse."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A block of the Jacobian: the chain that it was cut into, and the plan that was chosen.

    `compared` holds the plans that there were to choose from, by name; `prices[l]` is the price
    of elemental `l`, `width` the most entries that one direction holds at once. Variables and
    equations are numbers: a piece fits every program with the same fingerprint. `beside` is what
    the plan takes however many directions there are. With a `compression`, directions are shared by
    columns or rows that do not meet, and the chain is of one elemental.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    cuts: Cuts
    prices: list[Price]
    chain: Chain
    plan: Plan
    compared: dict[str, Plan]
    width: int
    beside: int
    compression: Compressed | None = None

    @property
    def cost(self) -> int:
        """Multiplications of the plan, and what it takes beside them."""
        return self.plan.fma + self.beside

    @property
    def is_cut(self) -> bool:
        """Whether it goes forward in one part and backward in another."""
        return self.plan.name not in ("forward", "reverse")

    @property
    def is_diagonal(self) -> bool:
        """Whether no output entry depends on more than one input entry, the one in its place."""
        return isinstance(self.chain.elementals[0].structure, Diagonal)


def pieces(program: Program, order: str, memory: int | None) -> list[Piece]:
    """The blocks of a program's Jacobian that are not zero, each with its plan.

    Args:
        program: a traced function.
        order: one of `ORDERS`.
        memory: entries that the tape of an adjoint may hold; None for any number.
    """
    found = []
    for inputs, outputs in _components(program):
        together = [(inputs, outputs)]
        candidates = [together]
        if order in AUTOMATIC and 1 < len(outputs) <= MAX_SPLIT:
            candidates.append([(inputs, [v]) for v in outputs])
        if order in AUTOMATIC and 1 < len(inputs) <= MAX_SPLIT and _entries(program, outputs) > 1:
            candidates.append([([v], outputs) for v in inputs])
        best = min(
            ([piece(program, *ends, order, memory) for ends in split] for split in candidates),
            key=lambda split: sum(p.cost for p in split) * (1 if len(split) == 1 else MARGIN),
        )
        found.extend(best)
    return found


def piece(
    program: Program,
    inputs: Sequence[int],
    outputs: Sequence[int],
    order: str = "auto",
    memory: int | None = None,
) -> Piece:
    """The plan for the derivative of some variables by others, all of which depend on them."""
    live = activity(program, inputs, outputs)
    chosen_by_planner = order in (*AUTOMATIC, "optimal")
    known = layers(live) if chosen_by_planner else frozenset()
    found = cuts(live, cuttable(live), known)
    prices = [total(price(live, number) for number in between) for between in found.between]
    found, prices = _simplified(found, prices, live, known)
    plain = _chain(live, found, prices)
    names = ("forward", "reverse", "optimal") if chosen_by_planner else (order,)
    compared = _plans(plain, names, memory)
    options = compared
    if any(len(between) == 1 and known.issuperset(between) for between in found.between):
        options = _plans(_chain(live, found, prices, known=known), names, memory)
    transposed = TRANSPOSED * _ends_in_loops(live)
    beside = {name: _beside(one, prices, transposed) for name, one in options.items()}
    name = _chosen({name: one.fma + beside[name] for name, one in options.items()}, order)
    whole = Piece(
        inputs=live.inputs,
        outputs=live.outputs,
        cuts=found,
        prices=prices,
        chain=options[name].problem,
        plan=options[name],
        compared=compared,
        width=found.width,
        beside=beside[name],
    )
    return _compressed(live, whole, order, memory) or whole


def _plans(chain: Chain, names: Sequence[str], memory: int | None) -> dict[str, Plan]:
    """The plans that there are; where there is none at all, the error of the last."""
    found, refusal = {}, None
    for name in names:
        try:
            found[name] = plan(chain, name, memory=memory)
        except ChainOrderError as error:
            # Some stage has no such product, or its tape is too large.
            refusal = error
    if not found:
        assert refusal is not None
        raise refusal
    return found


def _compressed(live: Activity, whole: Piece, order: str, memory: int | None) -> Piece | None:
    """The same with directions that columns or rows share, if that is cheaper."""
    one = total(whole.prices)
    sizes = whole.chain.sizes
    structure: Structure = Diagonal()
    if _is_diagonal(live):
        name = order if order in ("forward", "reverse") else whole.plan.name
        factor = diagonal(sizes[0], is_pushed=name != "reverse")
    elif order not in (*AUTOMATIC, "optimal") or min(sizes[0], sizes[-1]) < LEAST_DIRECTIONS:
        return None
    else:
        pattern = sparse_pattern(live)
        if pattern is None:
            return None
        found = compressed_within(pattern, 0, 1, one, whole.cost / MARGIN)
        if found is None:
            return None
        factor, structure = found[0], Sparse(pattern)
    states, everything = [live.inputs, live.outputs], [live.equations]
    chain = _chain(live, Cuts(states, everything, whole.width), [one], structure)
    try:
        chosen = plan(chain, "forward" if factor.is_pushed else "reverse", memory=memory)
    except ChainOrderError:
        # Its tape is too large.
        return None
    beside = len(factor.rows) * (GATHERED + SCATTERED)
    if factor.coloring.count > 1 and MARGIN * (chosen.fma + beside) >= whole.cost:
        return None
    return replace(
        whole,
        cuts=Cuts(states, everything, whole.width),
        prices=[one],
        chain=chain,
        plan=chosen,
        beside=beside,
        compression=factor,
    )


def _chosen(costs: dict[str, int], order: str) -> str:
    """The plan to take: of two that cost the same, forward, which needs no tape."""
    if order in costs:
        return order
    pure = [name for name in ("forward", "reverse") if name in costs]
    if not pure:
        return "optimal"
    handicap = MARGIN if order == FORWARD_FIRST else 1
    cheapest = min(pure, key=lambda name: costs[name] * (handicap if name == "reverse" else 1))
    wins = "optimal" in costs and costs["optimal"] * MARGIN < costs[cheapest]
    return "optimal" if wins else cheapest


def _beside(plan: Plan, prices: Sequence[Price], transposed: int) -> int:
    """What a plan takes beside the multiplications of its directions.

    Loops run, once for all directions; what tangents end with is transposed, `transposed` for an
    entry.
    """
    taken, is_pushed = 0, False
    sizes: tuple[int, ...] = plan.problem.sizes
    for kind, i, k, j in plan.steps:
        is_pushed = kind == "tangent" or (kind == "accumulate" and k == i)
        if is_pushed:
            taken += (sizes[i] > 1) * sum(price.started for price in prices[k:j])
        elif kind != "multiply":
            mine = prices[i:k]
            taken += sum((sizes[j] > 1) * price.started + price.saved for price in mine)
    return taken + is_pushed * transposed * sizes[0] * sizes[-1]


def _ends_in_loops(live: Activity) -> bool:
    """Whether products of matrices are followed by other operations at the very end.

    XLA writes a product in any layout, and what has no product at all by columns as by rows.
    """
    products: set[int] = set()
    for number in live.equations:
        moves_nothing = price(live, number) == NOTHING and not products.isdisjoint(
            live.operands(number)
        )
        if live.is_product(number) or moves_nothing:
            products.update(live.results(number))
    return bool(products) and not products.issuperset(live.outputs)


def _chain(
    live: Activity,
    found: Cuts,
    prices: Sequence[Price],
    structure: Structure | None = None,
    known: frozenset[int] = frozenset(),
) -> Chain:
    """The chain of some states; elementals of one layer of those `known` are given."""
    sizes = [_entries(live.program, state) for state in found.states]
    elementals = []
    for p, between in zip(prices, found.between, strict=True):
        name = lines(live.program, between)
        if len(between) == 1 and known.issuperset(between):
            elementals.append(Elemental(name=name))
            continue
        elementals.append(
            Elemental(
                structure=structure or Dense(),
                given=False,
                tangent_cost=p.tangent,
                adjoint_cost=p.adjoint,
                tape=p.tape,
                name=name,
            )
        )
    return Chain(sizes, elementals)


def _is_diagonal(live: Activity) -> bool:
    """Whether everything is elementwise, between one input and one output of the same shape."""
    program = live.program
    shapes = {program.avals[v].shape for v in live.variables}
    is_simple = len(live.inputs) == len(live.outputs) == len(shapes) == 1
    return is_simple and all(is_elementwise(program.equations[n]) for n in live.equations)


def _simplified(
    found: Cuts, prices: list[Price], live: Activity, known: frozenset[int]
) -> tuple[Cuts, list[Price]]:
    """Without the states that no plan would stop at: wider than both neighbours.

    They are kept where a stage beside them lacks tangents or adjoints, or is a layer.
    """
    states, between = list(found.states), list(found.between)
    prices = list(prices)
    width = [_entries(live.program, state) for state in states]
    at = 1
    while at < len(states) - 1:
        beside = (prices[at - 1], prices[at])
        is_whole = all(p.tangent is not None and p.adjoint is not None for p in beside)
        is_whole &= known.isdisjoint((*between[at - 1], *between[at]))
        if is_whole and width[at] > max(width[at - 1], width[at + 1]):
            between[at - 1 : at + 1] = [between[at - 1] + between[at]]
            prices[at - 1 : at + 1] = [beside[0] + beside[1]]
            del states[at], width[at]
        else:
            at += 1
    return Cuts(states, between, found.width), prices


def _entries(program: Program, variables: Iterable[int]) -> int:
    return sum(map(program.size, variables))


def _components(program: Program) -> list[tuple[list[int], list[int]]]:
    """Inputs and outputs that depend on each other, directly or through others.

    Outputs that are inputs themselves have no part in it, nor has what is empty.
    """
    groups: list[tuple[set[int], list[int]]] = []
    inputs = set(program.inputs)
    for output, positions in zip(program.outputs, dependencies(program), strict=True):
        sources = {v for v in (program.inputs[p] for p in positions) if program.size(v)}
        if type(output) is not int or output in inputs or not sources or not program.size(output):
            continue
        touching = [group for group in groups if not group[0].isdisjoint(sources)]
        merged = (sources.union(*(g[0] for g in touching)), [v for g in touching for v in g[1]])
        if output not in merged[1]:
            merged[1].append(output)
        groups = [group for group in groups if group not in touching] + [merged]
    return [([v for v in program.inputs if v in sources], outs) for sources, outs in groups]
