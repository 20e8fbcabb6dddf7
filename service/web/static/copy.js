/* Copy buttons. Each stays hidden until this script can do what it says; without it the text is selected and copied by hand. */
(() => {
  "use strict";
  for (const text of document.querySelectorAll("textarea.copy")) text.addEventListener("focus", () => text.select());
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("button[data-copies]")) {
    const text = document.getElementById(button.dataset.copies);
    const status = document.getElementById(`${button.dataset.copies}-copied`);
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.value);
        status.textContent = status.dataset.words;
      } catch {
        text.focus(); // the browser does not allow it: selected, ready for the keyboard
      }
    });
  }
})();
