"""Hot loops from one source: plain Python until compiling has paid for itself, numba from then on.

A kernel is a module-level function written so that it runs on Python lists (any integer, however
large) and, compiled, on NumPy arrays (int64). It may call other kernels by name, and takes its
columns in a few NamedTuples (of classes at the top level of a module; each costs a compiled call
half a microsecond). Whoever has work for a kernel asks for a `runner`, gives it the columns once,
and calls it; nobody decides by hand whether to compile:

>>> from chainorder.compiled import runner
>>> def double(values, doubled):
...     for t in range(len(values)):
...         doubled[t] = 2 * values[t]
>>> run = runner(double, work=3)
>>> values, doubled = run.column([1, 2, 10**30]), run.zeros(3)
>>> run(values, doubled)
>>> doubled[1], run.is_compiled
(4, False)

The decision is that of ski rental (Karlin, Manasse, Rudolph, Sleator, Competitive snoopy caching,
Algorithmica 3, 1988): rent, that is interpret, until the rent paid comes to the price, then buy; so
nobody ever waits for more than twice what the best choice in hindsight takes. The price is that of
importing numba, of loading the kernel, and of compiling it unless it lies compiled in numba's cache
on disk (`chainorder.kernel_ledger` knows, and counts what earlier processes have paid).
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any, TypeVar

import numpy as np

from .kernel_ledger import Ledger, callees, family

ITERATION = 1e-7
"""Seconds that one iteration of an inner loop takes in plain Python, until they are measured."""

CALLING = 5e-4
"""Seconds of plain Python above which a kernel that is loaded is faster, its columns included."""

LOADING = 0.02
"""Seconds that it takes to load a kernel from numba's cache on disk."""

IMPORTING = 0.5
"""Seconds that it takes to import numba and to set it up."""

COMPILING = 0.1, 5e-4
"""Seconds that it takes to compile any kernel, and for each byte of its Python code on top."""

INT64_SAFE = 2**62
"""Two values below this can be added without leaving 64 bits."""

Kernel = Callable[..., Any]
Columns = TypeVar("Columns", bound=tuple[Any, ...])
Untyped = TypeVar("Untyped", bound=Kernel)

_dispatchers: dict[Kernel, Any] = {}
_jits: dict[tuple[Kernel, bool], Any] = {}
_loaded: set[Kernel] = set()
_rents: dict[Kernel, _Rent] = {}
_inlined: set[Kernel] = set()
_borrowing: set[Kernel] = set()
_ledger = Ledger()
_buying = threading.RLock()
_compiling: list[float] = []


def inlined(kernel: Untyped) -> Untyped:
    """Mark a short kernel that others call in their innermost loops: it is compiled into them.

    Left to itself the compiler does that by the number of arguments, and every column of a tuple is
    seven of them.
    """
    _inlined.add(kernel)
    return kernel


def borrowing(kernel: Untyped) -> Untyped:
    """Mark a kernel that only reads and fills its columns, as do all that it calls.

    None makes a list or an array, a view of one, or returns one. Then nobody need count references
    to columns, which numba does whenever one of a tuple is named, and which can take more time than
    the work. (A kernel that is marked in error does not compile.)
    """
    _borrowing.add(kernel)
    return kernel


