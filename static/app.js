// What pages need beside htmx: theme, dialogs, toasts, menus, keyboard, busy buttons, fresh times. Everything works without it, only less smoothly.
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const stored = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* A browser that refuses storage forgets; nothing else is lost. */ } },
  };

  // ---- Theme ----
  function switchTheme() {
    const dark = root.dataset.bsTheme ? root.dataset.bsTheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.bsTheme = dark ? "light" : "dark";
    stored.set("theme", root.dataset.bsTheme);
  }

  // ---- Dialogs: htmx fills #dialog, we open it; it empties itself when closed ----
  // Elements are looked up when they are needed: going back in history replaces the whole body.
  const dialog = () => one("#dialog");
  const focusFirstInvalid = (within) => one("[aria-invalid='true']", within)?.focus();
  // What is wrong, else the first thing to do, else the heading, which says what it is about; never the cross that closes it.
  const FIRST = ["[aria-invalid='true']", "[autofocus]", "input:not([type=hidden], :disabled), select, textarea", "#dialog-title"];
  const focusDialog = () => FIRST.map((selector) => one(selector, dialog())).find(Boolean)?.focus();
  function showDialog() {
    dialog().showModal();
    placeToasts();
    focusDialog();
  }
  const emptyDialog = () => { placeToasts(); dialog().replaceChildren(); };
  document.addEventListener("close", (event) => event.target.id === "dialog" && emptyDialog(), true);
  document.addEventListener("dialog-close", () => dialog()?.open && dialog().close());

  // ---- Toasts leave by themselves, except errors; they wait while pointed at or focused ----
  function tend(toast) {
    if ("stays" in toast.dataset || toast.dataset.tended) return;
    toast.dataset.tended = "yes";
    const wait = one("form", toast) ? 20000 : 8000;
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
    setTimeout(leave, wait);
  }
  // A modal dialog covers and silences everything outside it: while one is open, the toasts stand inside it.
  let tray;
  function placeToasts() {
    tray = one(".toasts") ?? tray;
    const home = dialog()?.open ? dialog() : document.body;
    if (tray && tray.parentElement !== home) home.append(tray);
  }
  const tendToasts = () => all("#toasts [data-toast]").forEach(tend);
  const sayOffline = () => one("#toasts")?.append(one("#toast-offline").content.cloneNode(true));

  // ---- Menus are <details>: one open at a time ----
  const openMenus = () => all("details.menu[open]");
  function closeMenus(except) {
    for (const menu of openMenus()) if (!menu.contains(except)) menu.open = false;
  }

  // ---- The rail on a phone ----
  function toggleRail(open) {
    const rail = one("#rail");
    rail.classList.toggle("is-open", open);
    one(".rail-scrim").hidden = !open;
    one("[data-rail]").setAttribute("aria-expanded", String(open));
    (open ? one("a", rail) : one("[data-rail]")).focus();
  }

  // ---- Busy buttons take no second click ----
  function busy(form, button) {
    const pressed = button ?? one("button[type='submit']", form);
    form.dataset.busy = "yes";
    if (pressed && one(".btn-busy", pressed)) pressed.setAttribute("aria-busy", "true");
  }
  function idle(form) {
    delete form.dataset.busy;
    all("[aria-busy='true']", form).forEach((button) => button.removeAttribute("aria-busy"));
  }

  // ---- Times: the server's words, kept fresh; exact in the viewer's zone on hover, in Latin digits ----
  const words = JSON.parse(document.body.dataset.agoWords || "{}");
  const exact = new Intl.DateTimeFormat(root.lang ? `${root.lang}-u-nu-latn` : undefined, { dateStyle: "medium", timeStyle: "long", timeZone: root.dataset.timeZone });
  const counted = (forms, count) => forms[new Intl.PluralRules(root.lang || undefined).select(count)].replace("{n}", count);
  function ago(then) {
    const minutes = Math.floor((Date.now() - then) / 60000);
    if (minutes < 0) return null;
    if (minutes < 1) return words.now;
    if (minutes < 60) return counted(words.minutes, minutes);
    if (minutes < 1440) return counted(words.hours, Math.floor(minutes / 60));
    return null;
  }
  function refreshTimes(within = document) {
    for (const time of all("time[data-ago]", within)) {
      const then = new Date(time.dateTime);
      time.title = exact.format(then);
      const fresh = words.now && ago(then.getTime());
      if (fresh && time.textContent !== fresh) time.textContent = fresh;
    }
  }
  setInterval(refreshTimes, 30000);

  // ---- Events ----
  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest?.(selector);
    closeMenus(hit("a.menu-item, button.menu-item") ? null : event.target);
    if (hit("[data-theme-switch]")) switchTheme();
    if (hit("[data-dismiss]")) hit("[data-toast]")?.remove();
    if (hit("[data-rail]")) toggleRail(!one("#rail").classList.contains("is-open"));
    if (hit(".rail-scrim")) toggleRail(false);
    const opener = hit("[data-open]");
    if (opener) one(`#${opener.dataset.open}`).showModal();
    const open = hit("[data-close]")?.closest("dialog");
    if (open) {
      event.preventDefault();
      open.close();
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-shortcuts-off]")) stored.set("shortcuts", event.target.checked ? "off" : "on");
  });

  // Capture, so that a second press is stopped before htmx or the browser sees it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "get" || form.method === "dialog") return;
    if (form.dataset.busy) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else {
      setTimeout(() => busy(form, event.submitter));
    }
  }, true);
  window.addEventListener("pageshow", () => all("form[data-busy]").forEach(idle));
  document.addEventListener("htmx:finally:request", () => all("form[data-busy]").forEach(idle));
  document.addEventListener("htmx:error", (event) => event.detail.ctx && sayOffline());
  document.addEventListener("htmx:after:swap", (event) => {
    refreshTimes();
    placeToasts();
    tendToasts();
    const filled = one(".dialog-body", dialog() ?? document.head) !== null;
    if (filled && !dialog().open) showDialog();
    else if (filled && !dialog().contains(document.activeElement)) focusDialog();
    // A refused form; a list that reloads while somebody types must not take the focus away.
    else if (event.detail.ctx?.request.method !== "GET") focusFirstInvalid(filled ? dialog() : one("main"));
  });

  function walkRows(step) {
    const links = all("[data-row] .row-link").filter((link) => link.offsetParent);
    const here = links.indexOf(one(".row-link", document.activeElement.closest("[data-row]") ?? document.head));
    links[Math.min(Math.max(here + step, 0), links.length - 1)]?.focus();
  }
  const tickRow = () => document.activeElement.closest("[data-row]")?.querySelector(".row-check")?.click();
  function press(key) {
    const row = document.activeElement.closest("[data-row]");
    const editable = key === "e" && row && one("[data-edit]", row)?.dataset.edit;
    if (editable) {
      htmx.ajax("GET", editable, { target: "#dialog", swap: "innerHTML" });
      return true;
    }
    const target = one(`main [data-key="${key}"]`);
    if (!target) return false;
    if (target.matches("input")) {
      target.focus();
      target.select();
    } else {
      target.click();
    }
    return true;
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = openMenus().at(-1);
      if (menu) {
        menu.open = false;
        one("summary", menu).focus();
        event.preventDefault();
      } else if (one("#rail.is-open")) {
        toggleRail(false);
      }
      return;
    }
    const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]") || stored.get("shortcuts") === "off") return;
    if (event.key === "j") walkRows(1);
    else if (event.key === "k") walkRows(-1);
    else if (event.key === "x") tickRow();
    else if (event.key === "?") one("#shortcuts")?.showModal();
    else if ("/ne".includes(event.key) && press(event.key)) event.preventDefault();
  });

  const off = one("[data-shortcuts-off]");
  if (off) off.checked = stored.get("shortcuts") === "off";
  refreshTimes();
  tendToasts();
  focusFirstInvalid(one("main") ?? document);
})();
