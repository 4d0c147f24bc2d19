"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  const theme = document.getElementById("theme");
  const themes = ["system", "dark", "light"];
  let chosen = 0;
  theme.hidden = false;
  theme.addEventListener("click", () => {
    chosen = (chosen + 1) % themes.length;
    const name = themes[chosen];
    theme.textContent = `Theme: ${name}`;
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
  });

  const keyOf = (row, column) => {
    const cell = row.cells[column];
    const value = cell.dataset.value;
    return value === undefined ? cell.textContent.trim() : Number(value);
  };
  const compare = (a, b) =>
    typeof a === typeof b
      ? typeof a === "number"
        ? a - b
        : a.localeCompare(b)
      : typeof a === "number"
        ? -1
        : 1;
  for (const table of all("table.sortable")) {
    const headings = all("thead th", table);
    const body = table.tBodies[0];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const numeric = heading.classList.contains("number");
        const before = heading.getAttribute("aria-sort");
        const first = numeric ? "descending" : "ascending";
        const other = numeric ? "ascending" : "descending";
        const way = before === first ? other : first;
        headings.forEach((each) => each.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", way);
        const sign = way === "ascending" ? 1 : -1;
        const rows = [...body.rows];
        const last = rows.filter((row) => row.classList.contains("rest"));
        const sorted = rows
          .filter((row) => !row.classList.contains("rest"))
          .sort((a, b) => sign * compare(keyOf(a, column), keyOf(b, column)));
        body.append(...sorted, ...last);
      });
    });
  }

  for (const readout of all("[data-readout]")) {
    const table = readout.previousElementSibling;
    const tell = (event) => {
      const cell = event.target.closest("[data-tip]");
      if (cell) readout.textContent = cell.dataset.tip;
    };
    table.addEventListener("focusin", tell);
    table.addEventListener("pointerover", tell);
  }

  for (const player of all(".player")) {
    const frames = JSON.parse(player.dataset.frames);
    const controls = player.querySelector(".controls");
    const slider = controls.querySelector("input");
    const output = controls.querySelector("output");
    const marks = all("[data-from],[data-to]", player);
    const show = () => {
      const now = Number(slider.value);
      for (const mark of marks) {
        const from = Number(mark.dataset.from ?? 0);
        const to = Number(mark.dataset.to ?? Infinity);
        mark.classList.toggle("gone", now < from || now >= to);
        mark.classList.toggle("now", now > 0 && now === from);
      }
      const text = `${frames[now][0].toUpperCase()}${frames[now].slice(1)}.`;
      output.textContent = text;
      slider.setAttribute("aria-valuetext", text);
    };
    controls.hidden = false;
    slider.addEventListener("input", show);
    show();
  }
})();
