// The list of customers: ticking a selection, and an export that follows the filters.
// Without it every tick box and button still works.
(() => {
  "use strict";
  const furnish = () => {
    const form = document.querySelector("form[data-selection]");
    const results = document.getElementById("results");
    document.querySelectorAll("a[data-export]").forEach((link) => {
      const query = results?.dataset.query;
      link.href = query ? `${link.pathname}?${query}` : link.pathname;
    });
    const bar = form?.querySelector("[data-bar]");
    if (!bar || form.dataset.furnished) return;
    form.dataset.furnished = "1";
    const boxes = [...form.querySelectorAll("[name=people]")];
    const every = form.querySelector("[data-tick-all]");
    const all = form.querySelector("[name=scope]");
    const said = form.querySelector("[data-selected]");
    let last = null;
    every.hidden = false;
    const tell = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      every.checked = ticked === boxes.length;
      every.indeterminate = ticked > 0 && ticked < boxes.length;
      all.parentElement.hidden = !all.checked && ticked < boxes.length;
      said.textContent = all.checked ? "" : ticked ? said.dataset.some.replace("%s", window.Tamis.format(ticked)) : said.dataset.none;
      bar.toggleAttribute("data-idle", !ticked && !all.checked);
    };
    boxes.forEach((box, place) => box.addEventListener("click", (event) => {
      // Shift extends the selection from the last box ticked, as in a spreadsheet.
      if (event.shiftKey && last !== null) {
        const [from, to] = [Math.min(last, place), Math.max(last, place)];
        boxes.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
      }
      last = place;
      tell();
    }));
    every.addEventListener("change", () => { boxes.forEach((box) => { box.checked = every.checked; }); tell(); });
    all.addEventListener("change", () => { if (all.checked) boxes.forEach((box) => { box.checked = true; }); tell(); });
    tell();
  };
  document.addEventListener("DOMContentLoaded", furnish);
  document.body.addEventListener("htmx:load", furnish);
  if (document.readyState !== "loading") furnish();
})();
