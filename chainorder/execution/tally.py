"""What is counted while steps run, from what they really do: scalar multiplications, and memory."""

from __future__ import annotations

from threading import Lock

from ..plans.cost import product_price
from ..problems.chain import Chain
from ..structure.solves import Work


class Tally:
    """Counts of what was multiplied, applied and held; steps may add to it side by side.

    Attributes:
        tangents, adjoints: how many were applied, each to one vector.
        peak: the most entries that were held at once.
        counting: seconds that counting took where entries had to be looked at.
    """

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.tangents = self.adjoints = 0
        self.peak = 0
        self.counting = 0.0
        self._declared = 0
        """The sum of the declared costs of the tangents and adjoints."""
        self._scalar = 0
        """Scalar multiplications in the products of matrices, and in solves."""
        self._entries = 0
        """Those of them that no addition goes with: one for each entry that a product makes."""
        self._occupied = 0
        self._lock = Lock()

    def multiplied(self, fma: int, entries: int, seconds: float = 0.0) -> None:
        """A product of matrices was made, and counting it took so long."""
        with self._lock:
            self._scalar += fma
            self._entries += entries
            self.counting += seconds

    def worked(self, work: Work) -> None:
        """A matrix was factored, solved with or inverted."""
        self.multiplied(work.fma, work.unpaired)

    def applied(self, direction: str, vectors: int, cost: int) -> None:
        """So many tangents or adjoints were applied, each at a declared cost."""
        with self._lock:
            if direction == "tangent":
                self.tangents += vectors
            else:
                self.adjoints += vectors
            self._declared += vectors * cost

    def hold(self, entries: int, instead_of: int = 0) -> None:
        """So many entries are held from now on, and then so many others no longer."""
        with self._lock:
            self._occupied += entries
            self.peak = max(self.peak, self._occupied)
            self._occupied -= instead_of

    def release(self, entries: int) -> None:
        """So many entries are held no longer."""
        with self._lock:
            self._occupied -= entries

    def cost(self, objective: str) -> int:
        """What was done, in the objective."""
        per_fma, per_entry = product_price(self.chain, objective)
        products = self._scalar * per_fma + self._entries * per_entry
        is_time = self.chain.timing is not None
        return products + (self._declared if is_time == (objective == "seconds") else 0)

    @property
    def fma(self) -> int:
        """Scalar multiplications, and the declared fma of tangents and adjoints."""
        return self.cost("fma")

    @property
    def flops(self) -> int:
        """Multiplications and additions, and the declared cost of tangents and adjoints."""
        return self.cost("flops")
