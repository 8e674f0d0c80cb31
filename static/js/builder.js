// The builder: structure goes to the server and comes back drawn; values only ask for new counts.
// What stands in the fields is the only state, so the page works the same without this file.
(() => {
  "use strict";
  const form = document.getElementById("builder");
  if (!form) return;
  const { fill, had, inside, menu, number, pacing, sortable, steady, suggest, touch } = window.TamisBuilder;
  const paced = pacing(form);
  steady(form);
  // Copying old styles onto new elements would be refused by the content policy, and serves no one.
  window.htmx.config.attributesToSettle = [];
  const watch = document.getElementById("watch");
  const phone = matchMedia("(max-width: 900px)");
  const at = (name) => (name ? document.getElementById(name) : null);

  // Rich lists: long ones can be searched, lists of values suggest what the data holds. Phones
  // keep their own lists, except where a new value must be typed or its number stands beside it.
  // How many values of a list stand in the sentence while one is elsewhere (see the style sheet).
  const SHOWN = 4;
  const FEW = 9;
  const also = JSON.parse(form.dataset.also || "{}");
  const plain = (select) => phone.matches && !select.multiple && !("free" in select.dataset || "counts" in select.dataset);
  const enrich = async (select) => {
    const picks = select.dataset.rich === "pick";
    if (select.tomselect || select.dataset.enriched || plain(select)) return;
    select.dataset.enriched = "1";
    await window.Tamis.load("tom");
    fill(select);
    if (!select.isConnected || select.tomselect) return;
    const line = (data, escape) => `<div><span>${escape(data.text)}</span>${data.n === undefined ? "" : `<small>${escape(window.Tamis.format(data.n))}</small>`}</div>`;
    const url = select.dataset.suggest;
    // A subject is also found by words that are not its own: "sex", "inactive", "abandoned cart".
    if (select.name.endsWith(".about")) [...select.options].forEach((option) => (option.dataset.also = also[option.value] || ""));
    const options = {
      searchField: ["text", "also"],
      create: select.hasAttribute("data-free"), createOnBlur: select.hasAttribute("data-free"), persist: false, maxOptions: 400,
      placeholder: select.multiple ? "…" : null, hidePlaceholder: true, hideSelected: select.multiple, closeAfterSelect: !select.multiple, refreshThrottle: 0,
      // What was typed to find a value has done its work, and must not become a value of its own.
      onItemAdd() { this.setTextboxValue(""); if (select.multiple) this.refreshOptions(false); },
      // A phone's keyboard would hide a few choices that need no search.
      ...(picks && phone.matches && select.options.length <= FEW ? { controlInput: null } : {}),
      plugins: picks ? (phone.matches && select.options.length <= FEW ? [] : ["dropdown_input"]) : select.multiple ? { remove_button: { title: document.body.dataset.remove } } : [],
      render: {
        option: line,
        option_create: (data, escape) => `<div class="create"><span>+ ${escape(data.input)}</span></div>`,
        no_results: () => `<div class="no-results">${document.body.dataset.nothing}</div>`,
      },
    };
    if (url) {
      Object.assign(options, {
        valueField: "value", labelField: "text", searchField: ["text"], preload: "focus",
        load: (query, done) => fetch(`${url}&q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" } })
          .then((answer) => answer.json()).then((json) => suggest(box, json.results.map(named), done)).catch(() => done()),
      });
    }
    const box = new window.TomSelect(select, options);
    inside(box);
    if (select.dataset.counts) box.on("dropdown_open", () => number(form, select, box));
    // A value the page knows in words keeps them; the data adds how many have it.
    const words = Object.fromEntries([...select.options].map((option) => [option.value, option.text]));
    const named = (found) => ({ ...found, text: words[found.value] ?? found.text });
    if (select.multiple) {
      const more = () => {
        const hidden = box.items.length - SHOWN;
        if (hidden > 0) box.control.dataset.more = `+ ${hidden}`;
        else delete box.control.dataset.more;
      };
      box.on("item_add", more);
      box.on("item_remove", more);
      more();
      // A value among the words is pressed to choose others, not to be marked.
      box.control.addEventListener("click", ({ target }) => {
        if (!target.closest(".item") || target.closest(".remove")) return;
        box.clearActiveItems();
        box.inputState();
        box.refreshOptions(true);
      });
    }
    box.control_input?.setAttribute("aria-label", select.getAttribute("aria-label"));
    if (picks) {
      if (select.dataset.counts && box.control_input) box.control_input.placeholder = document.body.dataset.find;
      box.wrapper.setAttribute("aria-label", select.getAttribute("aria-label"));
      box.control.dataset.none = box.settings.placeholder || "…";
    }
    if (select.getAttribute("aria-invalid")) box.wrapper.classList.add("invalid-control");
    // Somebody came to it, so it opens, whatever is chosen in it already.
    if (wanted === select.id) box.focus();
  };
  // There may be hundreds of lists: each is made rich when one comes to it, values when they show.
  const shown = new IntersectionObserver((seen) => seen.forEach(({ isIntersecting, target }) => {
    if (!isIntersecting) return;
    shown.unobserve(target);
    enrich(target);
  }), { rootMargin: "200px" });
  const reach = (event) => {
    const select = event.target.closest?.("select[data-rich]");
    if (!select || select.tomselect || plain(select)) return;
    event.preventDefault();
    wanted = select.id;
    enrich(select);
  };
  form.addEventListener("mousedown", reach);
  form.addEventListener("focusin", reach);

  // What had the keyboard is gone: a condition that still is there, or the group that held it.
  const nearby = (name) => {
    if (!/^r[-.]/.test(name)) return;
    const place = name.split(".")[0];
    const above = place.includes("-") ? place.slice(0, place.lastIndexOf("-")) : "r";
    (at(`${place}.menu`)?.querySelector("summary") || at(`${above}.add`) || at("r.add")).focus();
  };
  // Focus: after the rule is drawn anew, the server says where the keyboard goes.
  let wanted = "";
  const settle = (name) => {
    if (/^r[-\d]*\.(up|down|join|leave|not)$/.test(name)) menu(name.split(".")[0]);
    const target = at(name);
    // A subject that is chosen already would open its list over the rule, unasked.
    if (!target || (target.matches("[data-next]") && target.value)) return nearby(name);
    wanted = name;
    const grip = target.closest("details.tm-grip");
    if (grip && target.disabled) return grip.querySelector("summary").focus();
    grip?.setAttribute("open", "");
    if (target.tomselect) target.tomselect.focus();
    else target.focus({ preventScroll: false });
    if (target.select && target.type === "text") target.select();
  };

  // What is typed or chosen while the rule is being drawn is put back into the new drawing, at
  // once, so that a request which waited its turn sends it along. Only where places stay the same.
  const since = new Map();
  let keeps = false;
  const note = ({ target }) => target.name && since.set(target.name, target);
  form.addEventListener("input", note, true);
  form.addEventListener("change", note, true);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "rule" || !keeps) return;
    let changed = false;
    since.forEach((old, name) => {
      const box = form.elements[name];
      // A row that was not drawn anew kept what was typed in it.
      if (box === old) changed = true;
      if (!box || box.type !== old.type || box.multiple || box.value === old.value) return;
      box.value = old.value;
      touch(box);
      changed = true;
    });
    since.clear();
    if (changed) count(0);
  });

  // What is asked is named when the request leaves: one that had to wait asks for the latest.
  let command = "";
  const ask = (what) => {
    command = what;
    window.htmx.trigger(form, "submit");
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[name=do]");
    if (button?.form !== form) return;
    command = button.value;
    if (button.type === "button") ask(command);
  });
  // Each submit button that enters a form makes the browser look for its default one among all the
  // controls: on a long rule that takes seconds. Where scripts run, clicks are all that is needed.
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target?.id !== "rule") return;
    detail.serverResponse = detail.serverResponse.replace(/ name="do" value="(?!save)/g, ' type="button"$&');
  });
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== form) return;
    const posted = event.detail.formData;
    restoring = restored ? step : -1;
    if (restored) {
      [...new Set(posted.keys())].filter(ofRule).forEach((name) => posted.delete(name));
      restored.forEach(([name, value]) => posted.append(name, value));
      restored = null;
    }
    event.detail.parameters.do = command || "draw";
    event.detail.parameters.had = had();
    keeps = event.detail.parameters.do.startsWith("draw");
    since.clear();
    command = "";
  });

  // Back and forth: each step is what stood in the fields of the rule, drawn anew by the server.
  const steps = [];
  let step = -1;
  let restored = null;
  let restoring = -1;
  const ofRule = (name) => /^r[-.]/.test(name);
  const standing = () => [...new FormData(form)].filter(([name]) => ofRule(name));
  const keep = () => {
    const now = standing();
    if (restoring >= 0) steps[restoring] = now;
    else if (JSON.stringify(now) !== JSON.stringify(steps[step])) {
      steps.splice(step + 1, steps.length, now);
      if (steps.length > 100) steps.shift();
      step = steps.length - 1;
    }
    restoring = -1;
    mark();
  };
  const mark = () => {
    at("undo").setAttribute("aria-disabled", String(step <= 0));
    at("redo").setAttribute("aria-disabled", String(step >= steps.length - 1));
  };
  // While a step is on its way it is not known yet what there is to take back: that waits for it.
  let due = 0;
  const go = (by) => {
    due = form.classList.contains("htmx-request") ? due + by : 0;
    if (due || !steps[step + by]) return;
    step += by;
    restored = steps[step];
    mark();
    form.dataset.changed = "";
    ask(`draw:${held()}`);
  };
  // After a step the keyboard stays at the condition it was at, without opening its lists anew.
  const held = () => {
    const place = document.activeElement.closest("#rule [data-place]")?.dataset.place;
    return place ? `${place}.grip` : document.activeElement.id;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#undo, #redo");
    if (!button) return;
    event.preventDefault();
    go(button.id === "undo" ? -1 : 1);
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const letter = event.key.toLowerCase();
    if (letter !== "z" && letter !== "y") return;
    const box = event.target;
    // What is being typed is first taken back letter by letter, as everywhere.
    const typing = box.matches?.("input:not([type=radio]), textarea");
    if (typing && (!ofRule(box.name) || box.value !== steps[step]?.find(([name]) => name === box.name)?.[1])) {
      if (box.name || box.value) return;
    }
    event.preventDefault();
    go(letter === "y" || event.shiftKey ? 1 : -1);
  });

  // A changed field, operator, measure or period needs other boxes; everything else only counts.
  form.addEventListener("change", (event) => {
    const control = event.target;
    if (!control.hasAttribute?.("data-redraw")) {
      keep();
      return count(0);
    }
    stop();
    // From a list that was closed by choosing, the next word is where one wants to be.
    const next = control.dataset.next && control.tomselect ? control.dataset.next : control.id || control.name;
    paced(control, () => ask(`draw:${next}`));
  });
  form.addEventListener("input", (event) => {
    if (!event.target.hasAttribute?.("data-redraw") && event.target.name) count(300);
  });
  // A row that was added is on the screen before its figures are asked for.
  const SOON = 50;
  let timer = 0;
  const stop = () => clearTimeout(timer);
  const count = (delay) => {
    stop();
    [at("figures"), at("card")].forEach((part) => part?.classList.add("stale"));
    timer = setTimeout(() => window.htmx.trigger(watch, "preview"), delay);
  };

  // Enter in a box confirms the box; only buttons change the rule, only Save saves.
  const MOVES = { ArrowUp: "up", ArrowDown: "down", ShiftArrowRight: "join", ShiftArrowLeft: "leave" };
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input:not([type=radio])") && !event.target.closest(".ts-wrapper, .ts-dropdown")) {
      event.preventDefault();
      count(0);
    }
    const move = event.altKey && MOVES[(event.shiftKey ? "Shift" : "") + event.key];
    const row = move && event.target.closest("[data-place]");
    if (row) menu(row.dataset.place);
    const button = row && at(`${row.dataset.place}.${move}`);
    if (!button) return;
    event.preventDefault();
    if (!button.disabled) button.click();
  });

  // While the rule is being drawn a person may have gone on: what they typed since is put back.
  let left = null;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "rule") return;
    const active = document.activeElement;
    const moved = active && active.name && form.contains(active) && active.id !== asked;
    left = moved && active.id ? { id: active.id, value: active.value, tag: active.tagName } : null;
  });
  let asked = "";
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== form) return;
    asked = document.activeElement?.id || "";
    stop();
  });
  // At once: the next letter, or a step back, may come before the answer has settled.
  let stayed = false;
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "rule") return;
    const box = left && at(left.id);
    stayed = !!box && box.tagName === left.tag;
    if (stayed) {
      if (box.tagName === "INPUT" && box.value !== left.value) {
        box.value = left.value;
        touch(box);
        count(0);
      }
      box.focus();
    }
    left = null;
    keep();
  });
  document.body.addEventListener("focusOn", (event) => {
    furnish();
    if (!stayed) settle(event.detail.name || event.detail.value);
    stayed = false;
    if (due) go(Math.max(-step, Math.min(due, steps.length - 1 - step)));
    else if (event.detail.count) count(SOON);
  });
  form.addEventListener("focusin", (event) => {
    if (event.target.id !== wanted && !event.target.closest(".ts-wrapper")) wanted = "";
  });

  document.addEventListener("click", (event) => {
    const another = event.target.closest?.("[data-another]");
    if (another) {
      const draw = form.elements.namedItem("draw_of");
      draw.value = String(Number(draw.value) + 1);
      count(0);
    }
  });

  const furnish = () => {
    form.querySelectorAll('select[data-rich="values"]:not([data-enriched])').forEach((select) => shown.observe(select));
    sortable(form, ask);
  };
  if (!phone.matches) window.Tamis.load("tom");
  keep();
  furnish();
})();
