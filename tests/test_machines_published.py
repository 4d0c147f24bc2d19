"""Plans for machines against the data set of Märtens & Naumann, Scheduled Jacobian Chaining (2025).

Of each of the lengths 3 … 8 some instances: the makespan of their dynamic program, and the best of
their branch and bound, which ended in time where it says so.
"""

import csv
from pathlib import Path

import pytest

import chainorder as co

with (Path(__file__).parent / "data" / "scheduled_jacobian_chaining.csv").open() as file:
    ROWS = list(csv.DictReader(file))


def chain_of(row):
    sizes, edges = ([int(v) for v in row[name].split()] for name in ("sizes", "edges"))
    return co.Chain.matrix_free(sizes, edges)


@pytest.mark.parametrize("length", range(3, 9))
def test_optimal_proves_every_published_makespan_or_a_better_one(length):
    rows = [row for row in ROWS if int(row["length"]) == length]
    assert rows
    for row in rows:
        plan = co.plan(chain_of(row), machines=int(row["machines"]))
        assert plan.proof == "optimal"
        assert plan.lower_bound == plan.makespan
        if row["published_proved"] == "true":
            assert plan.makespan == int(row["published_best"])
        else:
            assert plan.makespan <= int(row["published_best"])


@pytest.mark.parametrize("length", range(3, 9))
def test_split_is_the_published_dynamic_program(length):
    for row in ROWS:
        if int(row["length"]) == length and row["machines"] != "1":
            plan = co.plan(chain_of(row), "split", machines=int(row["machines"]))
            assert plan.makespan == int(row["published_dynamic_program"])


def test_one_machine_does_the_least_work():
    for row in ROWS:
        if row["machines"] == "1":
            assert co.plan(chain_of(row)).fma == int(row["published_best"])
