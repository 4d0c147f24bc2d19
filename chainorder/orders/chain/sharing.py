"""Plans in which equal sub-Jacobians are made once: what each step costs, and the steps in order.

Such a plan says, for every class of ranges that it makes (`structure.repeats`), which step makes
it. The cost is the sum over these classes, however often each is used. Read as rules, they are a
straight-line grammar with one word, the chain; with all sizes equal a plan is as cheap as its
grammar is small. To find the smallest is NP-complete (Storer and Szymanski 1982; Charikar et al.
2005), it contains ensemble computation (Garey and Johnson, PO9) where several products are wanted,
and for one letter it is the shortest addition chain.

References: J. A. Storer, T. G. Szymanski, Data compression via textual substitution, J. ACM 29
(1982); M. Charikar et al., The smallest grammar problem, IEEE Trans. Inf. Theory 51 (2005).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...plans.prices import StepPrices
from ...plans.steps import ACCUMULATE, ADJOINT, MULTIPLY, TANGENT
from ...structure.repeats import Class, Repeats

Range = tuple[int, int]


class Rule(NamedTuple):
    """The step that makes a class, of the first range of it that is needed."""

    kind: int
    i: int
    k: int
    j: int

    @property
    def operands(self) -> tuple[Range, ...]:
        """The ranges that the step uses, the right operand first."""
        if self.kind == MULTIPLY:
            return (self.i, self.k), (self.k, self.j)
        if self.kind == TANGENT:
            return ((self.i, self.k),)
        return ((self.k, self.j),) if self.kind == ADJOINT else ()


Rules = dict[Class, Rule]


class Shared(NamedTuple):
    """The rules of a plan, its cost, a bound, and whether they are known to be equal."""

    rules: Rules
    cost: int
    bound: int
    proved: bool


class Sharing:
    """A chain whose equal ranges are made once.

    Args:
        prices: of every step, in an objective.
        repeats: which ranges are equal.
    """

    def __init__(self, prices: StepPrices, repeats: Repeats) -> None:
        self.prices = prices
        self.repeats = repeats
        self._planes: dict[int, Any] = {}

    def __len__(self) -> int:
        """The number of elementals, q."""
        return len(self.prices.leaf)

    def of(self, at: Range) -> Class:
        """The class of a range."""
        return self.repeats.of(*at)

    def product(self, i: int, k: int, j: int) -> int:
        """What `(k, j)·(i, k)` costs."""
        p = self.prices
        if p.products is None:
            return p.outer[i] * p.middle[k] * p.outer[j]
        if i not in self._planes:
            self._planes[i] = p.products(i)
        return int(self._planes[i][j][k])

    def price(self, rule: Rule) -> int | None:
        """What the step costs; None if it is not possible."""
        p = self.prices
        if rule.kind == MULTIPLY:
            return self.product(rule.i, rule.k, rule.j)
        if rule.kind == ACCUMULATE:
            return p.leaf[rule.i]
        product = p.tangent[rule.j - 1] if rule.kind == TANGENT else p.adjoint[rule.i]
        fixed = rule.i if rule.kind == TANGENT else rule.j
        return None if product is None else p.columns[fixed] * product

    def is_made(self, at: Range) -> bool:
        """Whether somebody has to make the range: a letter that costs nothing is there."""
        return at[1] - at[0] > 1 or self.prices.leaf[at[0]] != 0

    def ways(self, at: Range) -> Iterator[tuple[Rule, int]]:
        """Every step that makes a range, through one elemental at most, with its price."""
        i, j = at
        if j - i == 1:
            rules = [Rule(ACCUMULATE, i, i, j)]
        else:
            rules = [Rule(TANGENT, i, j - 1, j), Rule(ADJOINT, i, i + 1, j)]
            rules += [Rule(MULTIPLY, i, k, j) for k in range(i + 1, j)]
        for rule in rules:
            price = self.price(rule)
            if price is not None:
                yield rule, price

    def cost(self, rules: Mapping[Class, Rule], wanted: Sequence[Range]) -> int:
        """What the rules that are needed for the wanted ranges cost together."""
        return sum(self.price(rules[found]) or 0 for found in self.needed(rules, wanted))

    def needed(self, rules: Mapping[Class, Rule], wanted: Sequence[Range]) -> list[Class]:
        """The classes that have to be made, operands behind those who use them or anywhere."""
        seen: dict[Class, None] = {}
        stack = [at for at in wanted if self.is_made(at)]
        while stack:
            found = self.of(stack.pop())
            if found not in seen:
                seen[found] = None
                stack += [at for at in rules[found].operands if self.is_made(at)]
        return list(seen)

    def rows(self, rules: Mapping[Class, Rule], wanted: Sequence[Range]) -> list[Rule]:
        """The steps, operands before their use; those that hold more come first.

        Pushes (pulls) whose results nobody else uses become one step.
        """
        uses: dict[Class, int] = {}
        for found in self.needed(rules, wanted):
            for at in rules[found].operands:
                uses[self.of(at)] = uses.get(self.of(at), 0) + 1
        for at in wanted:
            uses[self.of(at)] = uses.get(self.of(at), 0) + 2  # nobody takes it away
        peak = self._peaks(rules, wanted)
        done: set[Class] = set()
        steps: list[Rule] = []
        for root in wanted:
            stack = [(root, False)]
            while stack:
                at, is_ready = stack.pop()
                found = self.of(at)
                if found in done:
                    continue
                if at[1] - at[0] == 1 and not self.is_made(at):
                    # A letter that is there; or one that costs nothing and is written down once.
                    done.add(found)
                    steps.append(Rule(ACCUMULATE, at[0], at[0], at[1]))
                    continue
                rule = rules[found]
                if not is_ready:
                    stack.append((at, True))
                    # What is pushed last is made first.
                    stack += [
                        (other, False)
                        for other in sorted(
                            rule.operands, key=lambda o: peak.get(self.of(o), (0, 0))[0]
                        )
                    ]
                    continue
                done.add(found)
                if not self._joins(steps, rule, uses):
                    steps.append(rule)
        return steps

    def _joins(self, steps: list[Rule], rule: Rule, uses: Mapping[Class, int]) -> bool:
        """Whether the step continued the one before it, and is done with it."""
        if not steps or rule.kind not in (TANGENT, ADJOINT) or steps[-1].kind != rule.kind:
            return False
        last = steps[-1]
        if rule.operands != ((last.i, last.j),) or uses[self.of((last.i, last.j))] != 1:
            return False
        steps[-1] = rule._replace(k=last.k)
        return True

    def _peaks(
        self, rules: Mapping[Class, Rule], wanted: Sequence[Range]
    ) -> dict[Class, tuple[int, int]]:
        """Of each class, what making it holds beyond what it leaves, and what it holds at most.

        As for a tree (Liu 1986): what is shared may be there already, which only helps.
        """
        d = self.prices.columns
        peaks: dict[Class, tuple[int, int]] = {}
        stack = [at for at in wanted if self.is_made(at)]
        while stack:
            at = stack[-1]
            found = self.of(at)
            rule = rules[found]
            made = [o for o in rule.operands if self.is_made(o)]
            waiting = [o for o in made if self.of(o) not in peaks]
            if found in peaks or not waiting:
                stack.pop()
                if found in peaks:
                    continue
                held = most = 0
                for o in sorted(made, key=lambda o: -peaks[self.of(o)][0]):
                    most = max(most, held + peaks[self.of(o)][1])
                    held += d[o[0]] * d[o[1]]
                own = d[at[0]] * d[at[1]]
                most = max(most, held + own)
                peaks[found] = most - own, most
            else:
                stack += waiting
        return peaks


def unfolded(rules: Mapping[Class, Rule], sharing: Sharing, at: Range) -> Iterator[Rule]:
    """The steps of the bracketing of one range, as if nothing were shared."""
    stack = [at]
    while stack:
        i, j = stack.pop()
        rule = rules[sharing.of((i, j))]
        yield rule
        stack += [o for o in rule.operands if o[1] - o[0] > 1]