class Runner:
    """A kernel, and the form that its columns take: made by `runner`.

    `is_compiled` says which: int64 arrays if it is, else lists of Python integers.
    """

    __slots__ = ("_call", "_rent", "_work", "is_compiled")

    def __init__(
        self, kernel: Kernel, *, is_compiled: bool, rent: _Rent | None = None, work: float = 0
    ) -> None:
        self.is_compiled = is_compiled
        self._rent = rent
        self._work = work
        self._call = compile_kernel(kernel) if is_compiled else kernel

    def __call__(self, *args: Any) -> Any:
        """Run the kernel on columns that this runner has made, and numbers."""
        if self._rent is None:
            return self._call(*args)
        with self.interpreting():
            return self._call(*args)

    def alike(self, kernel: Kernel) -> Runner:
        """Another kernel, of little work, for the columns of this one."""
        return Runner(kernel, is_compiled=self.is_compiled)

    @contextmanager
    def interpreting(self) -> Iterator[None]:
        """Count the time of something else that is done because the kernel is not compiled."""
        start = time.perf_counter()
        try:
            yield
        finally:
            if self._rent is not None:
                self._rent.pay(time.perf_counter() - start, self._work)
                self._work = 0

    def column(self, values: Any) -> Any:
        """A sequence of integers or truth values as the kernel takes it; other values as they are.

        A list, or an array that can be written to, is taken as it is where that form is wanted.
        """
        is_array = isinstance(values, np.ndarray)
        if not is_array and not isinstance(values, (list, tuple, range)):
            return values
        if not self.is_compiled:
            return values.tolist() if is_array else values if type(values) is list else list(values)
        if not is_array:
            return np.array(values, dtype=np.int64)
        # Arrays that differ in layout, or in whether they can be written to, are types of their
        # own to numba, and each would be compiled for.
        kind = np.bool_ if values.dtype == np.bool_ else np.int64
        return np.require(values, dtype=kind, requirements=("C", "W"))

    def columns(self, group: Columns) -> Columns:
        """A NamedTuple of columns as the kernel takes it."""
        return type(group)(*map(self.column, group))

    def zeros(self, *shape: int) -> Any:
        """A column, or a table, of zeros that the kernel can fill."""
        if self.is_compiled:
            return np.zeros(shape, dtype=np.int64)
        if len(shape) == 1:
            return [0] * shape[0]
        return [self.zeros(*shape[1:]) for _ in range(shape[0])]


def runner(kernel: Kernel, work: float, *, fits: bool | Callable[[], bool] = True) -> Runner:
    """The kernel, interpreted or compiled, whichever makes the process wait less.

    Args:
        kernel: a module-level function.
        work: about how many iterations its inner loops will take, in all calls together.
        fits: whether every number that it meets fits into 64 bits, or a test of that for when it
            matters; what does not fit is interpreted.
    """
    if pays(kernel, work):
        if fits if isinstance(fits, bool) else fits():
            return Runner(kernel, is_compiled=True)
    elif is_worth_a_call(kernel, work) and (fits if isinstance(fits, bool) else fits()):
        rent = _rents.setdefault(kernel, _Rent(kernel))
        return Runner(kernel, is_compiled=False, rent=rent, work=work)
    return Runner(kernel, is_compiled=False)


def is_worth_a_call(kernel: Kernel, work: float) -> bool:
    """Whether a kernel that is loaded does so much work sooner than plain Python."""
    return _estimate(kernel, work) > CALLING


def _estimate(kernel: Kernel, work: float) -> float:
    """Seconds that plain Python takes."""
    own = _rents.get(kernel)
    return work * (ITERATION if own is None else own.per_iteration())


def pays(kernel: Kernel, work: float) -> bool:
    """Whether the rent paid for a kernel, with that of `work` iterations, comes to its price."""
    if not is_worth_a_call(kernel, work):
        return False
    if kernel in _loaded:
        return True
    own = _rents.get(kernel)
    rent = _estimate(kernel, work)
    everything = rent + sum(other.seconds for other in _rents.values())
    rent += 0.0 if own is None else own.seconds
    start = 0.0 if compiler_is_loaded() else IMPORTING
    if rent < LOADING or everything < LOADING + start:
        return False
    price = LOADING + _compiling_left(kernel)
    return rent >= price and everything >= price + start


def compiling_seconds() -> float:
    """Seconds that this process has spent so far on importing numba, loading and compiling.

    A time limit that is to mean time for work looks at the difference of two calls.
    """
    return sum(_compiling)


def compiler_is_loaded() -> bool:
    """Whether this process has imported numba."""
    return "numba" in sys.modules


