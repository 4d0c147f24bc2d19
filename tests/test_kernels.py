"""When a kernel is compiled: as soon as interpreting it has cost what compiling costs."""

import json
import subprocess
import sys
import threading
from typing import Any, NamedTuple

import numpy as np
import pytest
from command import HOME

from chainorder import compiled
from chainorder.kernel_ledger import Ledger, family

LONG = 10**6


class Pair(NamedTuple):
    values: Any
    sums: Any


def add_up(pair):
    values, sums = pair
    total = values[0] * 0
    for t in range(len(values)):
        total = plus(total, values[t])
        sums[t] = total


def plus(a, b):
    return a + b


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A machine on which nothing has been compiled, in a process that has imported numba."""
    ledger = Ledger(str(tmp_path / "kernels.json"))
    for name, value in (("_ledger", ledger), ("_loaded", set()), ("_rents", {})):
        monkeypatch.setattr(compiled, name, value)
    monkeypatch.setattr(compiled, "compiler_is_loaded", lambda: True)
    monkeypatch.setattr(compiled, "ITERATION", 1e-7)
    return ledger


def rent_until_bought():
    """How many calls of 0.1 s each, by the estimate, are interpreted."""
    for calls in range(1000):
        run = compiled.runner(add_up, LONG)
        if run.is_compiled:
            return calls
        run._rent.pay(0.1, LONG)
    raise AssertionError("never bought")


def test_a_kernel_is_bought_when_the_rent_comes_to_the_price(fresh, monkeypatch):
    monkeypatch.setattr(compiled, "COMPILING", (0.95, 0.0))
    assert rent_until_bought() == 9


def test_a_kernel_on_disk_is_bought_at_once(fresh):
    fresh.note_compiled(add_up)
    assert rent_until_bought() == 0


def test_rent_of_earlier_processes_counts_beyond_what_the_import_takes(fresh, monkeypatch):
    monkeypatch.setattr(compiled, "COMPILING", (3.0, 0.0))
    for _ in range(3):
        monkeypatch.setattr(compiled, "_rents", {})
        run = compiled.runner(add_up, LONG)
        run._rent.pay(1.0, 10 * LONG)
    assert fresh.rent(add_up) == pytest.approx(3 * (1.0 - compiled.IMPORTING - compiled.LOADING))
    monkeypatch.setattr(compiled, "_rents", {})
    assert rent_until_bought() == 15


def test_short_work_is_neither_compiled_nor_counted(fresh):
    for _ in range(1000):
        run = compiled.runner(add_up, 3)
        assert not run.is_compiled
        run(run.columns(Pair([1, 2, 3], [0, 0, 0])))
    assert not compiled._rents


def test_numba_is_not_imported_before_all_rents_pay_for_it(fresh, monkeypatch):
    monkeypatch.setattr(compiled, "compiler_is_loaded", lambda: False)
    fresh.note_compiled(add_up)
    fresh.note_compiled(plus)
    compiled.runner(plus, LONG)._rent.pay(compiled.IMPORTING, LONG)
    assert compiled.runner(add_up, LONG).is_compiled


@pytest.mark.parametrize("is_bought", [False, True])
def test_both_forms_give_the_same(fresh, monkeypatch, is_bought):
    monkeypatch.setattr(compiled, "pays", lambda kernel, work: is_bought)
    values = np.arange(5)
    values.setflags(write=False)
    run = compiled.runner(add_up, 5)
    pair = run.columns(Pair(values, run.zeros(5)))
    run(pair)
    assert list(pair.sums) == [0, 1, 3, 6, 10]
    assert isinstance(pair.values, np.ndarray) == isinstance(pair.sums, np.ndarray) == is_bought


def test_what_leaves_64_bits_is_interpreted(fresh, monkeypatch):
    monkeypatch.setattr(compiled, "pays", lambda kernel, work: True)
    run = compiled.runner(add_up, LONG, fits=lambda: False)
    pair = run.columns(Pair([2**62, 2**62, 2**62], run.zeros(3)))
    run(pair)
    assert pair.sums[-1] == 3 * 2**62


def test_compiling_is_timed_once(fresh):
    run = compiled.Runner(add_up, is_compiled=True)
    seconds = [compiled.compiling_seconds()]
    for _ in range(3):
        run(run.columns(Pair([1, 2], run.zeros(2))))
        seconds.append(compiled.compiling_seconds())
    assert seconds[0] < seconds[1] == seconds[2] == seconds[3]


def test_threads_that_need_a_kernel_at_once_wait_for_one_that_compiles_it(fresh, monkeypatch):
    loads = []
    note = fresh.note_compiled
    monkeypatch.setattr(fresh, "note_compiled", lambda kernel: loads.append(kernel) or note(kernel))
    totals = []

    def work():
        run = compiled.Runner(add_up, is_compiled=True)
        pair = run.columns(Pair(list(range(100)), run.zeros(100)))
        run(pair)
        totals.append(int(pair.sums[-1]))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == [4950] * 8
    assert loads == [add_up]


def test_the_ledger_is_there_for_the_next_process_until_the_source_changes(tmp_path, monkeypatch):
    path = tmp_path / "new" / "kernels.json"
    first = Ledger(str(path))
    first.add_rent(add_up, 1.5)
    assert Ledger(str(path)).rent(add_up) == 1.5
    first.note_compiled(add_up)
    assert Ledger(str(path)).is_compiled(add_up)
    assert not Ledger(str(path)).is_compiled(plus)
    entries = json.loads(path.read_text())
    entries[f"{add_up.__module__}.add_up"]["source"] = "another"
    path.write_text(json.dumps(entries))
    changed = Ledger(str(path))
    assert changed.is_stale(add_up)
    assert not changed.is_compiled(add_up)
    assert changed.rent(add_up) == 0


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", "{", "nul\0", '{"test_kernels.add_up": [1]}', "[" * 10**5]
)
def test_a_ledger_that_nobody_wrote_is_as_good_as_none(tmp_path, text):
    path = tmp_path / "kernels.json"
    path.write_text(text)
    ledger = Ledger(str(path))
    assert (ledger.is_compiled(add_up), ledger.rent(add_up)) == (False, 0)
    ledger.note_compiled(add_up)
    assert Ledger(str(path)).is_compiled(add_up)


def test_where_the_ledger_cannot_be_written_nothing_is_raised(tmp_path):
    (tmp_path / "file").write_text("")
    ledger = Ledger(str(tmp_path / "file" / "kernels.json"))
    ledger.add_rent(add_up, 1.0)
    ledger.note_compiled(add_up)


def test_a_kernel_is_compiled_again_when_one_that_it_calls_has_changed(tmp_path):
    """numba itself looks only at the file of the kernel."""
    (tmp_path / "outer.py").write_text(
        "from inner import inner\ndef outer(out):\n    out[0] = inner()\n"
    )
    script = (
        "from outer import outer\nfrom chainorder import compiled\n"
        "run = compiled.Runner(outer, is_compiled=True)\n"
        "out = run.zeros(1)\nrun(out)\nprint(int(out[0]))\n"
    )
    printed = []
    for value in (1, 22):
        (tmp_path / "inner.py").write_text(f"def inner():\n    return {value}\n")
        environment = {
            "PYTHONPATH": f"{tmp_path}:{HOME}",
            "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
        }
        done = subprocess.run(
            [sys.executable, "-B", "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        printed.append(int(done.stdout))
    assert printed == [1, 22]


def test_a_family_is_a_kernel_and_all_that_it_calls():
    assert family(add_up) == [add_up, plus]
