// The list of products: selection that outlives a page of it, cells that are edited in place, keys. Without it, check boxes, links and forms do the same.
(() => {
  "use strict";
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const KEPT = "catalog-selection";

  // ---- Selection: numbers of products, kept for this tab; "all that match" belongs to one set of filters ----
  const empty = () => ({ ids: [], everything: null });
  function read() {
    try { return { ...empty(), ...JSON.parse(sessionStorage.getItem(KEPT)) }; } catch { return empty(); }
  }
  function keep() {
    try { sessionStorage.setItem(KEPT, JSON.stringify({ ids: [...picked], everything })); } catch { /* A browser that refuses storage forgets at the next page. */ }
  }
  let { ids, everything } = read();
  const picked = new Set(ids);
  let anchor = null;

  const bar = () => one("#bulk");
  const boxes = () => all("#products .row-check");
  const query = () => bar()?.elements.query.value;

  // What is selected on other pages travels with the form as fields that nobody sees.
  function carry(form, here) {
    const elsewhere = everything === null ? [...picked].filter((id) => !here.has(id)) : [];
    one("[data-elsewhere]", form).replaceChildren(...elsewhere.map((id) => {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "ids", value: id });
      return field;
    }));
  }

  function show() {
    const form = bar();
    if (!form) return;
    if (everything !== null && everything !== query()) everything = null;
    const every = everything !== null;
    const rows = boxes();
    for (const box of rows) box.checked = every || picked.has(box.value);
    const on = rows.filter((box) => box.checked).length;
    const count = one("[data-selected]", form);
    const words = every ? count.dataset.selectedAll : count.dataset.selected.replace("{number}", picked.size.toLocaleString(document.documentElement.lang || undefined));
    if (count.textContent !== words) count.textContent = words;
    form.elements.all.checked = every;
    carry(form, new Set(rows.map((box) => box.value)));
    const before = document.activeElement;
    form.classList.toggle("is-on", every || picked.size > 0);
    form.classList.toggle("has-all", every);
    for (const box of all("[data-check-all]")) {
      box.checked = rows.length > 0 && on === rows.length;
      box.indeterminate = !box.checked && (on > 0 || picked.size > 0);
    }
    // The box that was pressed may have given its place to the other one.
    if (before?.matches?.("[data-check-all]") && !before.checkVisibility()) all("[data-check-all]").find((box) => box.checkVisibility())?.focus();
  }

  function pick(box, on) {
    if (everything !== null) {
      // Of all that match, those on this page are the ones that can be seen: taking one away leaves the others of it.
      everything = null;
      picked.clear();
      for (const other of boxes()) if (other !== box) picked.add(other.value);
    }
    if (on) picked.add(box.value);
    else picked.delete(box.value);
  }

  function pickRange(box, on) {
    const rows = boxes();
    const ends = [rows.findIndex((other) => other.value === anchor), rows.indexOf(box)].sort((a, b) => a - b);
    for (const other of ends[0] < 0 ? [box] : rows.slice(ends[0], ends[1] + 1)) pick(other, on);
  }

  function unselect() {
    picked.clear();
    everything = null;
    changed();
  }
  function changed() {
    keep();
    show();
  }

  document.addEventListener("click", (event) => {
    const box = event.target.closest?.(".row-check");
    if (!box) return;
    if (event.shiftKey) pickRange(box, box.checked);
    else pick(box, box.checked);
    anchor = box.value;
    changed();
  });

  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target.matches("[data-check-all]")) {
      everything = null;
      const on = target.checked && boxes().some((box) => !box.checked);
      for (const box of boxes()) pick(box, on);
      changed();
    } else if (target.matches("#bulk [name=all]")) {
      everything = target.checked ? query() : null;
      changed();
    }
  });

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest?.(selector);
    if (hit("[data-unselect]")) {
      unselect();
      (all("[data-check-all]").find((box) => box.checkVisibility()) ?? one("#search"))?.focus();
    }
    const choose = hit("[data-choose]");
    if (choose) choose.setAttribute("aria-pressed", String(document.body.classList.toggle("chooses")));
    const save = hit("[data-export]");
    if (save) {
      const asked = everything === null ? new URLSearchParams([...picked].map((id) => ["ids", id])) : everything;
      htmx.ajax("GET", `${save.dataset.export}?${asked}`, { target: "#dialog", swap: "innerHTML" });
    }
  });

  // The page of a plan follows: what was selected has been dealt with.
  document.addEventListener("htmx:before:response", (event) => {
    const next = event.detail.ctx.hx?.redirect;
    if (next && bar() && /^[0-9]+$/.test(new URL(next, location).pathname.replace(new URL("./", new URL(bar().getAttribute("action"), location)).pathname, ""))) unselect();
  });

  // ---- Cells: the editor stands in the cell, which comes back when it is left; so does the focus ----
  let left = null;
  const place = (cell) => ({ row: cell.parentElement.id, cell: cell.dataset.cell });
  const linkAt = ({ row, cell }) => one(`#${row} [data-cell="${cell}"] .cell-link`);

  function openCell(cell, link) {
    leaveCell();
    left = { ...place(cell), nodes: [...cell.childNodes] };
    htmx.ajax("GET", link.href, { target: cell, swap: "innerHTML" });
  }
  function leaveCell() {
    if (!left) return;
    const cell = one(`#${left.row} [data-cell="${left.cell}"]`);
    if (cell && one(".cell-form", cell)) cell.replaceChildren(...left.nodes);
    linkAt(left)?.focus();
    left = null;
  }

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const cell = event.target.closest?.("[data-cell]");
    const link = cell && !one(".cell-form", cell) && one(".cell-link", cell);
    if (link) {
      event.preventDefault();
      openCell(cell, link);
    } else if (event.target.closest?.("[data-cell-leave]") && left) {
      event.preventDefault();
      leaveCell();
    } else if (left && !cell && !event.target.closest?.("dialog, .toasts") && !typed()) {
      const form = one("#products .cell-form");
      if (form) form.parentElement.replaceChildren(...left.nodes);
      left = null;
    }
  });
  // What was typed is not thrown away by a click elsewhere.
  const typed = () => all(".cell-form input").some((field) => (field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue));

  document.addEventListener("htmx:after:swap", () => {
    show();
    mark();
    const form = one("#products .cell-form");
    if (form && !form.contains(document.activeElement)) {
      const first = one("[aria-invalid='true']", form) ?? one("[autofocus]", form) ?? one("input:not([type=hidden]), a", form);
      first?.focus();
      if (first?.matches("input:not([type=radio])")) first.select?.();
    } else if (!form && left) {
      const back = linkAt(left);
      const lost = document.activeElement === document.body || !document.activeElement;
      left = null;
      if (lost) back?.focus();
    }
  });

  // ---- The view that is open ----
  function mark() {
    for (const link of all(".nav-view")) {
      if (link.search === location.search) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  // ---- Keys: o opens; X selects up to the row. / j k x e n ? are everywhere (app.js) ----
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && one("#products .cell-form") && !one("dialog[open]")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      leaveCell();
      return;
    }
    const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    try { if (localStorage.getItem("shortcuts") === "off") return; } catch { /* A browser without storage has the keys on. */ }
    const row = document.activeElement?.closest?.("[data-row]");
    if (!row) return;
    if (event.key === "o") one(".row-link", row).click();
    else if (event.key === "X") one(".row-check", row)?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: true }));
  }, true);

  show();
  mark();
})();
