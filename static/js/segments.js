// The list of segments can be put in order by dragging; a rule's JSON can be copied.
(() => {
  "use strict";
  const order = async () => {
    const list = document.querySelector("tbody[data-order]");
    if (!list || list.dataset.sorted || !list.querySelector(".grip")) return;
    list.dataset.sorted = "1";
    await window.Tamis.load("sortable");
    new window.Sortable(list, { handle: ".grip", animation: 120, onEnd: ({ oldIndex, newIndex }) => oldIndex !== newIndex && list.closest("form").requestSubmit() });
  };
  order();
  document.body.addEventListener("htmx:load", order);
  document.addEventListener("click", async (event) => {
    const copy = event.target.closest?.("[data-copy]");
    if (!copy) return;
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
    window.Tamis.toast(copy.dataset.copied, "success");
  });
})();
