// What forms need beside htmx: asking before typed text is thrown away, what a moment in UTC is here, what is ticked in a menu.
(() => {
  "use strict";
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const said = (form) => JSON.stringify([...new FormData(form)].filter(([name]) => name !== "csrf_token"));

  // ---- A form that was changed asks before it is left: in its own foot, and by the browser where the page goes ----
  // What a form said is kept by its address, so that a form drawn anew with one more row still knows what it began with.
  const first = new Map();
  const guarded = (within = document) => all("form[data-guard]", within);
  const isChanged = (form) => first.has(form.action) && first.get(form.action) !== said(form);
  function remember() {
    const here = guarded();
    for (const action of first.keys()) if (!here.some((form) => form.action === action)) first.delete(action);
    for (const form of here) {
      // A form that is drawn anew because it was saved begins with what it says now.
      if (!first.has(form.action) || "saved" in form.dataset) first.set(form.action, "typed" in form.dataset ? "" : said(form));
      delete form.dataset.saved;
    }
  }
  function ask(form) {
    const box = one(".leave-ask", form);
    if (!box || !box.hidden) return;
    box.hidden = false;
    one("[data-stay]", box).focus();
  }
  function stay(form) {
    one(".leave-ask", form).hidden = true;
    one("input:not([type=hidden]), textarea, select", form)?.focus();
  }
  // Before app.js and the browser: they would close the dialog.
  document.addEventListener("keydown", (event) => {
    const form = guarded(one("dialog[open]") ?? document.createElement("div"))[0];
    if (event.key !== "Escape" || !form || !isChanged(form) || one("details.menu[open]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    one(".leave-ask", form)?.hidden ? ask(form) : stay(form);
  }, true);
  document.addEventListener("cancel", (event) => {
    const form = guarded(event.target)[0];
    if (!form || !isChanged(form)) return;
    event.preventDefault();
    ask(form);
  }, true);
  document.addEventListener("click", (event) => {
    const form = guarded().find((candidate) => (candidate.closest("dialog") ?? candidate.closest(".dialog-page") ?? candidate).contains(event.target));
    if (!form) return;
    if (event.target.closest("[data-stay]")) stay(form);
    if (event.target.closest("[data-discard]")) {
      first.set(form.action, said(form));
      if (!form.closest("dialog")) location.assign(one("a[data-close]", form.closest(".dialog-page") ?? form).href);
    } else if (event.target.closest("[data-close]") && isChanged(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(form);
    }
  }, true);
  document.addEventListener("submit", (event) => first.has(event.target.action) && event.target.setAttribute("data-sent", ""), true);
  window.addEventListener("beforeunload", (event) => {
    if (guarded().some((form) => isChanged(form) && !form.hasAttribute("data-sent"))) event.preventDefault();
  });

  // ---- A moment in UTC, as a clock here shows it ----
  const here = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  function sayHere(input) {
    if (zone === "UTC") return;
    let note = input.nextElementSibling;
    if (!note?.classList.contains("in-zone")) {
      note = document.createElement("span");
      note.className = "in-zone";
      input.after(note);
    }
    note.textContent = input.value ? `${here.format(new Date(`${input.value}Z`))}, ${zone}` : "";
  }

  // ---- A menu of ticks says on its button what is ticked ----
  function sayTicked(menu) {
    const told = one("[data-picked]", menu);
    const ticked = all("input:checked", menu).map((box) => box.closest("label").textContent.trim());
    told.textContent = ticked.join(", ") || told.dataset.picked;
  }

  // ---- An editor in the sheet of a product: leaving it reads the sheet again ----
  const again = () => document.body.dispatchEvent(new CustomEvent("products-changed", { bubbles: true }));
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".facts [data-cell-leave]")) return;
    event.preventDefault();
    again();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && event.target.closest(".facts .cell-form") && again());

  document.addEventListener("input", (event) => event.target.matches("[data-utc]") && sayHere(event.target));
  document.addEventListener("change", (event) => {
    const menu = event.target.closest(".pick-menu");
    if (menu) sayTicked(menu);
  });
  function refresh() {
    remember();
    all("[data-utc]").forEach(sayHere);
  }
  // Signed in again: nobody needs to press the button that leads back into the form.
  one("form[data-at-once]")?.requestSubmit();

  document.addEventListener("htmx:after:swap", refresh);
  document.addEventListener("close", () => setTimeout(remember), true);
  document.addEventListener("htmx:finally:request", () => all("[data-sent]").forEach((form) => form.removeAttribute("data-sent")));
  refresh();
})();
