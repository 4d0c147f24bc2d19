"""What this machine knows about kernels from one process to the next: compiled yet, and rent paid.

A command that ends after a second never pays enough rent for a kernel by itself, however often it
is called. So a small JSON file adds up what processes have paid, and names the kernels that lie in
numba's cache on disk, without importing numba to look. It stands where numba puts that cache, next
to the package's byte code, and like it may be deleted at any time. Where it cannot be written,
every process counts for itself. When two processes write at once, one of the two entries is lost,
which costs some time later, never a result.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

Kernel = Callable[..., Any]


class Ledger:
    """The file, read when a kernel is first asked about.

    Args:
        path: the file; by default in numba's cache directory if one is set, else in the package's
            `__pycache__`, else in the user's cache directory.
    """

    def __init__(self, path: str | None = None) -> None:
        self._path = path
        self._entries: dict[str, Any] | None = None

    def is_compiled(self, kernel: Kernel) -> bool:
        """Whether the kernel, as its source is now, has been compiled and kept on disk."""
        return self._entry(kernel).get("compiled") is True

    def rent(self, kernel: Kernel) -> float:
        """Seconds that earlier processes have spent interpreting it beyond what they had to."""
        seconds = self._entry(kernel).get("rent", 0.0)
        return seconds if isinstance(seconds, float) and seconds >= 0 else 0.0

    def is_stale(self, kernel: Kernel) -> bool:
        """Whether it was compiled from another source than there is now."""
        entry = self._read().get(_name(kernel))
        return isinstance(entry, dict) and entry.get("source") != _source(kernel)

    def add_rent(self, kernel: Kernel, seconds: float) -> None:
        """Note rent that this process has paid."""
        self._entries = None
        self._write(kernel, {"compiled": False, "rent": self.rent(kernel) + seconds})

    def note_compiled(self, kernel: Kernel) -> None:
        """Note that it lies in numba's cache."""
        self._entries = None
        if not self.is_compiled(kernel):
            self._write(kernel, {"compiled": True})

    def _entry(self, kernel: Kernel) -> dict[str, Any]:
        entry = self._read().get(_name(kernel))
        if isinstance(entry, dict) and entry.get("source") == _source(kernel):
            return entry
        return {}

    def _read(self) -> dict[str, Any]:
        if self._entries is None:
            try:
                with open(self._file(), encoding="utf-8") as file:
                    entries = json.load(file)
            except (OSError, ValueError, RecursionError):
                entries = None
            self._entries = entries if isinstance(entries, dict) else {}
        return self._entries

    def _write(self, kernel: Kernel, entry: dict[str, Any]) -> None:
        entries = self._read()
        entries[_name(kernel)] = {"source": _source(kernel), **entry}
        path = self._file()
        # Whole or not at all: a name of this process's own first.
        new = f"{path}.{os.getpid()}"
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(new, "w", encoding="utf-8") as file:
                json.dump(entries, file, indent=1)
            os.replace(new, path)
        except OSError:
            pass

    def _file(self) -> str:
        if self._path is None:
            name = f"kernels.{sys.implementation.cache_tag}.json"
            self._path = os.path.join(_directory(), name)
        return self._path


def callees(kernel: Kernel) -> dict[str, FunctionType]:
    """The plain functions that a kernel calls, by the names that it calls them by."""
    assert isinstance(kernel, FunctionType)
    named = {name: kernel.__globals__.get(name) for name in kernel.__code__.co_names}
    return {name: value for name, value in named.items() if isinstance(value, FunctionType)}


def family(kernel: Kernel) -> list[FunctionType]:
    """A kernel and all that it calls, directly or not."""
    found: dict[FunctionType, None] = {}
    waiting = [kernel]
    while waiting:
        one = waiting.pop()
        assert isinstance(one, FunctionType)
        if one not in found:
            found[one] = None
            waiting.extend(callees(one).values())
    return list(found)


def _name(kernel: Kernel) -> str:
    return f"{kernel.__module__}.{kernel.__qualname__}"


def _source(kernel: Kernel) -> str:
    """Changes with the files that hold the kernel and its callees."""
    stamps = []
    for path in sorted({one.__code__.co_filename for one in family(kernel)}):
        try:
            status = os.stat(path)
        except OSError:
            return f"unknown-{os.getpid()}"
        stamps.append(f"{status.st_mtime_ns:x}-{status.st_size:x}")
    return " ".join(stamps)


def _directory() -> str:
    """Where numba keeps what it has compiled, or as near to it as can be written to."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return chosen
    package = os.path.dirname(os.path.abspath(__file__))
    beside = os.path.join(package, "__pycache__")
    if os.access(beside if os.path.exists(beside) else package, os.W_OK):
        return beside
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(caches, "chainorder")
