"""Input that cannot be used: one line that names the item, from the library and the command."""

import json

import numpy as np
import pytest
from command import assert_refused, chainorder

import chainorder as co

LONG = "1" * 5000
"""More digits than Python makes an integer of."""

CHAIN = {"format": "chainorder/1", "kind": "chain", "sizes": [3, 2, 4]}


@pytest.mark.parametrize(
    ("sizes", "complaint"),
    [
        ([], "at least two sizes"),
        ([5], "at least two sizes"),
        ([3, 0], r"sizes\[1\] is 0: a size must be an integer of at least 1"),
        ([2, 3, -5], r"sizes\[2\] is -5: a size must be an integer of at least 1"),
        ([1.5, 2], r"sizes\[0\] is 1.5"),
        ([2, 3.0], r"sizes\[1\] is 3.0"),
        (["1e3", 2], r"sizes\[0\] is '1e3'"),
        ([2, True], r"sizes\[1\] is True"),
        ([2, None], r"sizes\[1\] is None"),
        ([2, 10**30], r"sizes\[1\] is 1000000000000000000000000000000: .* at most 10\^18"),
        ([2, 10**5000], r"sizes\[1\] has more than 60 digits: a size is at most 10\^18"),
        ([-(10**5000), 2], r"sizes\[0\] has more than 60 digits: a size must be an integer"),
        ("12", "sizes is '12': expected a sequence"),
        (12, "sizes is 12: expected a sequence"),
        (np.ones((2, 2), dtype=int), r"shape \(2, 2\)"),
        (np.array([2.0, 3.0]), r"sizes\[0\] is 2.0"),
        (np.array([2, 0, 3]), r"sizes\[1\] is 0"),
        (np.array([2, np.nan]), r"sizes\[0\] is 2.0"),
        (np.array([2, 2**63], dtype=np.uint64), r"sizes\[1\] is 9223372036854775808"),
    ],
)
def test_sizes_that_are_none_are_named(sizes, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint):
        co.Chain(sizes)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"tangent_cost": -1}, "tangent_cost is -1: a cost must be an integer of at least 0"),
        ({"adjoint_cost": 1.5}, "adjoint_cost is 1.5"),
        ({"tape": "x"}, "tape is 'x'"),
        ({"given": 1}, "given is 1: expected true or false"),
        ({"structure": "dense"}, "structure is 'dense'"),
        ({"name": 3}, "name is 3: expected text"),
    ],
)
def test_fields_of_an_elemental_are_checked(fields, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint):
        co.Elemental(**fields)


