// Runs before the first paint, so that a page never flashes in the other theme, and so that CSS knows whether scripts run.
// Without a stored choice the system decides.
(() => {
  "use strict";
  document.documentElement.classList.add("js");
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.bsTheme = chosen;
  } catch {
    // Storage may be refused; the system's theme is a good answer then.
  }
})();
