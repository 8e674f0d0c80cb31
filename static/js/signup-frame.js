// Tells the page around a sign-up form how tall it is, and nothing else.
(() => {
  "use strict";
  const main = document.getElementById("main");
  if (window.parent === window || !main) return;
  // Not the document's own height: that is never less than the frame's.
  const tell = () => window.parent.postMessage({ tamisHeight: main.scrollHeight + 4 }, "*");
  new ResizeObserver(tell).observe(main);
  tell();
})();
