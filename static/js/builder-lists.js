// What the builder's lists are given: numbers beside the values of a choice, time to type a word,
// and places to drag to.
(() => {
  "use strict";
  // Beside each value of a closed choice, how many people it stands for. What a place is counted
  // by is the distance typed before it.
  const numbers = new Map();
  const numbered = (form, select) => {
    const km = form.elements.namedItem(`${select.name}2`)?.value;
    const url = select.dataset.counts + (km ? `&km=${encodeURIComponent(km)}` : "");
    if (!numbers.has(url)) {
      const asked = fetch(url, { headers: { Accept: "application/json" } }).then((answer) => answer.json()).then((json) => json.counts);
      numbers.set(url, asked.catch(() => numbers.delete(url) && {}));
    }
    return numbers.get(url);
  };
  const number = async (form, select, box) => {
    const counts = await numbered(form, select);
    if (!box.isOpen) return;
    Object.entries(counts).forEach(([value, n]) => {
      const option = box.options[value];
      if (option && option.n !== n) box.updateOption(value, { ...option, n });
    });
  };

  // What opens stays on the screen: on a phone a list is often wider than what is left beside it.
  const inside = (box) => box.on("dropdown_open", (list) => {
    list.style.marginLeft = "";
    const over = list.getBoundingClientRect().right + 8 - document.documentElement.clientWidth;
    if (over > 0) list.style.marginLeft = `${-over}px`;
  });

  // Drag a condition or a group to another place, or into another group.
  const sortable = async (form, ask) => {
    await window.Tamis.load("sortable");
    form.querySelectorAll("[data-members]").forEach((list) => {
      if (list.dataset.sorted) return;
      list.dataset.sorted = "1";
      new window.Sortable(list, {
        group: "rule", handle: ".grip", draggable: "[data-place]", animation: 120, fallbackOnBody: true, invertSwap: true,
        filter: ".tm-nobody", preventOnFilter: false,
        onEnd: ({ item, to, from, newDraggableIndex, oldDraggableIndex }) => {
          if (to === from && newDraggableIndex === oldDraggableIndex) return;
          ask(`move:${item.dataset.place}:${to.dataset.members}:${newDraggableIndex}`);
        },
      });
    });
  };

  // A word typed over a closed list changes it with every letter: what follows waits for the word,
  // or until the keyboard goes elsewhere.
  const PAUSE = 500;
  const pacing = (form) => {
    let typed = null;
    let timer = 0;
    let waiting = null;
    const proceed = () => {
      clearTimeout(timer);
      const then = waiting;
      waiting = null;
      then?.();
    };
    form.addEventListener("pointerdown", () => (typed = null));
    form.addEventListener("focusout", proceed);
    form.addEventListener("keydown", ({ target, key }) => {
      typed = target.matches("select") && (key.length === 1 || key.startsWith("Arrow")) ? target : null;
      if (!waiting || !typed) return;
      clearTimeout(timer);
      timer = setTimeout(proceed, PAUSE);
    });
    return (control, then) => {
      clearTimeout(timer);
      waiting = then;
      if (control === typed) timer = setTimeout(proceed, PAUSE);
      else proceed();
    };
  };

  // Values that arrive once one is chosen must not open the list over the rule again.
  const suggest = (box, values, done) => {
    const focused = box.isFocused;
    if (box.settings.mode === "single" && box.items.length && !box.isOpen) box.isFocused = false;
    done(values);
    box.isFocused = focused;
  };

  // A list that closes as a button is pressed moves what lies below it: the press counts all the same.
  const steady = (form) => {
    let pressed = null;
    let top = 0;
    form.addEventListener("mousedown", ({ target }) => {
      pressed = target.closest("button");
      top = pressed?.getBoundingClientRect().top;
    }, true);
    document.addEventListener("mouseup", ({ target }) => {
      const moved = pressed?.isConnected && pressed.getBoundingClientRect().top !== top;
      if (moved && !pressed.contains(target)) pressed.click();
      pressed = null;
    });
  };

  window.TamisBuilder = { inside, number, pacing, sortable, steady, suggest };
})();
