// Writing a message: merge fields go in where the caret is.
(() => {
  "use strict";
  // On a phone the steps scroll sideways: bring the current one into view.
  document.querySelector(".cp-steps [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  const form = document.getElementById("write");
  if (!form) return;
  let last = form.querySelector("textarea[data-merge]");
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-merge]")) last = event.target;
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button || !last) return;
    last.setRangeText(button.dataset.insert, last.selectionStart, last.selectionEnd, "end");
    last.focus();
    form.dispatchEvent(new Event("merged"));
  });
})();
