"""A page as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from .blocks import Block, Code, Figure, Note, Table
from .page import Page
from .wording import sentence


def page_markdown(page: Page, pictures: Mapping[str, str] = MappingProxyType({})) -> str:
    """The whole page; what comes from users is shown as it is, never read as markup.

    Args:
        page: what to show.
        pictures: the files of those figures that have one, by the names of the figures.
    """
    parts = [f"# {escaped(page.title)}", escaped(page.problem)]
    parts.append(escaped(f"{page.claim} {page.proof}"))
    parts += [text for block in page.pictures if (text := _block(block, pictures))]
    for section in page.sections:
        parts.append(f"## {escaped(section.title)}")
        parts += [text for block in section.blocks if (text := _block(block, pictures))]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text such that Markdown shows it as it is: no markup, and no end of a table's cell."""
    return re.sub(r"[\\`*_\[\]<>|~&$]", r"\\\g<0>", text)


def _block(block: Block, pictures: Mapping[str, str]) -> str:
    if isinstance(block, Note):
        return "" if block.where == "terminal" else sentence(escaped(block.text))
    if isinstance(block, Code):
        lines = block.text.count("\n")
        return f"```text\n{block.text}\n```" if lines else f"`{block.text}`"
    if isinstance(block, Figure):
        path = pictures.get(block.name)
        # Without a file there is nothing to show, and the tables say the same.
        return "" if path is None else f"![{escaped(sentence(block.caption))}](<{path}>)"
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