def compile_kernel(kernel: Kernel) -> Kernel:
    """The compiled form of `kernel`; its first call in a process loads it, or compiles it."""
    if kernel in _loaded:
        return _dispatchers[kernel]  # type: ignore[no-any-return]

    def first_call(*args: Any) -> Any:
        if kernel not in _loaded:
            _load(kernel, args)
        return _dispatchers[kernel](*args)

    return first_call


class _Rent:
    """What interpreting one kernel has cost this process, where compiling would have helped."""

    __slots__ = ("kernel", "noted", "seconds", "work")

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.seconds = 0.0
        self.work = 0.0
        self.noted = 0.0

    def pay(self, seconds: float, work: float) -> None:
        self.seconds += seconds
        self.work += work
        # A process that does not pay for the import would not have bought the kernel either.
        owed = self.seconds - IMPORTING - LOADING - self.noted
        if owed > 10 * LOADING:
            self.noted += owed
            _ledger.add_rent(self.kernel, owed)

    def per_iteration(self) -> float:
        return self.seconds / self.work if self.seconds > LOADING else ITERATION


def _compiling_left(kernel: Kernel) -> float:
    """What compiling costs, less what earlier processes have paid; nothing if it lies on disk."""
    if _ledger.is_compiled(kernel):
        return 0.0
    start, per_byte = COMPILING
    own = _rents.get(kernel)
    earlier = _ledger.rent(kernel) - (0.0 if own is None else own.noted)
    return max(start + per_byte * _code_size(kernel) - earlier, 0.0)


def _code_size(kernel: Kernel) -> int:
    """Bytes of Python code, those of the kernels that it calls included."""
    return sum(len(one.__code__.co_code) for one in family(kernel))


def _load(kernel: Kernel, args: tuple[Any, ...]) -> None:
    """Load or compile `kernel` for arguments of these types."""
    with _interrupts_held(), _buying:
        if kernel in _loaded:
            return
        start = time.perf_counter()
        dispatcher = _dispatcher(kernel)
        if hasattr(dispatcher, "compile"):  # with NUMBA_DISABLE_JIT=1 it is the kernel itself
            from numba import typeof

            if _ledger.is_stale(kernel):
                # numba looks at the file of a kernel, not at those of the kernels that it calls.
                for stale in family(kernel):
                    _jitted(stale, kernel not in _borrowing)._cache.flush()
            dispatcher.compile(tuple(map(typeof, args)))
            _ledger.note_compiled(kernel)
        _loaded.add(kernel)
        _compiling.append(time.perf_counter() - start)


def _dispatcher(kernel: Kernel) -> Any:
    """What numba makes of a kernel that is called from Python."""
    if kernel not in _dispatchers:
        _dispatchers[kernel] = _jitted(kernel, kernel not in _borrowing)
    return _dispatchers[kernel]


def _jitted(kernel: Kernel, counts: bool) -> Any:
    """What numba makes of a kernel, and with it of those that it calls."""
    from numba import njit

    assert isinstance(kernel, FunctionType)
    if (kernel, counts) not in _jits:
        is_inlined = kernel in _inlined
        options: Any = {"cache": True, "nogil": True, "_nrt": counts, "forceinline": is_inlined}
        _jits[kernel, counts] = njit(**options)(_with_compiled_callees(kernel, counts))
    return _jits[kernel, counts]


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Keep Ctrl-C back for the while: in the midst of compiling it is lost, or breaks the compiler.

    A kernel that runs cannot be interrupted anyway.
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    came = []
    signal.signal(signal.SIGINT, lambda *args: came.append(args))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if came and callable(handler):
        handler(*came[-1])


def _with_compiled_callees(kernel: FunctionType, counts: bool) -> FunctionType:
    """`kernel` with the plain functions that it names replaced by their compiled forms."""
    named = {name: _jitted(callee, counts) for name, callee in callees(kernel).items()}
    if not named:
        return kernel
    copy = FunctionType(kernel.__code__, {**kernel.__globals__, **named}, kernel.__name__)
    copy.__qualname__ = kernel.__qualname__
    copy.__module__ = kernel.__module__
    return copy
