"""Ranges of a program's equations as functions, with their tangents and adjoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from .activity import Activity
from .cuts import Cuts
from .tracing import evaluate

Directions = dict[int, Array]
"""For each variable of a state an array `(directions, *its shape)`."""


@dataclass(frozen=True, eq=False)
class Stage:
    """The equations from one state of a chain to another, as a function of the first.

    `taken` are the variables of the state before that it uses, `made` those of the state behind
    that it computes; `carried` are in both states. `extras` are other values that later stages
    use. `equations` include those without derivatives.
    """

    live: Activity
    first: int
    last: int
    before: tuple[int, ...]
    behind: tuple[int, ...]
    equations: tuple[int, ...]
    taken: tuple[int, ...]
    made: tuple[int, ...]
    carried: tuple[int, ...]
    extras: tuple[int, ...]

    def function(self, values: Mapping[int, Any]) -> Callable[..., tuple[list[Array], list[Any]]]:
        """From values of `taken` to those of `made` and `extras`, with the other values fixed."""
        equations = [self.live.program.equations[number] for number in self.equations]

        def stage(*state: Array) -> tuple[list[Array], list[Any]]:
            scope = dict(values)
            scope.update(zip(self.taken, state, strict=True))
            evaluate(equations, scope)
            return [scope[v] for v in self.made], [scope[v] for v in self.extras]

        return stage

    def push(
        self, values: dict[int, Any], seeds: Mapping[int, Array], chunk: int | None
    ) -> Directions:
        """Tangents of the stage in the directions `seeds` of the state before.

        Evaluates the stage too, once, and adds to `values`.
        """
        primals = [values[v] for v in self.taken]
        stage = self.function(values)
        directions = [seeds[v] for v in self.taken]
        if chunk is None or chunk >= len(directions[0]):

            def both(*tangents: Array) -> Any:
                return jax.jvp(stage, primals, list(tangents), has_aux=True)

            made, pushed, extras = jax.vmap(both, out_axes=(None, 0, None))(*directions)
        else:
            made, linear, extras = jax.linearize(stage, *primals, has_aux=True)
            pushed = lax.map(lambda t: linear(*t), tuple(directions), batch_size=chunk)
        self._keep(values, made, extras)
        found = dict(zip(self.made, pushed, strict=True))
        return {v: seeds[v] if v in self.carried else found[v] for v in self.behind}

    def evaluated(self, values: dict[int, Any]) -> None:
        """Evaluate the stage without derivatives, and add to `values`."""
        made, extras = self.function(values)(*(values[v] for v in self.taken))
        self._keep(values, made, extras)

    def recorded(self, values: dict[int, Any], *, recomputes: bool = False) -> Callable[..., Any]:
        """The adjoint of the stage: from one row to one row. Evaluates it, adds to `values`.

        With `recomputes` it keeps the state before and no tape.
        """
        primals = [values[v] for v in self.taken]
        stage = self.function(values)
        if recomputes:
            stage = jax.checkpoint(stage)
        made, adjoint, extras = jax.vjp(stage, *primals, has_aux=True)
        self._keep(values, made, extras)
        return adjoint

    def pull(
        self, adjoint: Callable[..., Any], rows: Mapping[int, Array], chunk: int | None
    ) -> Directions:
        """Adjoints of the stage of the rows `rows` of the state behind."""
        seeds = [rows[v] for v in self.made]
        if chunk is None or chunk >= len(seeds[0]):
            pulled = jax.vmap(adjoint)(seeds)
        else:
            pulled = lax.map(adjoint, seeds, batch_size=chunk)
        found: Directions = dict(zip(self.taken, pulled, strict=True))
        for v in self.carried:
            found[v] = found[v] + rows[v] if v in found else rows[v]
        return self._complete(found, rows)

    def pulled_identity(
        self, adjoint: Callable[..., Any], avals: Sequence[Any], chunk: int | None
    ) -> Directions:
        """The rows of the stage's Jacobian; those of carried variables are not computed."""
        from .matrices import identity

        if not self.carried:
            return self.pull(adjoint, identity(self.behind, avals), chunk)
        inner = Stage(**{**self.__dict__, "carried": (), "behind": self.made})
        found = inner.pull(adjoint, identity(self.made, avals), chunk)
        pieces: dict[int, list[Array]] = {u: [] for u in self.before}
        start = 0
        for v in self.behind:
            size = self.live.program.size(v)
            for u in self.before:
                if v in self.carried:
                    shape = (size, *avals[u].shape)
                    unit = jnp.eye(size, dtype=avals[u].dtype).reshape(shape) if u == v else None
                    rows = jnp.zeros(shape, avals[u].dtype) if unit is None else unit
                else:
                    rows = lax.slice_in_dim(found[u], start, start + size)
                pieces[u].append(rows)
            start += 0 if v in self.carried else size
        return {u: jnp.concatenate(rows) for u, rows in pieces.items()}

    def _complete(self, found: Directions, rows: Mapping[int, Array]) -> Directions:
        """With zeros for the variables of the state before that have no part in this stage."""
        count = len(next(iter(rows.values())))
        for u in self.before:
            if u not in found:
                aval = self.live.program.avals[u]
                found[u] = jnp.zeros((count, *aval.shape), aval.dtype)
        return found

    def _keep(self, values: dict[int, Any], made: Sequence[Any], extras: Sequence[Any]) -> None:
        values.update(zip(self.made, made, strict=True))
        values.update(zip(self.extras, extras, strict=True))


