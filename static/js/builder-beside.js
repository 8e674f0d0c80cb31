// What stands beside the rule: an answer that comes too late is dropped, what was opened stays
// open, and what was typed last is kept when the page goes away or the session has ended.
(() => {
  "use strict";
  const form = document.getElementById("builder");
  if (!form) return;
  const watch = document.getElementById("watch");
  const keep = form.dataset.keep;
  const stash = `tamis-draft:${location.pathname}`;
  const fields = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));

  // The rule is being drawn anew: figures asked for before belong to places that may be gone.
  const drop = () => window.htmx.trigger(watch, "htmx:abort");
  document.body.addEventListener("htmx:beforeRequest", (event) => event.detail.elt === form && drop());
  document.body.addEventListener("htmx:beforeSwap", (event) => event.detail.target?.id === "rule" && drop());

  // Tables opened under a chart stay open when new figures take its place.
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const open = new Set([...event.detail.target.querySelectorAll("details[data-keep][open]")].map((each) => each.id));
    event.detail.fragment?.querySelectorAll("details[data-keep]").forEach((each) => (each.open = open.has(each.id)));
  });

  // While newer facts are being taken in, the figures are asked for again by themselves.
  const FOLLOW = 2500;
  let following = 0;
  const follow = () => {
    clearTimeout(following);
    if (!document.querySelector("#figures [data-newer-facts]")) return;
    following = setTimeout(() => document.querySelector("#figures [data-newer-facts]") && window.htmx.trigger(watch, "preview"), FOLLOW);
  };
  document.body.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target.id === "figures" && follow());
  follow();

  document.addEventListener("click", async (event) => {
    const copy = event.target.closest?.("[data-copy]");
    if (!copy) return;
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
    window.Tamis.toast(copy.dataset.copied, "success");
  });

  // Loaded anew, this page goes on with its own draft.
  const here = (draft) => {
    if (!draft) return;
    const url = new URL(location.href);
    if (draft === "kept") url.searchParams.set("brouillon", form.elements.namedItem("tab").value);
    else url.searchParams.delete("brouillon");
    if (url.href !== location.href) window.history.replaceState(window.history.state, "", url);
  };

  // The server keeps the form with each count; what changed since goes along when one leaves.
  let unkept = false;
  let saved = false;
  const touched = ({ target }) => {
    if (!target.name) return; // what is typed to search a list
    unkept = true;
    here("kept");
    delete form.dataset.kept;
  };
  // A browser's copy of this page has its address too: the copy goes on with a draft of its own.
  const tab = form.elements.namedItem("tab");
  const random = () => [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const me = random();
  const pages = new BroadcastChannel("tamis-drafts");
  pages.addEventListener("message", ({ data }) => {
    if (data.tab !== tab.value) return;
    if (data.asks) return pages.postMessage({ tab: data.tab, to: data.asks });
    if (data.to !== me) return;
    tab.value = random();
    if ("kept" in form.dataset || new URL(location.href).searchParams.has("brouillon")) touched({ target: tab });
  });
  pages.postMessage({ tab: tab.value, asks: me });
  form.addEventListener("input", touched);
  form.addEventListener("change", touched);
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if ((event.detail.elt !== watch && event.detail.elt !== form) || !event.detail.successful) return;
    unkept = false;
    form.dataset.kept = "";
    here(event.detail.xhr.getResponseHeader("Tamis-Draft"));
  });
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    const to = event.detail.xhr.getResponseHeader("HX-Redirect");
    if (!to || (event.detail.elt !== watch && event.detail.elt !== form)) return;
    unkept = false;
    // The session has ended: what stands here waits in this tab until its owner is back.
    if (new URL(to, location.href).searchParams.has("next")) sessionStorage.setItem(stash, fields());
    else saved = true;
  });
  window.addEventListener("pagehide", () => {
    if (unkept && !saved) navigator.sendBeacon(keep, fields());
  });

  // Unsaved work is not thrown away by a stray click; what the server keeps needs no question.
  let saving = false;
  form.addEventListener("change", () => (form.dataset.changed = ""));
  form.addEventListener("click", (event) => {
    if (event.target.closest("button[name=do]")) form.dataset.changed = "";
  });
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    saving = !!event.detail.xhr.getResponseHeader("HX-Redirect");
  });
  window.addEventListener("beforeunload", (event) => "changed" in form.dataset && !saving && !("kept" in form.dataset) && event.preventDefault());

  const waiting = sessionStorage.getItem(stash);
  if (!waiting) return;
  sessionStorage.removeItem(stash);
  const body = new URLSearchParams(waiting);
  body.set("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
  fetch(keep, { method: "POST", body }).then((answer) => {
    if (!answer.ok) return;
    const there = new URL(location.href);
    there.searchParams.set("brouillon", body.get("tab"));
    location.replace(there);
  });
})();
