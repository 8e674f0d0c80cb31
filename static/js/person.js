// A person's form: a sensitive value opens once its consent's words and source are written.
// Without it the field is open, and the server refuses a value without them.
(() => {
  "use strict";
  document.querySelectorAll("[data-guarded]").forEach((guarded) => {
    const value = guarded.querySelector("[name^=attr_]");
    const [words, source] = guarded.querySelectorAll("[data-consent] textarea, [data-consent] input");
    const tell = () => { value.disabled = !(words.value.trim() && source.value.trim()); };
    guarded.addEventListener("input", tell);
    tell();
  });
})();
