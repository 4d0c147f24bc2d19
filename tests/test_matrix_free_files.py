"""The plain text format, random chains, memory, and all of it on the command line."""

import json

import numpy as np
import pytest
from command import assert_refused, chainorder

import chainorder as co
from chainorder.files.text_format import chain_text, parse_text
from chainorder.problems.random_chains import parse_range

THREE = "3\n3 3 29\n1 3 14\n2 1 7\n"


def test_a_line_is_an_elemental_and_the_first_is_applied_first():
    assert parse_text(THREE) == co.Chain.matrix_free([3, 3, 1, 2], [29, 14, 7])


@pytest.mark.parametrize(
    "text", ["\n3\n\n 3 3 29 \r\n1\t3 14\n\n2 1 7", "3\n+3 3 29\n1 3 14\n2 1 7"]
)
def test_blanks_do_not_count(text):
    assert parse_text(text) == parse_text(THREE)


@pytest.mark.parametrize("seed", range(5))
def test_text_goes_there_and_back(seed):
    chain = co.random_chain(20, (1, 500), (1000, 100_000), seed)
    assert parse_text(chain_text(chain)) == chain
    assert co.Chain.from_dict(json.loads(json.dumps(chain.to_dict()))) == chain


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the number of elementals on line 1"),
        ("3 3 29\n1 3 14", "line 1 has 3 entries: expected the number of elementals alone"),
        ("x\n1 1 1", "line 1: the number of elementals is 'x'"),
        ("0\n1 1 1", "line 1: the number of elementals is 0"),
        ("1.5\n1 1 1", "line 1: the number of elementals is '1.5'"),
        ("2\n3 3 29", r"line 1 says 2 elementals, but the text ends after 1 \(line 2\)"),
        ("1\n3 3 29\n\n1 3 14", "line 4: expected nothing here, since line 1 says 1 elementals"),
        ("2\n3 3 29\n1 3", "line 3 has 2 entries: expected three, m n edges"),
        ("2\n3 3 29\n1 2 14", "line 3: the input size n is 2, .* output size 3: expected the same"),
        ("1\n-3 3 29", "line 2: m, the output size, is -3"),
        ("1\n3 0 29", "line 2: n, the input size, is 0"),
        ("1\n3 3 1e3", "line 2: edges is '1e3'"),
        ("1\n3 3 -1", "line 2: edges is -1: expected an integer of at least 0"),
        ("1\n3 3 nan", "line 2: edges is 'nan'"),
        (f"1\n3 3 {10**30}", "line 2: edges is 1000000000000.*: expected at most 10\\^18"),
        ("1\n3 3 " + "9" * 10_000, "line 2: edges is 9999.*…: expected at most"),
    ],
)
def test_the_line_that_is_wrong_is_named(text, message):
    with pytest.raises(co.ChainOrderError, match=message):
        parse_text(text)


@pytest.mark.parametrize(
    "chain",
    [
        co.Chain([2, 3]),
        co.Chain([2, 3], [co.Elemental(given=False, tangent_cost=3)]),
        co.Chain([2, 3], [co.Elemental(given=False, tangent_cost=3, adjoint_cost=4, tape=3)]),
    ],
)
def test_chains_that_the_text_cannot_express_are_refused(chain):
    with pytest.raises(co.ChainOrderError, match=r"elementals\[0\] does not fit the text format"):
        chain_text(chain)


