"""A headless browser, and what is asked of a page in it."""

import json
import shutil
from contextlib import contextmanager

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def skip_without_chromium():
    """One line that says what is skipped, where there is no browser."""
    if CHROMIUM is None:
        pytest.skip("pages are not looked at: no chromium", allow_module_level=True)
    pytest.importorskip("playwright.sync_api", reason="pages are not looked at: no playwright")


@contextmanager
def launched():
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


class Opened:
    """A page in the browser, with all that it said and asked for."""

    def __init__(self, browser, path, width=1400, theme="light", **context):
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, **context
        )
        self.page = self.context.new_page()
        self.said, self.asked = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url[:80]))
        self.page.goto(f"file://{path}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def data(self):
        """The JSON that the page offers for download."""
        with self.page.expect_download() as download:
            self.page.click("#data")
        with open(download.value.path(), encoding="utf-8") as file:
            return json.load(file)

    def table(self, name, at=0):
        """The numbers behind the cells of a table, row by row, by the headings of the columns."""
        return self.page.evaluate(
            """([name, at]) => {
              const table = document.querySelectorAll(`table[data-table="${name}"]`)[at];
              const headings = [...table.querySelectorAll("thead th")].map(h => h.textContent);
              return [...table.tBodies[0].rows].map(row => Object.fromEntries(
                [...row.cells].map((cell, c) => [headings[c], {
                  text: cell.textContent.trim(),
                  value: cell.dataset.value === undefined ? null : cell.dataset.value,
                }])));
            }""",
            [name, at],
        )

    def faults(self):
        """What is cut, sticks out, or lies over something else, as far as boxes tell."""
        return self.page.evaluate(_FAULTS)


_FAULTS = """() => {
  const faults = [];
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) faults.push("the page scrolls sideways");
  const visible = (e) => e.getClientRects().length > 0;
  const name = (e) => `${e.tagName} ${(e.textContent || "").trim().slice(0, 40)}`;
  const inside = "p,h1,h2,li,dt,dd,figcaption,button,output,label,input,nav,figure";
  for (const e of document.querySelectorAll(inside)) {
    if (!visible(e) || e.closest(".scroll") || e.matches(".skip")) continue;
    const box = e.getBoundingClientRect();
    if (box.left < -0.5 || box.right > wide + 0.5) faults.push(`sticks out: ${name(e)}`);
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) faults.push(`cut: ${name(e)}`);
  }
  for (const e of document.querySelectorAll("td,th")) {
    if (e.scrollWidth > e.clientWidth + 1) faults.push(`cut: ${name(e)}`);
  }
  const over = (a, b, slack) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
  const blocks = [...document.querySelectorAll("main p,main h1,main h2,main figure,main nav,table")]
    .filter((e) => visible(e) && !e.closest("figure figure"));
  for (let a = 0; a < blocks.length; a++)
    for (let b = a + 1; b < blocks.length; b++) {
      if (blocks[a].contains(blocks[b]) || blocks[b].contains(blocks[a])) continue;
      if (over(blocks[a].getBoundingClientRect(), blocks[b].getBoundingClientRect(), 1))
        faults.push(`over each other: ${name(blocks[a])} and ${name(blocks[b])}`);
    }
  for (const cells of document.querySelectorAll("tr")) {
    const boxes = [...cells.cells].map((c) => c.getBoundingClientRect());
    for (let c = 1; c < boxes.length; c++)
      if (over(boxes[c - 1], boxes[c], 1)) faults.push(`cells over each other: ${name(cells)}`);
  }
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")]
      .map((e) => [e, e.getBoundingClientRect()]).filter(([, box]) => box.width > 0);
    for (const [e, box] of texts)
      if (box.left < frame.left - 1 || box.right > frame.right + 1 ||
          box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        faults.push(`outside its picture: ${name(e)}`);
    for (let a = 0; a < texts.length; a++)
      for (let b = a + 1; b < texts.length; b++)
        if (over(texts[a][1], texts[b][1], 2))
          faults.push(`texts over each other: ${name(texts[a][0])} and ${name(texts[b][0])}`);
  }
  return [...new Set(faults)];
}"""