def stages(
    live: Activity,
    cuts: Cuts,
    ranges: Sequence[tuple[int, int]],
    kept: frozenset[int] = frozenset(),
) -> list[Stage]:
    """Consecutive stages, one for each range of the chain's elementals; `kept` are extras of them.

    Equations without derivatives go to the first stage that has what they need; those that need
    nothing of a stage have been evaluated before (`prelude`).
    """
    program = live.program
    place: dict[int, int] = {}  # the stage that makes a variable
    stage_of = {
        number: at
        for at, (first, last) in enumerate(ranges)
        for between in cuts.between[first:last]
        for number in between
    }
    members: list[list[int]] = [[] for _ in ranges]
    given = set(live.inputs)
    for number in live.needed:
        equation = program.equations[number]
        at = stage_of.get(number)
        if at is None:
            at = max((place[v] for v in equation.variables if v in place), default=-1)
            if at < 0 and given.isdisjoint(equation.variables):
                continue
            at = max(at, 0)
        members[at].append(number)
        place.update(dict.fromkeys(equation.results, at))
    used_from: dict[int, int] = {}  # the last stage that uses a variable
    for at, numbers in enumerate(members):
        for number in numbers:
            used_from.update(dict.fromkeys(program.equations[number].variables, at))
    found = []
    for at, (first, last) in enumerate(ranges):
        before, behind = cuts.states[first], cuts.states[last]
        used = {v for number in members[at] for v in program.equations[number].variables}
        made_here = [v for number in members[at] for v in program.equations[number].results]
        carried = tuple(v for v in behind if v in before)
        made = tuple(v for v in behind if v not in before)
        found.append(
            Stage(
                live=live,
                first=first,
                last=last,
                before=before,
                behind=behind,
                equations=tuple(members[at]),
                taken=tuple(v for v in before if v in used),
                made=made,
                carried=carried,
                extras=tuple(
                    v
                    for v in made_here
                    if (used_from.get(v, -1) > at or v in kept) and v not in made
                ),
            )
        )
    return found


def prelude(live: Activity, values: dict[int, Any]) -> None:
    """Evaluate what the derivatives need and what does not depend on the inputs."""
    program = live.program
    dependent = set(live.inputs)
    for number in live.needed:
        equation = program.equations[number]
        if dependent.isdisjoint(equation.variables):
            evaluate([equation], values)
        else:
            dependent.update(equation.results)
