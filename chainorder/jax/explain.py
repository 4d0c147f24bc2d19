"""`explain` and `chain`: what `jacobian` would do, to be read, and as a problem to be planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from ..errors import ChainOrderError
from ..problems.chain import Chain
from .calls import differentiable_call
from .compression import Compressed
from .jacobian import chosen_pieces
from .pieces import Piece, piece
from .sources import place
from .tracing import Program
from .walk import Part, parts


@dataclass(frozen=True, eq=False)
class Explanation:
    """The plans of a Jacobian's blocks; prints itself.

    `fma` are the multiplications that are planned, `forward_fma` and `reverse_fma` those of pure
    forward and pure reverse mode, None where some part has no such products.

    >>> import jax.numpy as jnp
    >>> found = explain(lambda x: jnp.sin(x) * jnp.sum(x))(jnp.ones(3))
    >>> found.fma <= min(found.forward_fma, found.reverse_fma)
    True
    """

    name: str
    pieces: tuple[Piece, ...]
    program: Program

    @property
    def fma(self) -> int:
        """Multiplications of all blocks, in the model of `prices`."""
        return sum(piece.plan.fma for piece in self.pieces)

    @property
    def forward_fma(self) -> int | None:
        """What pure forward mode would take."""
        return self._pure("forward")

    @property
    def reverse_fma(self) -> int | None:
        """What pure reverse mode would take."""
        return self._pure("reverse")

    def _pure(self, name: str) -> int | None:
        plans = [piece.compared.get(name) for piece in self.pieces]
        return None if None in plans else sum(plan.fma for plan in plans if plan)

    def __str__(self) -> str:
        count = len(self.pieces)
        text = [f"Jacobian of {self.name}: " + ("zero" if not count else _counted(count, "block"))]
        for one in self.pieces:
            text.extend(("", *self._piece(one)))
        return "\n".join(text)

    def _piece(self, one: Piece) -> Iterator[str]:
        states = one.cuts.states
        whole = parts(one)
        stops = sorted({end for part in _walked(whole) for end in (part.i, part.k, part.j)})
        yield f"{one.chain.sizes[-1]:,} × {one.chain.sizes[0]:,}, " + (
            _shared(one, one.compression)
            if one.compression is not None
            else f"cut at {_counted(len(stops) - 2, 'state')}"
            if one.is_cut
            else f"{one.plan.name} mode"
        )
        for stop in stops:
            for at, v in enumerate(states[stop]):
                label = f"x{stop}" if at == 0 else ""
                yield f"  {label:<4} {self._shape(v):<14} {self._made(v)}"
        for part in _walked(whole):
            yield f"  ({part.i}, {part.j})  {self._step(one, part)}"
        yield f"  multiplications  {one.plan.fma:>18,}"
        for name in ("forward", "reverse"):
            if name == one.plan.name:
                continue
            plan = one.compared.get(name)
            if plan is not None:
                ratio = f"  {plan.fma / one.plan.fma:.3g} ×" if one.plan.fma else ""
                yield f"  {name + ' mode':<16} {plan.fma:>18,}{ratio}"
            elif one.compared.keys() & {"forward", "reverse"} or one.is_cut:
                yield f"  {name + ' mode':<16} {'not there':>18}"

    def _step(self, one: Piece, part: Part) -> str:
        if part.kind == "multiply":
            return f"({part.k}, {part.j}) · ({part.i}, {part.k})"
        sizes, elementals = one.chain.sizes, one.chain.elementals
        if part.kind == "given":
            name = elementals[part.i].name
            return "a matrix that is there" + (f", {name}" if name else "")
        is_pushed = part.kind in ("forward", "push")
        shared = one.compression
        count = shared.coloring.count if shared else sizes[part.i if is_pushed else part.j]
        first, last = (part.k, part.j) if is_pushed else (part.i, part.k)
        names = [elemental.name for elemental in elementals[first:last] if elemental.name]
        through = f" through {' … '.join(dict.fromkeys((names[0], names[-1])))}" if names else ""
        word = "tangent" if is_pushed else "adjoint"
        return f"{_counted(count, word)}{through}"

    def _shape(self, v: int) -> str:
        aval = self.program.avals[v]
        return f"{aval.dtype.name}[{','.join(map(str, aval.shape))}]"

    def _made(self, v: int) -> str:
        if v in self.program.inputs:
            return f"argument {self.program.inputs.index(v)}"
        for equation in self.program.equations:
            if v in equation.results:
                where = place(equation.source)
                what = equation.primitive.name
                return what if where is None else f"{what}, {where[0]}:{where[1]} ({where[2]})"
        return ""


def explain(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    order: str = "auto",
    memory: int | None = None,
) -> Callable[..., Explanation]:
    """What `jacobian(f)` does for some arguments: states, directions, multiplications, lines.

    Args:
        f: as in `jacobian`; so are the others.
        argnums: the position, or positions, of what to differentiate by.
        has_aux: whether `f` returns a pair.
        holomorphic: whether `f` is complex-differentiable.
        order: as in `jacobian`.
        memory: as in `jacobian`.

    Returns:
        A function of the same arguments. They are not computed with: only shapes count.

    Raises:
        ChainOrderError: when called, for a function that is left to JAX: it cannot be traced, or
            its arguments or results have no derivatives.

    >>> import jax.numpy as jnp
    >>> print(explain(lambda x: jnp.sin(x) * 2)(jnp.ones(3)).fma)
    48
    """

    @wraps(f)
    def explained(*args: Any, **kwargs: Any) -> Explanation:
        call = differentiable_call(f, argnums, args, kwargs, has_aux, holomorphic)
        if call is None:
            raise ChainOrderError(f"{_name(f)} is left to jax.jacrev: it cannot be planned")
        call, found = chosen_pieces(call, order, memory)
        return Explanation(_name(f), tuple(found), call.program)

    return explained


def chain(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Chain]:
    """The function as a chain of tangents and adjoints, cut at every state that was found.

    Args:
        f: as in `jacobian`; so are the others.
        argnums: the position, or positions, of what to differentiate by.
        has_aux: whether `f` returns a pair.

    Returns:
        A function of the same arguments, that returns the chain: all inputs and all outputs
        together, elementals named by their lines.

    Raises:
        ChainOrderError: when called, for a function that is left to JAX, or whose outputs do not
            depend on its inputs.

    >>> import jax.numpy as jnp
    >>> chain(lambda x: jnp.sum(x) * x)(jnp.ones(3)).sizes
    (3, 3)
    """

    @wraps(f)
    def chained(*args: Any, **kwargs: Any) -> Chain:
        call = differentiable_call(f, argnums, args, kwargs, has_aux)
        if call is None:
            raise ChainOrderError(f"{_name(f)} is left to jax.jacrev: it cannot be planned")
        outputs = [v for v in call.program.outputs if isinstance(v, int)]
        try:
            return piece(call.program, call.program.inputs, outputs).chain
        except ValueError as error:
            raise ChainOrderError(f"{_name(f)} is no chain: {error}") from None

    return chained


def _walked(part: Part) -> Iterator[Part]:
    """The parts in the order in which they are made."""
    for operand in reversed(part.operands):
        yield from _walked(operand)
    yield part


def _shared(one: Piece, found: Compressed) -> str:
    if one.is_diagonal:
        return "one product for its diagonal"
    which = "columns" if found.is_pushed else "rows"
    return f"{len(found.rows):,} entries, whose {which} share directions"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", type(f).__name__)
