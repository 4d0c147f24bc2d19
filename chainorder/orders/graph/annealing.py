"""Simulated annealing over elimination orders: kernels.

A move takes one vertex to another place in the order. For a vertex `w` between the two places the
set that is gone when its turn comes gains or loses just the moved vertex `v`; the cost of `w` is
counted again only if `w` sees `v`, or sees through it. For every vertex the sets that it sees when
its turn comes, and that it sees through, are kept.

S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi, Optimization by simulated annealing, Science 220 (1983);
for elimination orders U. Naumann, P. Gottschling, Simulated annealing for optimal pivot selection
in Jacobian accumulation, SAGA 2003.
"""

from __future__ import annotations

import math

from ...elimination.bits import BIT_OF
from ...elimination.vertex_cost import see, set_weight, vertex_cost


def anneal(  # type: ignore[no-untyped-def]
    words,
    pred,
    succ,
    always_seen,
    never_seen,
    sizes,
    keeps,
    product,
    edge,
    order,
    best,
    random,
    steps,
    hot,
    cold,
    target,
):
    """Run `steps` moves from `order`, cooling from `hot` to `cold`; returns the best cost.

    `order` becomes the last order and `best` the best one; `random[0]` is the state of the random
    numbers. Stops when the cost is `target` or less.
    """
    m = len(order)
    row = m * words
    none = [0 for _ in range(row + words)]
    before, after = none[:row], none[:row]  # what each vertex sees at its turn
    through_before, through_after = none[:row], none[:row]
    prefix = none[:]  # the set that is gone at each place in the order
    seen, passed, gone = none[:words], none[:words], none[:words]
    zero = sizes[0] * 0
    weight_before, weight_after = [zero for _ in range(m)], [zero for _ in range(m)]
    cost = [zero for _ in range(m)]
    place = [0 for _ in range(m)]
    total = zero
    for t in range(m):
        v = order[t]
        place[v] = t
        for k in range(words):
            prefix[(t + 1) * words + k] = prefix[t * words + k]
        prefix[(t + 1) * words + v // 62] |= 1 << (v % 62)
        see(words, t * words, pred, v, prefix, never_seen, seen, passed)
        weight_before[v] = set_weight(words, seen, 0, sizes)
        for k in range(words):
            before[v * words + k] = seen[k]
            through_before[v * words + k] = passed[k]
        see(words, t * words, succ, v, prefix, always_seen, seen, passed)
        weight_after[v] = set_weight(words, seen, 0, sizes)
        for k in range(words):
            after[v * words + k] = seen[k]
            through_after[v * words + k] = passed[k]
        cost[v] = vertex_cost(product, edge, sizes[v], weight_before[v], weight_after[v], keeps[v])
        total += cost[v]
        best[t] = v
    best_total = total
    # The sets of the vertices that a move touches, until it is accepted.
    new_seen, new_passed = none[:row] + none[:row], none[:row] + none[:row]
    new_weight = [zero for _ in range(2 * m)]
    touched = [0 for _ in range(2 * m)]  # 2 v for what v sees before it, 2 v + 1 for after
    state = random[0]
    temperature = hot
    cooling = math.exp(math.log(cold / hot) / max(1, steps // 64)) if steps > 0 else 1.0
    for step in range(steps):
        if best_total <= target:
            break
        if step % 64 == 63:
            temperature *= cooling
        state = state * 48271 % 2147483647
        v = state % m
        i = place[v]
        state = state * 48271 % 2147483647
        if state % 4 == 0:
            state = state * 48271 % 2147483647
            distance = 1 + state % 8
            state = state * 48271 % 2147483647
            j = i + distance if state % 2 == 0 else i - distance
        else:
            # Past a vertex that v sees, or sees through: other moves change nothing.
            state = state * 48271 % 2147483647
            kind = state % 4
            base = v * words
            count = 0
            for k in range(words):
                rest = related(kind, before, after, through_before, through_after, base + k)
                while rest != 0:
                    rest &= rest - 1
                    count += 1
            if count == 0:
                continue
            state = state * 48271 % 2147483647
            chosen = state % count
            u = 0
            for k in range(words):
                rest = related(kind, before, after, through_before, through_after, base + k)
                while rest != 0:
                    bit = rest & -rest
                    if chosen == 0:
                        u = k * 62 + BIT_OF[bit % 67]
                    chosen -= 1
                    rest ^= bit
            if u >= m:
                continue
            j = place[u]
        j = min(max(j, 0), m - 1)
        if i == j:
            continue
        change = zero
        changes = 0
        v_before, v_after = False, False
        word, bit = v // 62, 1 << (v % 62)
        forward = j > i
        for k in range(words):
            gone[k] = prefix[(i if forward else j) * words + k]
        if not forward:
            gone[word] |= bit
        t = i + 1 if forward else j
        stop = j + 1 if forward else i
        while t < stop:
            w = order[t]
            at = w * words + word
            if forward:
                sees_before = through_before[at] & bit != 0
                sees_after = through_after[at] & bit != 0
            else:
                sees_before = before[at] & bit != 0
                sees_after = after[at] & bit != 0
            if sees_before or sees_after:
                if sees_before:
                    see(words, 0, pred, w, gone, never_seen, seen, passed)
                    v_after = True
                else:
                    see(words, 0, succ, w, gone, always_seen, seen, passed)
                    v_before = True
                weight = set_weight(words, seen, 0, sizes)
                for k in range(words):
                    new_seen[changes * words + k] = seen[k]
                    new_passed[changes * words + k] = passed[k]
                new_weight[changes] = weight
                touched[changes] = 2 * w if sees_before else 2 * w + 1
                changes += 1
                if sees_before:
                    now = vertex_cost(product, edge, sizes[w], weight, weight_after[w], keeps[w])
                else:
                    now = vertex_cost(product, edge, sizes[w], weight_before[w], weight, keeps[w])
                change += now - cost[w]
            gone[w // 62] |= 1 << (w % 62)
            t += 1
        if not forward:
            for k in range(words):
                gone[k] = prefix[j * words + k]
        # v sees another set if it has passed a vertex that sees it, or an output seen for ever.
        low, high = weight_before[v], weight_after[v]
        if v_before or not forward:
            see(words, 0, pred, v, gone, never_seen, seen, passed)
            low = set_weight(words, seen, 0, sizes)
            for k in range(words):
                new_seen[changes * words + k] = seen[k]
                new_passed[changes * words + k] = passed[k]
            new_weight[changes] = low
            touched[changes] = 2 * v
            changes += 1
        if v_after or not forward:
            see(words, 0, succ, v, gone, always_seen, seen, passed)
            high = set_weight(words, seen, 0, sizes)
            for k in range(words):
                new_seen[changes * words + k] = seen[k]
                new_passed[changes * words + k] = passed[k]
            new_weight[changes] = high
            touched[changes] = 2 * v + 1
            changes += 1
        change += vertex_cost(product, edge, sizes[v], low, high, keeps[v]) - cost[v]
        if change > 0:
            state = state * 48271 % 2147483647
            if change >= 40.0 * temperature:
                continue
            if state >= 2147483647.0 * math.exp(-change / temperature):
                continue
        for at in range(changes):
            w = touched[at] // 2
            if touched[at] % 2 == 0:
                weight_before[w] = new_weight[at]
                for k in range(words):
                    before[w * words + k] = new_seen[at * words + k]
                    through_before[w * words + k] = new_passed[at * words + k]
            else:
                weight_after[w] = new_weight[at]
                for k in range(words):
                    after[w * words + k] = new_seen[at * words + k]
                    through_after[w * words + k] = new_passed[at * words + k]
            cost[w] = vertex_cost(
                product, edge, sizes[w], weight_before[w], weight_after[w], keeps[w]
            )
        t = i
        while t != j:
            following = t + 1 if forward else t - 1
            order[t] = order[following]
            place[order[t]] = t
            t = following
        order[j] = v
        place[v] = j
        for t in range(min(i, j), max(i, j)):
            for k in range(words):
                prefix[(t + 1) * words + k] = prefix[t * words + k]
            prefix[(t + 1) * words + order[t] // 62] |= 1 << (order[t] % 62)
        total += change
        if total < best_total:
            best_total = total
            for t in range(m):
                best[t] = order[t]
    random[0] = state
    return best_total


def related(kind, before, after, through_before, through_after, at):  # type: ignore[no-untyped-def]
    """One word of one of the four sets that a vertex keeps."""
    if kind == 0:
        return before[at]
    if kind == 1:
        return after[at]
    return through_before[at] if kind == 2 else through_after[at]
