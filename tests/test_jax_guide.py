"""The code of the JAX guide runs, and what it asserts holds."""

import re
from pathlib import Path

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "jax.md"


def test_the_code_of_the_guide_runs():
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 7
    names = {"__name__": "guide"}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), names)
