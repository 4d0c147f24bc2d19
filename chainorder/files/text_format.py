"""The plain text format of matrix-free chains: the number of elementals, then a line for each.

A line `m n edges` is an elemental that maps `n` entries to `m`; `edges`, the number of edges of its
own computational graph, is the fma of one tangent and of one adjoint and the size of the tape. The
elemental that is applied first comes first:

    2
    4 2 100
    8 4 100

is the chain with the sizes 2, 4, 8 (U. Naumann, Matrix-Free Jacobian Chaining, 2024, section 4).
"""

from __future__ import annotations

from ..checks import MAX_SIZE
from ..errors import ChainOrderError
from ..problems.chain import Chain


def is_text_format(text: str) -> bool:
    """Whether somebody meant this format: numbers with blanks or line ends between, no commas."""
    return "," not in text and not text.lstrip().startswith("{") and len(text.split()) > 1


def parse_text(text: str) -> Chain:
    """The matrix-free chain that the text describes. Blank lines do not count.

    Raises:
        ChainOrderError: names the line that is wrong, and what was expected there.
    """
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, entries) for number, entries in lines if entries]
    if not lines:
        raise ChainOrderError("no text: expected the number of elementals on line 1")
    number, entries = lines[0]
    if len(entries) != 1:
        raise ChainOrderError(
            f"line {number} has {len(entries)} entries: expected the number of elementals alone "
            f"(or sizes with commas between)"
        )
    count = _number(number, "the number of elementals", entries[0], least=1)
    if len(lines) - 1 < count:
        raise ChainOrderError(
            f"line {number} says {count:,} elementals, but the text ends after "
            f"{len(lines) - 1:,} (line {lines[-1][0]})"
        )
    if len(lines) - 1 > count:
        raise ChainOrderError(
            f"line {lines[count + 1][0]}: expected nothing here, since line {number} says "
            f"{count:,} elementals"
        )
    sizes: list[int] = []
    edges: list[int] = []
    for number, entries in lines[1:]:
        if len(entries) != 3:
            raise ChainOrderError(
                f"line {number} has {len(entries)} entries: expected three, m n edges"
            )
        m = _number(number, "m, the output size,", entries[0], least=1)
        n = _number(number, "n, the input size,", entries[1], least=1)
        if not sizes:
            sizes.append(n)
        elif n != sizes[-1]:
            raise ChainOrderError(
                f"line {number}: the input size n is {n}, and the elemental before it has the "
                f"output size {sizes[-1]}: expected the same"
            )
        sizes.append(m)
        edges.append(_number(number, "edges", entries[2], least=0))
    return Chain.matrix_free(sizes, edges)


def chain_text(chain: Chain) -> str:
    """The chain in this format.

    Raises:
        ChainOrderError: an elemental that the format cannot express: one that is given, or whose
            tangent, adjoint and tape are not all the same number; or costs that are times.
    """
    if chain.timing is not None:
        raise ChainOrderError("the text format has fma for costs: those of this chain are times")
    d = chain.sizes
    lines = [str(len(chain))]
    for l, elemental in enumerate(chain.elementals):
        edges = elemental.tangent_cost
        is_uniform = edges is not None and edges == elemental.adjoint_cost == elemental.tape
        if elemental.given or not is_uniform:
            raise ChainOrderError(
                f"elementals[{l}] does not fit the text format: expected one that is not given, "
                f"with the same number for tangent_cost, adjoint_cost and tape"
            )
        lines.append(f"{d[l + 1]} {d[l]} {edges}")
    return "\n".join(lines) + "\n"


def _number(line: int, item: str, entry: str, *, least: int) -> int:
    digits = entry.removeprefix("-").removeprefix("+")
    shown = entry if len(entry) <= 30 else entry[:29] + "…"
    if not (digits.isascii() and digits.isdigit()):
        raise ChainOrderError(
            f"line {line}: {item} is {shown!r}: expected an integer of at least {least}"
        )
    value = int(entry) if len(digits) <= len(str(MAX_SIZE)) else MAX_SIZE + 1
    if entry.startswith("-") and value > 0:
        value = -1
    if value < least:
        raise ChainOrderError(
            f"line {line}: {item} is {shown}: expected an integer of at least {least}"
        )
    if value > MAX_SIZE:
        raise ChainOrderError(f"line {line}: {item} is {shown}: expected at most 10^18")
    return value
