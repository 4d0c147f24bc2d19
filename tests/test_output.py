"""Where output goes: full disks, closed streams, pipes and narrow terminals."""

import os
import subprocess
import sys
import threading

import pytest
from command import assert_refused, chainorder

COMMANDS = [
    "plan 3,4,5 --no-execute",
    "plan 3,4,5 --json",
    "generate --length 3000 --sizes 1:9",
    "--help",
]


def in_shell(command):
    """The finished process of a line in which `chainorder` is the command."""
    return subprocess.run(
        command.replace("chainorder", f"{sys.executable} -m chainorder", 1),
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_output_that_cannot_be_written_is_one_line(command):
    process = in_shell(f"chainorder {command} > /dev/full")
    message = "chainorder: the output cannot be written: No space left on device\n"
    assert (process.returncode, process.stderr) == (2, message)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_standard_output_is_one_line(command):
    process = in_shell(f"chainorder {command} >&-")
    message = "chainorder: the output cannot be written: Bad file descriptor\n"
    assert (process.returncode, process.stderr) == (2, message)


def test_a_closed_standard_output_does_not_matter_to_who_writes_a_file(tmp_path):
    process = in_shell(f"chainorder report 3,4,5 -o {tmp_path}/report.md >&-")
    assert (process.returncode, process.stderr) == (0, "")
    assert (tmp_path / "report.md").read_text().startswith("# Jacobian of a chain")


@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full"])
def test_where_nobody_can_be_told_the_exit_code_tells(stream):
    assert in_shell(f"chainorder plan 3,x {stream}").returncode == 2


def test_a_closed_standard_input_is_one_line():
    assert_refused(in_shell("chainorder plan - <&-"), "standard input")


def test_a_standard_input_that_cannot_be_read_is_one_line():
    assert_refused(in_shell("chainorder plan - 0>/dev/null"), "standard input cannot be read")


@pytest.mark.parametrize("options", ["", "--json"])
def test_a_reader_that_has_seen_enough_is_no_error(options):
    sizes = ",".join(["7"] * 20_000)
    process = in_shell(
        f"chainorder plan - {options} --no-execute <<< {sizes} | true; echo ${{PIPESTATUS[0]}}"
    )
    assert (process.stdout, process.stderr) == ("0\n", "")


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    process = chainorder("generate", "--length", "3", "--sizes", "1:9", "-o", "/dev/stdout")
    assert process.returncode == 0
    assert process.stdout.startswith('{"format": "chainorder/1"')

    pipe = tmp_path / "pipe.md"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    assert chainorder("report", "3,4,5", "--no-execute", "-o", str(pipe)).returncode == 0
    reader.join(timeout=60)
    assert read[0].startswith("# Jacobian of a chain")
    assert pipe.is_fifo()


def test_a_link_to_a_file_stays_a_link(tmp_path):
    target, link = tmp_path / "target.md", tmp_path / "link.md"
    link.symlink_to(target)
    assert chainorder("report", "3,4,5", "--no-execute", "-o", str(link)).returncode == 0
    assert link.is_symlink()
    assert target.read_text().startswith("# Jacobian of a chain")


def test_a_path_that_is_none_is_one_line(tmp_path):
    long = f"{tmp_path}/{'x' * 300}.md"
    assert_refused(chainorder("report", "3,4,5", "-o", long), "cannot be written", "too long")


def test_below_the_width_of_the_table_there_is_one_figure_a_line():
    narrow = chainorder("plan", "3,4,5", COLUMNS="20").stdout
    for line in ("planned: forward", "  fma: 60", "  flops: 105", "  peak entries: 15"):
        assert line in narrow.splitlines()
    assert "executed: reverse" in narrow
    assert not any(len(line.strip()) == 1 for line in narrow.splitlines())


@pytest.mark.parametrize("columns", [57, 58, 80])
def test_a_table_is_never_folded(columns):
    for problem in ("30,35,15,5,10,20,25", "10000000,20000000,30000000,4000000"):
        shown = chainorder("plan", problem, "--no-execute", COLUMNS=str(columns)).stdout
        table = [line for line in shown.splitlines() if line.startswith(("planned  ", "forward  "))]
        assert len(table) in (0, 2)
        assert all(len(line) <= columns for line in table)
        if not table:
            assert "planned: forward" in shown.splitlines()
