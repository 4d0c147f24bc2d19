"""Small work of SciPy's BLAS on one thread, so that it does not wait for a core.

The wheels of NumPy and SciPy bring an OpenBLAS each, with a thread for every core. After a product
NumPy's threads stay awake for the next one; a solve that SciPy's BLAS spreads over threads of its
own then waits until the system takes the cores from those: 3 ms and more, each time. So what one
core does meanwhile is left to one.
Where both have one BLAS, or SciPy's is another, there is nothing to mend and nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import NamedTuple

SMALL_WORK = 2**29
"""Scalar multiplications that one core does in about the time that OpenBLAS's threads stay awake.

That is 2^26 cycles after their last product, 20 to 30 ms.
"""

SYMBOLS = (
    ("scipy_openblas_get_num_threads", "scipy_openblas_set_num_threads"),
    ("scipy_openblas_get_num_threads64_", "scipy_openblas_set_num_threads64_"),
)
"""What the OpenBLAS of SciPy's wheels calls its functions, and no other BLAS."""


class _Threads(NamedTuple):
    """How many threads SciPy's BLAS takes, to be asked and to be set."""

    get: Callable[[], int]
    set: Callable[[int], object]


class _Limit:
    """Who works on one thread now, and how many threads there were before."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.inside = 0
        self.before = 1


_LIMIT = _Limit()


@contextmanager
def one_thread_if_small(fma: int) -> Iterator[None]:
    """One thread for SciPy's BLAS meanwhile, if there are so few scalar multiplications to do.

    The number of threads belongs to the whole process. It is set for no longer than the work
    takes; of several that work at once, the last one sets it back.
    """
    threads = _scipy_threads() if fma <= SMALL_WORK else None
    if threads is None:
        yield
        return
    with _LIMIT.lock:
        if _LIMIT.inside == 0:
            _LIMIT.before = threads.get()
            threads.set(1)
        _LIMIT.inside += 1
    try:
        yield
    finally:
        with _LIMIT.lock:
            _LIMIT.inside -= 1
            if _LIMIT.inside == 0:
                threads.set(_LIMIT.before)


@cache
def _scipy_threads() -> _Threads | None:
    import ctypes

    found = find_spec("scipy.linalg._fblas")
    if found is None or found.origin is None:
        return None
    try:
        library = ctypes.CDLL(found.origin)
    except OSError:
        return None
    # The loader looks for a name in what the module is linked to, as well.
    for get, put in SYMBOLS:
        if hasattr(library, get) and hasattr(library, put):
            return _Threads(getattr(library, get), getattr(library, put))
    return None
