/* The drop area of an upload: it shows the file that was chosen, and that one may be let go here. */
(() => {
  "use strict";
  const over = (event, isOver) => {
    const area = event.target.closest?.("[data-drop]");
    if (area) area.toggleAttribute("data-over", isOver);
  };
  document.addEventListener("dragover", (event) => over(event, true));
  document.addEventListener("dragleave", (event) => over(event, false));
  document.addEventListener("drop", (event) => over(event, false));
  document.addEventListener("change", (event) => {
    const area = event.target.closest?.("[data-drop]");
    if (!area) return;
    const file = event.target.files[0];
    area.querySelector("[data-drop-name]").textContent = file ? file.name : "";
  });
})();
