/* Tamis: reports page views and carts. Stores and sends nothing before tamis('consent', true). */
(function (w, d) {
  "use strict";
  var me = d.currentScript, to = me && me.dataset.to, K = "tamis", DAYS = 30 * 864e5, MOST = 20;
  var waiting = (w.tamis && w.tamis.q) || [], agreed = false, who = null;

  function load() {
    try { return JSON.parse(w.localStorage.getItem(K)) || {}; } catch (e) { return {}; }
  }
  function save(state) {
    try { w.localStorage.setItem(K, JSON.stringify(state)); } catch (e) { /* private mode */ }
  }
  function send(events) {
    var now = Date.now();
    var body = JSON.stringify({who: who, events: events.map(function (e) {
      var copy = {};
      for (var k in e) if (k !== "t") copy[k] = e[k];
      copy.at = Math.round((now - e.t) / 1000);
      return copy;
    })});
    // Text, so that browsers ask for no permission beforehand; a beacon survives the page.
    if (!(w.navigator.sendBeacon && w.navigator.sendBeacon(to, body)))
      w.fetch(to, {method: "POST", body: body, keepalive: true, credentials: "omit"});
  }
  function flush() {
    var s = load(), now = Date.now();
    var kept = (s.e || []).filter(function (e) { return now - e.t < DAYS; }).slice(-MOST);
    if (agreed && who && to && kept.length) { send(kept); kept = []; }
    s.e = kept;
    save(s);
  }
  function note(name, more) {
    if (!agreed) return;
    var e = {name: name, page: w.location.pathname, t: Date.now(),
      id: Date.now().toString(36) + Math.random().toString(36).slice(2, 8)};
    ["reference", "product", "category", "value"].forEach(function (k) {
      if (more && more[k] != null) e[k] = more[k];
    });
    var s = load();
    (s.e = s.e || []).push(e);
    save(s);
    flush();
  }
  function consent(yes) {
    if (!yes) {
      agreed = false; who = null;
      try { w.localStorage.removeItem(K); } catch (e) { /* nothing was kept */ }
      return;
    }
    if (agreed) return;
    agreed = true;
    var mark = /[?&]tamis=(~[\w-]+)/.exec(w.location.search), s = load();
    if (mark) s.w = mark[1];
    save(s);
    who = who || s.w || null;
    view();
  }
  function view() {
    var m = d.querySelector("meta[name=tamis-reference]");
    note("page_view", m ? {reference: m.content} : null);
  }
  w.tamis = function (what, value) {
    if (what === "consent") consent(value);
    else if (what === "identify") { who = value || null; if (agreed) flush(); }
    else if (what === "cart" || what === "view") note(what === "cart" ? "cart" : "page_view", value);
  };
  // A cookie banner may say it by an event instead of a call.
  d.addEventListener("tamis:consent", function (e) { consent(e.detail === true); });
  waiting.forEach(function (args) { w.tamis.apply(null, args); });
})(window, document);
