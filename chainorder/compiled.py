"""Hot loops from one source: plain Python below a size, numba above it.

A kernel is a module-level function written so that it runs on Python lists (any integer, however
large) and, compiled, on NumPy arrays (int64). It may call other kernels by name. Importing numba
costs about half a second, so a cold process only does so for work that repays it; once a kernel
has been compiled in this process, far less work is worth a call.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

COLD_WORK = 10_000_000
"""Inner iterations that plain Python does in the time that importing and loading numba takes."""

IMPORTED_WORK = 1_000_000
"""The same for a process that has imported numba, but not yet compiled the kernel."""

WARM_WORK = 5_000
"""Inner iterations above which a kernel that is already compiled beats plain Python."""

INT64_SAFE = 2**62
"""Two values below this can be added without leaving 64 bits."""

_dispatchers: dict[Callable[..., Any], Callable[..., Any]] = {}
_compiled: dict[Callable[..., Any], Callable[..., Any]] = {}
"""The same, but for kernels whose first call is still to come."""


def worth_compiling(kernel: Callable[..., Any], work: int) -> bool:
    """Whether `work` inner iterations of `kernel` are done sooner compiled than interpreted."""
    if kernel in _compiled:
        return work > WARM_WORK
    return work > (IMPORTED_WORK if compiler_is_loaded() else COLD_WORK)


def compiler_is_loaded() -> bool:
    """Whether this process has imported numba, so that compiling costs little more."""
    return "numba" in sys.modules


def compile_kernel(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The numba-compiled form of `kernel`, made once a process and cached on disk."""
    if kernel not in _compiled:
        dispatcher = _dispatcher(kernel)

        def first_call(*args: Any) -> Any:
            with _interrupts_held():
                result = dispatcher(*args)
            _compiled[kernel] = dispatcher
            return result

        _compiled[kernel] = first_call
    return _compiled[kernel]


def _dispatcher(kernel: Callable[..., Any]) -> Callable[..., Any]:
    if kernel not in _dispatchers:
        from numba import njit

        assert isinstance(kernel, FunctionType)
        _dispatchers[kernel] = njit(cache=True, nogil=True)(_with_compiled_callees(kernel))
    return _dispatchers[kernel]


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


def _with_compiled_callees(kernel: FunctionType) -> FunctionType:
    """`kernel` with the plain functions that it names replaced by their compiled forms."""
    callees = {
        name: _dispatcher(kernel.__globals__[name])
        for name in kernel.__code__.co_names
        if isinstance(kernel.__globals__.get(name), FunctionType)
    }
    if not callees:
        return kernel
    copy = FunctionType(kernel.__code__, {**kernel.__globals__, **callees}, kernel.__name__)
    copy.__qualname__ = kernel.__qualname__
    copy.__module__ = kernel.__module__
    return copy
