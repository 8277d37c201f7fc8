// What is kept in this browser and not with the account: theme and keyboard shortcuts.
(() => {
  "use strict";
  const root = document.documentElement;
  const kept = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const keep = (key, value) => { try { if (value) localStorage.setItem(key, value); else localStorage.removeItem(key); } catch { /* It is forgotten with the page, then. */ } };
  const themes = [...document.querySelectorAll("[data-theme-choice]")];
  const switches = [...document.querySelectorAll("[data-shortcuts-off]")];

  const show = () => {
    const theme = kept("theme") ?? "";
    for (const choice of themes) choice.checked = choice.value === theme;
    for (const box of switches) box.checked = kept("shortcuts") === "off";
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-theme-choice]")) {
      keep("theme", event.target.value);
      if (event.target.value) root.dataset.bsTheme = event.target.value;
      else delete root.dataset.bsTheme;
    }
    show();
  });
  // The switch in the rail chooses too; app.js has heard the click before.
  document.addEventListener("click", (event) => event.target.closest?.("[data-theme-switch]") && show());
  show();
})();