def test_elementals_are_counted():
    with pytest.raises(co.ChainOrderError, match="1 elementals for 3 sizes: expected 2"):
        co.Chain([2, 3, 4], [co.Elemental()])
    with pytest.raises(co.ChainOrderError, match=r"elementals\[1\] is 3: expected an Elemental"):
        co.Chain([2, 3, 4], [co.Elemental(), 3])


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda c: co.plan(c, "fastest"), "order is 'fastest': .* forward, reverse, optimal"),
        (lambda c: co.plan(c, objective="time"), "objective is 'time': expected one of fma, flops"),
        (lambda c: co.plan([2, 3]), r"problem is \[2, 3\]: expected a Chain"),
        (lambda c: co.compare(c, []), "orders is"),
        (lambda c: co.compare(c, "forward"), "orders is 'forward'"),
        (lambda c: co.compare(c, 5), "orders is 5: expected names of orders"),
        (lambda c: co.plan(c, seed=1.5), "seed is 1.5: a seed must be an integer"),
        (lambda c: co.plan(c, time_limit="3"), "time_limit is '3': expected seconds"),
        (lambda c: co.plan(c, time_limit=float("nan")), "time_limit is nan: expected seconds"),
        (lambda c: co.plan(c, time_limit=True), "time_limit is True: expected seconds"),
        (lambda c: co.plan(c, machines=2, time_limit=-1), "time_limit is -1: expected seconds"),
        (lambda c: co.schedule(co.plan(c), 2, "3"), "time_limit is '3': expected seconds"),
        (lambda c: co.plan(c, on_progress=5), "on_progress is 5: expected a function"),
        (lambda c: co.report(c, None), "path is None: expected the path of a file"),
        (lambda c: co.plan(c).draw(5), "path is 5: expected the path of a file"),
        (lambda c: co.compare(c, ["forward", "forward"]), r"orders\[1\] is 'forward'"),
        (lambda c: co.report(c, "report.pdf"), "report.pdf: a report ends in"),
        (lambda c: co.report([], "report.md"), "no plans"),
        (lambda c: co.report([3], "report.md"), r"plans\[0\] is 3"),
    ],
)
def test_misuse_of_the_library_is_named(call, complaint):
    with pytest.raises(co.ChainOrderError, match=complaint):
        call(co.Chain([2, 3, 4]))


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ("", ["no sizes"]),
        ("5", ["at least two sizes"]),
        ("0,3", ["sizes[0] is 0"]),
        ("3,-5,2", ["sizes[1] is -5: a size must be an integer of at least 1"]),
        ("-5,3", ["sizes[0] is -5"]),
        ("1.5,2", ["sizes[0] is '1.5'"]),
        ("1e3,2", ["sizes[0] is '1e3'"]),
        ("1" + "0" * 30 + ",2", ["sizes[0]", "at most 10^18"]),
        ("1" + "0" * 9000 + ",2", ["sizes[0] has 9001 digits"]),
        ("2,,3", ["sizes[1] is ''"]),
        ("2,x,3", ["sizes[1] is 'x'"]),
        ("²,3", ["sizes[0] is '²'"]),
        ("hello", ["'hello' is neither a file nor sizes"]),
        ("no/such/file.json", ["'no/such/file.json' is neither a file nor sizes"]),
    ],
)
def test_the_command_names_the_size_that_is_none(sizes, words):
    assert_refused(chainorder("plan", sizes), *words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["no sizes"]),
        (b"\x00\xff\xfe\x80", ["not text"]),
        (json.dumps(CHAIN).encode()[:-9], ["not JSON at line 1, column"]),
        (b"{}", ["kind is None"]),
        (json.dumps({**CHAIN, "kind": "tree"}).encode(), ["kind is 'tree'"]),
        (json.dumps({**CHAIN, "format": "other/9"}).encode(), ["format is 'other/9'"]),
        (json.dumps({**CHAIN, "sizes": "3,2"}).encode(), ["sizes", "list"]),
        (json.dumps({**CHAIN, "sizes": [3, 2.5]}).encode(), ["sizes[1] is 2.5"]),
        (json.dumps({**CHAIN, "size": [3]}).encode(), ["'size' is no field"]),
        (json.dumps({**CHAIN, "elementals": [{}]}).encode(), ["1 elementals for 3 sizes"]),
        (json.dumps({**CHAIN, "elementals": [{}, 3]}).encode(), ["elementals[1] is 3"]),
        (json.dumps({**CHAIN, "elementals": [{}, {"tape": -2}]}).encode(), ["elementals[1]: tape"]),
        (b'{"kind": "chain", "format": "chainorder/1", "sizes": [NaN, 2]}', ["sizes[0] is nan"]),
        (b"{" * 100_000, ["not JSON"]),
        (b"null\n", ["the text is null: expected a JSON object (a chain or a graph), or sizes"]),
        (b"true", ["the text is true: expected a JSON object"]),
        (b" false", ["the text is false: expected a JSON object"]),
        (b"[1,2]", ["the text is [1,2]: expected a JSON object"]),
        (b"[\n  1\n]\n", ["the text is [ 1 ]: expected a JSON object"]),
        (b'"3,2"', ['the text is "3,2": expected a JSON object']),
        (
            json.dumps({**CHAIN, "sizes": [3, "long"]}).replace('"long"', LONG).encode(),
            ["sizes[1] has 5000 digits: a size is at most 10^18"],
        ),
        (
            json.dumps({"chain": {**CHAIN, "sizes": ["long", 2]}}).replace('"long"', LONG).encode(),
            ["sizes[0] has 5000 digits: a size is at most 10^18"],
        ),
        (
            json.dumps({**CHAIN, "elementals": [{"tape": "long"}]})
            .replace('"long"', LONG)
            .encode(),
            ["elementals[0].tape has 5000 digits: expected at most 10^18"],
        ),
        (f"3,{LONG}".encode(), ["sizes[1] has 5000 digits: a size is at most 10^18"]),
        (f"3,{LONG}:dense".encode(), ["sizes[1] has 5000 digits: a size is at most 10^18"]),
    ],
)
def test_the_command_names_what_is_wrong_in_a_file(tmp_path, content, words):
    path = tmp_path / "chain.json"
    path.write_bytes(content)
    assert_refused(chainorder("plan", str(path)), str(path), *words)


def test_a_directory_and_a_file_that_cannot_be_read_are_named(tmp_path):
    assert_refused(chainorder("plan", str(tmp_path)), "is a directory")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan"], ["Missing argument"]),
        (["plan", "2,3", "--order", "best"], ["order is 'best'", "forward, reverse, optimal"]),
        (["plan", "2,3", "--objective", "time"], ["objective is 'time'", "fma, flops"]),
        (["plan", "2,3", "--seed", "-1"], ["--seed"]),
        (["plan", "2,3", "--frobnicate"], ["--frobnicate"]),
        (["plan", "2,3", "4,5"], ["4,5"]),
        (["plot", "2,3"], ["plot"]),
        (["report", "2,3"], ["--output"]),
        (["report", "2,3", "-o", "out.pdf"], ["out.pdf", ".md"]),
        (["report", "2,3", "-o", "no/such/folder/out.md"], ["no directory no/such/folder"]),
    ],
)
def test_the_command_names_the_argument_that_does_not_fit(arguments, words):
    assert_refused(chainorder(*arguments), *words)
