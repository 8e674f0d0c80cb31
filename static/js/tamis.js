// What every page shares: menus, the confirm dialog, toasts, the busy line, charts and rich selects.
// Pages work without it; nothing here holds state that matters.
(() => {
  "use strict";
  const body = document.body;
  const loaded = new Map();

  // Vendored scripts are fetched when a page first needs them; their addresses stand on <body>.
  const load = (name) => {
    if (!loaded.has(name)) {
      loaded.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = body.dataset[`${name}Src`];
        script.onload = resolve;
        script.onerror = () => reject(new Error(`${name} did not load`));
        document.head.append(script);
      }));
    }
    return loaded.get(name);
  };

  // Menus are <details>: one open at a time, closed by Escape or a click elsewhere.
  const menus = () => document.querySelectorAll("details.tm-menu[open]");
  document.addEventListener("click", (event) => {
    menus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });
  document.addEventListener("focusin", (event) => {
    menus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus().forEach((menu) => {
      menu.removeAttribute("open");
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    });
  });

  // Confirm: the click is held back until the dialog is answered, for plain forms and htmx alike.
  const dialog = document.getElementById("tm-confirm");
  let asked = null;
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-confirm]");
    if (!button || !dialog?.showModal) return;
    if (button.dataset.confirmed) {
      delete button.dataset.confirmed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    asked = button;
    const yes = dialog.querySelector("[value=yes]");
    dialog.querySelector("[data-text]").textContent = button.dataset.confirm;
    yes.textContent = button.dataset.confirmLabel || button.textContent.trim();
    yes.classList.toggle("danger", !button.hasAttribute("data-confirm-safe"));
    dialog.showModal();
    dialog.querySelector("[value=no]").focus();
  }, true);
  // A page that follows a job redraws its buttons meanwhile: the answer goes to the new one.
  const redrawn = (old) => [...document.querySelectorAll("[data-confirm]")].find((button) =>
    ["data-confirm", "name", "value", "hx-post"].every((name) => button.getAttribute(name) === old.getAttribute(name))
    && button.form?.getAttribute("action") === old.form?.getAttribute("action"));
  dialog?.addEventListener("close", () => {
    const button = asked && !asked.isConnected ? redrawn(asked) : asked;
    asked = null;
    if (!button) {
      dialog.returnValue = "";
      return;
    }
    button.focus();
    if (dialog.returnValue === "yes") {
      button.dataset.confirmed = "1";
      button.click();
    }
    dialog.returnValue = "";
  });

  // Toasts: errors and warnings stay until closed, the rest leaves after a while.
  const toasts = document.getElementById("tm-toasts");
  const arm = (toast) => {
    toast.querySelector("button")?.addEventListener("click", () => toast.remove());
    if (toast.matches(".error, .warning")) return;
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 3000) : toast.remove());
    setTimeout(leave, 7000);
  };
  const toast = (text, level = "info") => {
    const made = document.getElementById("tm-toast").content.firstElementChild.cloneNode(true);
    made.classList.add(level);
    made.querySelector("[data-text]").textContent = text;
    toasts.append(made);
    arm(made);
  };
  toasts?.querySelectorAll(".tm-toast").forEach(arm);
  body.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.level));
  body.addEventListener("htmx:responseError", (event) => {
    const said = event.detail.xhr.getResponseHeader("HX-Trigger") || "";
    if (!said.includes("toast")) toast(body.dataset.failed, "error");
  });
  body.addEventListener("htmx:sendError", () => toast(body.dataset.offline, "error"));

  // The busy line: shown for what the person asked, not for what polls by itself.
  const busy = document.getElementById("tm-busy");
  const asking = new Set();
  const polls = (element) => element.closest("[data-quiet]") || /every/.test(element.getAttribute("hx-trigger") || "");
  body.addEventListener("htmx:beforeRequest", (event) => {
    if (!polls(event.detail.elt)) asking.add(event.detail.xhr);
    busy.classList.toggle("on", asking.size > 0);
  });
  body.addEventListener("htmx:afterRequest", (event) => {
    asking.delete(event.detail.xhr);
    busy.classList.toggle("on", asking.size > 0);
  });

  // A plain form shows the busy line and cannot be sent twice.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.closest("[hx-post], [hx-get], [hx-put]") || form.target || form.hasAttribute("data-download")) return;
    busy.classList.add("on");
    setTimeout(() => form.querySelectorAll("button:not([type=button])").forEach((b) => (b.disabled = true)), 0);
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    busy.classList.remove("on");
    document.querySelectorAll("form button:disabled").forEach((b) => (b.disabled = false));
  });

  // Figures in the page's language, with the same spaces as on the server.
  const language = document.documentElement.lang || "fr";
  const format = (value, unit, currency, brief) => {
    const style = { money: { style: "currency", currency: currency || "EUR", trailingZeroDisplay: brief ? "stripIfInteger" : "auto" }, percent: { style: "percent", maximumFractionDigits: 1 } };
    return new Intl.NumberFormat(language === "en" ? "en-GB" : "fr-FR", style[unit] || { maximumFractionDigits: 2 }).format(value);
  };

  const colours = ["#0e7c66", "#3f6fb5", "#c7822b", "#8a5a9e", "#7a8794", "#b4534b", "#5f9e3b", "#2b97a8"];
  const draw = async (canvas) => {
    if (canvas.dataset.drawn) return;
    canvas.dataset.drawn = "1";
    await load("chart");
    const styles = getComputedStyle(body);
    Object.assign(window.Chart.defaults.font, { family: styles.fontFamily, size: 12 });
    window.Chart.defaults.color = styles.getPropertyValue("--tm-soft").trim();
    const given = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    const pale = given.type === "line";
    const datasets = given.datasets.map((set, i) => ({
      borderColor: colours[i % 8], backgroundColor: pale ? `${colours[i % 8]}22` : colours[i % 8],
      borderWidth: pale ? 2 : 0, pointRadius: given.labels.length > 24 ? 0 : 2.5, borderRadius: 3, cubicInterpolationMode: "monotone", fill: pale && given.datasets.length === 1, maxBarThickness: 44, ...set,
    }));
    const across = given.horizontal ? "x" : "y";
    const text = (value, unit) => format(value, unit || given.unit, given.currency);
    const round = ["pie", "doughnut"].includes(given.type);
    const chart = new window.Chart(canvas, {
      type: given.type,
      data: { labels: given.labels, datasets },
      options: {
        indexAxis: given.horizontal ? "y" : "x", responsive: true, maintainAspectRatio: false,
        animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 250 },
        interaction: { mode: "index", intersect: false, axis: given.horizontal ? "y" : "x" },
        scales: round ? {} : {
          [across]: { beginAtZero: true, stacked: !!given.stacked, border: { display: false }, grid: { color: "#f1efea" }, ticks: { maxTicksLimit: 6, callback: (v) => format(v, given.unit, given.currency, true) } },
          [across === "y" ? "x" : "y"]: { stacked: !!given.stacked, grid: { display: false }, border: { color: "#e6e4df" }, ticks: { maxRotation: 0, autoSkip: !given.horizontal } },
        },
        plugins: {
          legend: { display: round || datasets.length > 1, position: "bottom", labels: { boxWidth: 10, boxHeight: 10, useBorderRadius: true, borderRadius: 3 } },
          tooltip: { callbacks: { label: (c) => ` ${round ? c.label : c.dataset.label} : ${text(round ? c.raw : c.parsed[across], c.dataset.unit)}` } },
        },
      },
    });
    window.addEventListener("beforeprint", () => chart.resize());
  };

  // Rich selects: <select data-tom> or, with data-tom-url, options fetched while typing
  // (the address answers {"results": [{"value", "text"}]} to ?q=).
  const enrich = async (select) => {
    if (select.tomselect || select.dataset.enriched) return;
    select.dataset.enriched = "1";
    await load("tom");
    if (!select.isConnected || select.tomselect) return;
    const url = select.dataset.tomUrl;
    const remote = url && {
      preload: "focus", valueField: "value", labelField: "text", searchField: [],
      load: (query, done) => fetch(`${url}${url.includes("?") ? "&" : "?"}q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" } })
        .then((answer) => answer.json()).then((json) => done(json.results)).catch(() => done()),
    };
    new window.TomSelect(select, {
      plugins: select.multiple ? { remove_button: { title: body.dataset.remove } } : {},
      create: select.hasAttribute("data-tom-create"), maxOptions: 500, hideSelected: select.multiple, clearAfterSelect: true, closeAfterSelect: !select.multiple,
      render: { no_results: () => { const none = document.createElement("div"); none.className = "no-results"; none.textContent = body.dataset.nothing; return none; } },
      ...remote,
    });
  };

  const furnish = (root) => {
    root.querySelectorAll?.("canvas[data-chart]").forEach(draw);
    root.querySelectorAll?.("select[data-tom]").forEach(enrich);
  };
  furnish(document);
  body.addEventListener("htmx:load", (event) => furnish(event.detail.elt.parentElement || event.detail.elt));

  body.addEventListener("htmx:beforeCleanupElement", (event) => {
    const gone = event.detail.elt;
    if (gone.matches?.("canvas[data-drawn]")) window.Chart?.getChart(gone)?.destroy();
    gone.tomselect?.destroy();
  });

  // On a phone the settings are one line that slides: show where one is.
  const settings = document.querySelector(".tm-settings > .tm-list");
  const here = settings?.querySelector("[aria-current]");
  if (here) settings.scrollLeft = here.offsetLeft - settings.offsetLeft - 16;

  window.Tamis = { toast, load, format, furnish };
})();
