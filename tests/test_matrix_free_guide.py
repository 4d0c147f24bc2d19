"""The guide's code runs, and what it asserts holds."""

import re
from pathlib import Path

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "matrix_free.md"


def test_the_code_of_the_guide_runs():
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 3
    names = {}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), names)
