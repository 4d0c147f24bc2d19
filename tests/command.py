"""Running the command as a user does, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import chainorder as package

HOME = Path(package.__file__).parent.parent
"""Where the package lies that is tested: beside these files, or where it is installed."""


def chainorder(*args, stdin="", **environment):
    """The finished process of `chainorder ARGS`."""
    return subprocess.run(
        [sys.executable, "-m", "chainorder", *args],
        input=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )


def assert_refused(process, *words):
    """Exit code 2, nothing on stdout, and one line on stderr that has the words."""
    assert process.returncode == 2, process
    assert process.stdout == ""
    lines = process.stderr.splitlines()
    assert len(lines) == 1, process.stderr
    assert lines[0].startswith("chainorder: ")
    for word in words:
        assert word in lines[0]
