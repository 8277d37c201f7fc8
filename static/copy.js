// Copies what a button names onto the clipboard, and says so on the button for a moment.
(() => {
  "use strict";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.setAttribute("aria-busy", "true");
      setTimeout(() => button.removeAttribute("aria-busy"), 2000);
    } catch {
      // Without leave for the clipboard the text is selected, so that one key copies it.
      getSelection().selectAllChildren(source);
    }
  });
})();
