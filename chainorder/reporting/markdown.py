"""A page as Markdown."""

from __future__ import annotations

import re

from .blocks import Block, Code, Figure, Note, Table
from .page import Page
from .wording import sentence


def page_markdown(page: Page) -> str:
    """The whole page; what comes from users is shown as it is, never read as markup."""
    parts = [f"# {escaped(page.title)}", escaped(page.problem)]
    parts.append(escaped(f"{page.claim} {page.proof}"))
    for section in page.sections:
        parts.append(f"## {escaped(section.title)}")
        parts += [text for block in section.blocks if (text := _block(block))]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text such that Markdown shows it as it is: no markup, and no end of a table's cell."""
    return re.sub(r"[\\`*_\[\]<>|~&$]", r"\\\g<0>", text)


def _block(block: Block) -> str:
    if isinstance(block, Note):
        return "" if block.where == "terminal" else sentence(escaped(block.text))
    if isinstance(block, Code):
        return f"`{block.text}`"
    if isinstance(block, Figure):
        return ""
    return _table(block)


def _table(table: Table) -> str:
    shown = [t for t, column in enumerate(table.columns) if column.where != "terminal"]
    columns = [table.columns[t] for t in shown]
    lines = [
        [escaped(column.heading) for column in columns],
        ["---:" if column.numeric else ":---" for column in columns],
        *([escaped(row.cells[t].text) for t in shown] for row in table.rows),
    ]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"{text}\n\n{sentence(escaped(table.caption))}" if table.caption else text