def test_random_chains_stay_in_their_ranges_and_repeat():
    chain = co.random_chain(300, (2, 5), (7, 9), seed=4)
    assert set(chain.sizes) == {2, 3, 4, 5}
    assert {e.tangent_cost for e in chain.elementals} == {7, 8, 9}
    assert all(e.tangent_cost == e.adjoint_cost == e.tape for e in chain.elementals)
    assert co.random_chain(300, (2, 5), (7, 9), seed=4) == chain
    assert co.random_chain(300, (2, 5), (7, 9), seed=5) != chain
    assert co.random_chain(3, (2, 2)) == co.Chain([2, 2, 2, 2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, (1, 2)), "length is 0"),
        ((10**12, (1, 2)), "length is 1000000000000: a number of elementals is at most"),
        ((1, (2, 1)), "sizes is 2:1: the least value comes first"),
        ((1, (0, 1)), r"sizes\[0\] is 0"),
        ((1, (1, 2), (-1, 1)), r"edges\[0\] is -1"),
        ((1, (1, 2.5)), r"sizes\[1\] is 2.5"),
        ((1, "1:2"), "sizes is '1:2': expected two integers"),
        ((1, (1, 2), None, -1), "seed is -1"),
    ],
)
def test_ranges_that_are_none_are_refused(arguments, message):
    with pytest.raises(co.ChainOrderError, match=message):
        co.random_chain(*arguments)


@pytest.mark.parametrize("text", ["", ":", "1:", "1:2:3", "a", "1.5:2", "-1:2", "1e3:2", "9" * 50])
def test_a_range_is_two_integers(text):
    with pytest.raises(co.ChainOrderError, match=r"--sizes is .* expected a range"):
        parse_range("--sizes", text)
    assert parse_range("--sizes", "7") == (7, 7)


def test_a_comparison_says_what_rules_an_order_out():
    chain = parse_text(THREE)
    comparison = co.compare(chain, memory=20)
    assert [p.name for p in comparison.plans] == ["forward", "preaccumulate", "optimal"]
    (error,) = comparison.ruled_out
    assert (error.order, error.elemental, error.memory) == ("reverse", 0, 29)
    text = str(comparison)
    assert "reverse needs a memory of 29 for the tape of elementals[0]: there is 20" in text
    assert "no order takes fewer than 56 fma" in " ".join(text.split())
    assert all(len(line) <= 80 for line in text.splitlines() if ": J" not in line)
    assert comparison.to_dict()["ruled_out"][0]["memory"] == 29


def test_a_memory_that_fits_every_tape_changes_nothing():
    chain = parse_text(THREE)
    for order in ("forward", "reverse", "preaccumulate", "optimal"):
        free, limited = co.plan(chain, order), co.plan(chain, order, memory=29)
        assert limited.steps == free.steps
        assert (free.memory, limited.memory) == (None, 29)
    assert co.plan(co.Chain([2, 3, 4]), memory=5).memory == 5


@pytest.mark.parametrize("memory", [-1, 1.5, "5", True])
def test_a_memory_is_a_number_of_entries(memory):
    for chain in (parse_text(THREE), co.Chain([2, 3])):
        with pytest.raises(co.ChainOrderError, match="memory is"):
            co.plan(chain, memory=memory)


def test_if_nothing_is_possible_that_is_one_error():
    chain = co.Chain([2, 3, 4], [co.Elemental(given=False, name="solve"), co.Elemental()])
    with pytest.raises(co.InfeasibleOrderError, match=r"no order .* elementals\[0\] \('solve'\)"):
        co.compare(chain)
    only_adjoint = co.Elemental(given=False, adjoint_cost=3, tape=8)
    with pytest.raises(co.InfeasibleOrderError, match="needs a tape of 8") as caught:
        co.plan(co.Chain([2, 3], [only_adjoint]), memory=7)
    assert caught.value.memory == 8
    assert co.plan(co.Chain([2, 3], [only_adjoint]), memory=8).fma == 9


def test_matrix_free_reports_say_what_each_step_goes_through(tmp_path):
    path = tmp_path / "report.md"
    co.report(co.compare(parse_text(THREE), memory=20), str(path))
    text = path.read_text(encoding="utf-8")
    assert "tangent through J3…J2" in text
    assert "accumulate by tangents" in text
    assert "Not possible: reverse needs a memory of 29" in text
    co.report(parse_text(THREE), str(tmp_path / "report.json"))
    fields = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [plan["fma"] for plan in fields["plans"]] == [150, 100, 123, 56]


