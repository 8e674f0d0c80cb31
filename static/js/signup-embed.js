// Puts a sign-up form inside another site's page: an iframe where this script stands, as tall as
// its contents. It reads and sets no cookie. Usage:
// <script src="…/signup-embed.js" data-form="…/inscription/my-form/" async></script>
(() => {
  "use strict";
  const script = document.currentScript;
  const form = script?.dataset.form;
  if (!form) return;
  const url = new URL(form);
  url.searchParams.set("embed", "1");
  // Where the person was, kept with the consent; what follows ? or # stays here.
  url.searchParams.set("page", location.origin + location.pathname);
  const frame = document.createElement("iframe");
  frame.src = url.href;
  frame.title = script.dataset.title || "Inscription";
  frame.loading = "lazy";
  Object.assign(frame.style, { width: "100%", maxWidth: "30rem", border: "0", height: "34rem", colorScheme: "normal" });
  script.after(frame);
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== url.origin) return;
    const height = Number(event.data?.tamisHeight);
    if (height > 0 && height < 10000) frame.style.height = `${Math.ceil(height)}px`;
  });
})();
