// The rule's rows. They come in brief: each list holds only what is chosen, each menu is empty; what
// belongs in them is told once for the page and put in when somebody comes to it. Drawn anew, only
// the rows that changed come along: the others stay where they are, with all that stands in them.
(() => {
  "use strict";
  const form = document.getElementById("builder");
  if (!form) return;
  const at = (name) => (name ? document.getElementById(name) : null);
  const shelves = {};
  const learn = (root) => {
    const told = root.querySelector("#shelves");
    if (told) Object.assign(shelves, JSON.parse(told.textContent));
  };

  // A list gets all that can be chosen; what is chosen stays so, in its own spelling.
  const fill = (select) => {
    const shelf = shelves[select.dataset.list];
    if (!shelf) return;
    delete select.dataset.list;
    const here = [...select.options];
    const chosen = select.value;
    const values = new Set(shelf.flatMap(([, options]) => options.map(([value]) => value)));
    const spelled = (value, label) => here.find((option) => option.value === value || (option.text === label && option.value && !values.has(option.value)));
    const taken = new Set();
    const made = ([value, label]) => {
      const option = spelled(value, label) || new Option(label, value);
      taken.add(option);
      return option;
    };
    const groups = shelf.map(([label, options]) => {
      const all = options.map(made);
      if (!label) return all;
      const group = document.createElement("optgroup");
      group.label = label;
      group.append(...all.filter((option) => !select.multiple || !here.includes(option)));
      return [group];
    }).flat();
    // Several that are chosen stay in their order, before the rest.
    if (select.multiple) return select.append(...groups.filter((each) => !here.includes(each)));
    select.replaceChildren(...here.filter((option) => !taken.has(option)), ...groups);
    select.value = chosen;
  };
  const come = ({ target }) => target.matches?.("select[data-list]") && fill(target);
  ["pointerdown", "mousedown", "focusin", "keydown"].forEach((name) => form.addEventListener(name, come, true));

  // The menu of a node, from the one pattern.
  const menu = (place) => {
    const details = at(`${place}.menu`);
    if (!details || !("can" in details.dataset) || details.querySelector(".panel")) return;
    const panel = at("menu").content.firstElementChild.cloneNode(true);
    const can = new Set(details.dataset.can.split(" "));
    panel.querySelectorAll("[data-if]").forEach((part) => can.has(part.dataset.if) || part.remove());
    panel.querySelectorAll("button").forEach((button) => {
      button.type = "button";
      button.value += place;
      if (button.id) button.id = place + button.id;
      button.disabled = !!button.dataset.able && !can.has(button.dataset.able);
    });
    details.append(panel);
  };
  form.addEventListener("toggle", ({ target }) => target.matches(".tm-grip") && menu(target.id.replace(/\.menu$/, "")), true);

  // Which rows stand as they were drawn. A row that was touched comes anew; one that is touched
  // while the answer is on its way stays, and what was typed in it with it.
  const rows = (root) => [...root.querySelectorAll(".tm-cond[data-key]")];
  const touch = (box) => {
    const row = box.closest?.(".tm-cond");
    if (row) row.touched = true;
  };
  form.addEventListener("input", ({ target }) => touch(target), true);
  form.addEventListener("change", ({ target }) => touch(target), true);
  let sent = new Map();
  const had = () => {
    const clean = rows(form).filter((row) => !row.touched);
    sent = new Map();
    clean.forEach((row) => sent.set(row.dataset.key, [...(sent.get(row.dataset.key) || []), row]));
    return clean.map((row) => row.dataset.key).join(" ");
  };

  // A condition that was put right is no longer told to be wrong.
  at("watch").addEventListener("htmx:afterOnLoad", () => {
    form.querySelectorAll(".tm-wrong").forEach((list) => {
      if (list.children.length) return;
      list.closest("[data-place]")?.querySelectorAll("[aria-invalid]").forEach((control) => {
        if (control.closest("[data-place]") !== list.closest("[data-place]")) return;
        control.removeAttribute("aria-invalid");
        touch(control);
        control.tomselect?.wrapper.classList.remove("invalid-control");
      });
    });
  });

  // Another place is another name for everything in a row.
  const NAMING = ["id", "name", "for", "data-place", "data-next", "aria-describedby", "aria-controls", "aria-owns", "aria-labelledby"];
  const rename = (row, place) => {
    const old = row.dataset.place;
    if (old === place) return;
    const named = new RegExp(`(^|[ :]|(?:^|[ ])[ce]-)${old}(?=[.: ]|$)`, "g");
    const put = (element, name) => {
      const value = element.getAttribute(name);
      if (value?.includes(old)) element.setAttribute(name, value.replace(named, `$1${place}`));
    };
    [row, ...row.querySelectorAll("[id], [name], [for], [aria-controls]")].forEach((element) => {
      NAMING.forEach((name) => put(element, name));
      if (element.name === "do") put(element, "value");
    });
  };
  // What is the same stays: each replacement makes the browser look at the styles again.
  const renew = (old, fresh) => old.isEqualNode(fresh) || old.replaceWith(fresh);
  const kept = (fresh) => {
    const place = fresh.dataset.place;
    const same = sent.get(fresh.dataset.key) || [];
    const row = same.splice(Math.max(same.findIndex((each) => each.dataset.place === place), 0), 1)[0];
    if (!row) return fresh;
    rename(row, place);
    if (fresh.children.length) {
      renew(row.querySelector(":scope > .tm-count"), fresh.querySelector(".tm-count"));
      renew(row.querySelector(".tm-words > .tm-wrong"), fresh.querySelector(".tm-wrong"));
    }
    const grip = row.querySelector(":scope > .tm-grip");
    if (grip.dataset.can !== fresh.dataset.can || grip.querySelector(".panel")) {
      grip.dataset.can = fresh.dataset.can;
      grip.querySelector(".panel")?.remove();
      grip.open = false;
    }
    return row;
  };

  const members = (group) => group.querySelector(":scope > .tm-members");
  // A group keeps its element where there is one at its place, so that what is in it need not move.
  const merge = (fresh, old) => {
    const wanted = [...members(fresh).children].map((child) => {
      if (child.matches(".tm-group")) return merge(child, groups.get(child.dataset.place));
      return "had" in child.dataset ? kept(child) : child;
    });
    const group = old || fresh;
    if (old) {
      // What is told later stays as it was told last.
      const told = old.querySelector(":scope > .tm-group-head > .tm-count");
      if (told) fresh.querySelector(":scope > .tm-group-head > .tm-count[data-later]")?.replaceWith(told.cloneNode(true));
      [...fresh.children].forEach((part, i) => part.matches(".tm-members, [data-later]") || renew(old.children[i], part));
    }
    const list = members(group);
    if (old) list.dataset.members = group.dataset.place;
    const staying = new Set(wanted);
    [...list.children].forEach((child) => staying.has(child) || child.remove());
    let next = list.firstElementChild;
    wanted.forEach((child) => {
      if (child === next) next = next.nextElementSibling;
      else list.insertBefore(child, next);
    });
    return group;
  };
  let groups = new Map();
  const swap = (old, fresh) => {
    learn(fresh);
    const [card, drawn] = [old, fresh].map((root) => root.querySelector("#card"));
    const before = rows(old);
    groups = new Map([...old.querySelectorAll(".tm-group")].map((group) => [group.dataset.place, group]));
    merge(drawn.querySelector(".tm-group"), card.querySelector(".tm-group"));
    const sentence = drawn.querySelector("#sentence");
    if (sentence) {
      renew(card.querySelector("#sentence"), sentence);
      card.classList.remove("stale");
    }
    [...old.children].forEach((part) => part === card || part.remove());
    const parts = [...fresh.children];
    card.before(...parts.slice(0, parts.indexOf(drawn)));
    card.after(...parts.slice(parts.indexOf(drawn) + 1));
    before.filter((row) => !row.isConnected).forEach((row) => row.querySelectorAll("select").forEach((select) => select.tomselect?.destroy()));
  };
  // The numbers and faults of all nodes, in one go.
  const tell = (fragment) => {
    [...fragment.children].forEach((told) => at(told.id) && renew(at(told.id), told));
    at("card").classList.remove("stale");
  };
  window.htmx.defineExtension("rule", {
    handleSwap: (style, target, fragment) => {
      if (style === "rule") swap(target, fragment.querySelector("#rule"));
      else if (style === "counts") tell(fragment);
      else return false;
      return [];
    },
  });

  learn(document);
  window.TamisBuilder = { ...window.TamisBuilder, fill, menu, touch, had };
})();
