// The import wizard: a file can be dropped anywhere on the form, and is named before it is sent.
(() => {
  "use strict";
  const form = document.querySelector("[data-import-upload]");
  if (!form) return;
  const limit = 200 * 1024 * 1024;
  const drop = form.querySelector(".im-drop");
  const input = form.querySelector("input[type=file]");
  const shown = () => {
    const file = input.files[0];
    if (!file) return;
    const megabytes = file.size / 1048576;
    drop.querySelector("[data-name]").textContent = file.name;
    drop.querySelector("[data-size]").textContent = megabytes < 0.1
      ? `${window.Tamis.format(Math.max(1, Math.round(file.size / 1024)))} ko`
      : `${window.Tamis.format(Math.round(megabytes * 10) / 10)} Mo`;
    if (file.size > limit) {
      window.Tamis.toast(form.dataset.tooLarge, "error");
      input.value = "";
    }
  };
  input.addEventListener("change", shown);
  ["dragenter", "dragover"].forEach((name) => form.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  }));
  ["dragleave", "drop"].forEach((name) => form.addEventListener(name, (event) => {
    event.preventDefault();
    if (name === "drop" || !form.contains(event.relatedTarget)) drop.classList.remove("over");
  }));
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    shown();
  });
})();
