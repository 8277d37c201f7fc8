// The editor of a campaign: placeholders lit inside the texts, picked from a list, and put right where pre-flight says so.
// Without it the texts are plain text areas, and the buttons of the form do the rest.
(() => {
  "use strict";
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const TOKEN = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;

  // ---- Light: the layer behind a text says the same, with the placeholders marked ----
  const faults = new Map();
  function readFaults() {
    faults.clear();
    for (const line of all(".finding-error[data-finding], .finding-warning[data-finding]")) {
      const { finding, line: row, column } = line.dataset;
      if (row) faults.set(finding, [...(faults.get(finding) ?? []), [Number(row), Number(column)]]);
    }
  }
  const offset = (text, [row, column]) => text.split("\n").slice(0, row - 1).reduce((sum, line) => sum + line.length + 1, 0) + column - 1;
  function mark(token, isFaulty) {
    const span = document.createElement("span");
    span.className = `lit-mark${token.startsWith("{%") ? " is-tag" : ""}${isFaulty ? " is-faulty" : ""}`;
    span.textContent = token;
    return span;
  }
  function light(area) {
    const layer = one(".lit-layer", area.parentElement);
    const text = area.value;
    const wrong = (faults.get(area.dataset.words) ?? []).map((place) => offset(text, place));
    const pieces = [];
    let from = 0;
    for (const { 0: token, index } of text.matchAll(TOKEN)) {
      const end = index + token.length;
      pieces.push(text.slice(from, index), mark(token, wrong.some((place) => place >= index && place < end)));
      from = end;
    }
    // A line that is still empty takes its room as well.
    layer.replaceChildren(...pieces, text.slice(from), "\u200b");
    layer.dir = area.dir;
    area.closest(".lit").classList.add("is-lit");
  }
  const lightAll = () => {
    readFaults();
    all("textarea[data-words]").forEach(light);
  };

  // ---- Placeholders: put where the cursor was last, in the text that is in front ----
  let last = null;
  const inFront = () => all("textarea[data-words]").filter((area) => area.checkVisibility());
  function target() {
    const open = inFront();
    return open.includes(last) ? last : open.find((area) => !area.closest(".lit-line")) ?? open[0];
  }
  function say(area) {
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function insert(text) {
    const area = target();
    if (!area || area.disabled) return;
    area.focus();
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    say(area);
  }
  const items = () => all("#placeholder-list [data-insert]").filter((item) => !item.hidden);
  function find(words) {
    const wanted = words.trim().toLowerCase();
    for (const item of all("#placeholder-list [data-insert]")) item.hidden = !`${item.dataset.insert} ${item.textContent}`.toLowerCase().includes(wanted);
    for (const group of all("#placeholder-list [data-group]")) group.hidden = !one("[data-insert]:not([hidden])", group);
    const none = one("#placeholder-list [data-none]");
    if (none) none.hidden = !wanted || items().length > 0;
  }
  function walk(event) {
    const list = items();
    const here = list.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !list.length) return;
    event.preventDefault();
    if (here + step < 0) one("[data-find]")?.focus();
    else list[Math.min(here + step, list.length - 1)].focus();
  }

  // ---- Replace: the text that pre-flight suggests ----
  function replace(button) {
    const area = one(`textarea[data-words="${button.dataset.replace}"]`);
    if (!area) return false;
    area.value = button.dataset.text;
    const [channel, language] = button.dataset.replace.split(".");
    for (const radio of [one(`#shown-${channel}`), one(`#shown-${channel}-${language}`)]) if (radio) radio.checked = true;
    area.focus();
    say(area);
    return true;
  }

  document.addEventListener("input", (event) => {
    const { target: field } = event;
    if (field.matches("textarea[data-words]")) light(field);
    if (field.matches("[data-find]")) {
      // What is looked for is no part of the campaign.
      event.stopImmediatePropagation();
      find(field.value);
    }
  }, true);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-find]")) event.stopImmediatePropagation();
    const together = event.target.dataset.together;
    if (together) for (const twin of all(`[data-together="${together}"]`)) twin.value = event.target.value;
  }, true);
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("textarea[data-words]")) last = event.target;
  });
  document.addEventListener("click", (event) => {
    const item = event.target.closest?.("[data-insert]");
    if (item) insert(item.dataset.insert);
    if (event.target.closest?.("button[name$=_channel], button[name$=_language]")) isAnother = true;
    const button = event.target.closest?.("[data-replace]");
    if (button && replace(button)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
  document.addEventListener("keydown", (event) => {
    const { target: here, key } = event;
    if (here.matches?.(".lit-line textarea") && key === "Enter") event.preventDefault();
    if (here.closest?.(".placeholders")) walk(event);
    if (here.matches?.("[data-find]") && key === "Enter") {
      event.preventDefault();
      items()[0]?.click();
    }
    if (here.matches?.("[data-insert]") && key === "Escape") one("[data-find]")?.focus();
  });

  // ---- The form drawn anew: what was folded open stays open, and somebody who added something goes on there ----
  let open = [];
  let isAnother = false;
  document.addEventListener("htmx:before:swap", () => { open = all("#campaign details.raw[open]").map((box) => box.id).filter(Boolean); });
  document.addEventListener("htmx:after:swap", () => {
    for (const id of open) one(`#${id}`)?.setAttribute("open", "");
    find(one("[data-find]")?.value ?? "");
    lightAll();
    // Whoever added or took out a channel or a language goes on in the text that is in front now.
    if (document.activeElement === document.body) (one("#campaign [autofocus]") ?? (isAnother ? inFront()[0] : null))?.focus();
    isAnother = false;
  });
  lightAll();
})();