def test_timed_chains_are_reported_in_seconds(tmp_path):
    elemental = co.Elemental(given=False, tangent_cost=2 * 10**9, adjoint_cost=10**10)
    chain = co.Chain([3, 4, 5], [elemental] * 2, timing=co.Timing(per_fma=20))
    comparison = co.compare(chain)
    assert comparison.to_dict()["plans"][0]["seconds"] == 0.012
    assert "0.012" in str(comparison)
    co.report(comparison, str(tmp_path / "r.md"))
    assert "No order takes less than" in (tmp_path / "r.md").read_text(encoding="utf-8")


def test_the_command_reads_text_and_counts_what_it_planned():
    process = chainorder("plan", "-", "--json", stdin=THREE)
    plans = json.loads(process.stdout)["plans"]
    assert [plan["order"] for plan in plans] == ["forward", "reverse", "preaccumulate", "optimal"]
    assert [plan["fma"] for plan in plans] == [150, 100, 123, 56]
    assert all(plan["executed"]["fma"] == plan["fma"] for plan in plans)
    assert plans[0]["executed"]["tangents"] == 9


def test_the_command_takes_a_memory_and_says_what_is_not_possible(tmp_path):
    path = tmp_path / "chain.txt"
    path.write_text(THREE)
    process = chainorder("plan", str(path), "--memory", "20")
    assert process.returncode == 0
    assert "reverse needs a memory of 29" in process.stdout
    assert_refused(
        chainorder("plan", str(path), "--memory", "20", "--order", "reverse"), "memory of 29"
    )
    assert_refused(chainorder("plan", str(path), "--memory", "-1"), "--memory")
    path.write_text("2\n3 3 29\n1 2 14\n")
    assert_refused(chainorder("plan", str(path)), str(path), "line 3")


def test_generated_chains_can_be_planned(tmp_path):
    options = ["--length", "50", "--sizes", "1:500", "--edges", "1000:100000", "--seed", "1"]
    text = chainorder("generate", *options).stdout
    chain = co.random_chain(50, (1, 500), (1000, 100_000), seed=1)
    assert parse_text(text) == chain
    path = tmp_path / "chain.json"
    assert chainorder("generate", *options, "-o", str(path)).stdout == ""
    assert co.Chain.from_dict(json.loads(path.read_text())) == chain
    planned = chainorder("plan", "-", "--json", "--no-execute", stdin=text)
    assert json.loads(planned.stdout)["plans"][-1]["fma"] == co.plan(chain).fma


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--length", "0", "--sizes", "1:5"], ["--length"]),
        (["--length", "3", "--sizes", "5:1"], ["sizes is 5:1"]),
        (["--length", "3", "--sizes", "1:x"], ["--sizes is '1:x'"]),
        (["--length", "3", "--sizes", "1:5", "--format", "xml"], ["format is 'xml'"]),
        (["--length", "3", "--sizes", "1:5", "--format", "text"], ["text format"]),
        (["--length", "3", "--sizes", "1:5", "-o", "/nowhere/x"], ["/nowhere/x cannot be written"]),
        (["--length", "3", "--sizes", "1:5", "-o", "/"], ["/ is a directory"]),
    ],
)
def test_chains_that_cannot_be_generated_are_refused(options, words):
    assert_refused(chainorder("generate", *options), *words)


def test_chains_too_long_for_the_optimal_order_have_the_others():
    q = 30_000
    chain = co.Chain.matrix_free(np.full(q + 1, 3).tolist(), [2] * q)
    assert co.plan(chain, "forward").fma == 3 * 2 * q
    assert len(co.plan(chain, "forward").steps) == 2
    assert co.plan(chain, "reverse").fma == 3 * 2 * q
    assert co.plan(chain, "preaccumulate").fma == 3 * 2 * q + 27 * (q - 1)
    with pytest.raises(co.ChainOrderError, match="30,000 elementals are more than 23,170"):
        co.plan(chain)
