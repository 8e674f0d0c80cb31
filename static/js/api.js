/* The description of the API, drawn by Swagger UI from our own address and no other. */
"use strict";

const place = document.getElementById("api");
window.SwaggerUIBundle({
  url: place.dataset.openapi,
  domNode: place,
  presets: [window.SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
});

/* Swagger UI speaks English only: its own words are put into the reader's language where they
   stand, texts and labels, but for what is data: examples, addresses, answers. */
const words = JSON.parse(place.dataset.words);
const data =
  "pre, code, textarea, option, .opblock-summary-path, .renderedMarkdown, .model, [class*=json-schema]";
const labels = ["aria-label", "title", "placeholder"];

function say(text) {
  const said = text.data.trim();
  if (Object.hasOwn(words, said) && !text.parentElement?.closest(data)) {
    text.data = text.data.replace(said, () => words[said]);
  }
}

function label(element) {
  for (const name of labels) {
    const said = element.getAttribute(name);
    if (said && Object.hasOwn(words, said)) element.setAttribute(name, words[said]);
  }
}

function sayAll(node) {
  if (node.nodeType === Node.TEXT_NODE) return say(node);
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  label(node);
  const below = document.createTreeWalker(node, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  while (below.nextNode()) {
    if (below.currentNode.nodeType === Node.TEXT_NODE) say(below.currentNode);
    else label(below.currentNode);
  }
}

new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type === "attributes") label(change.target);
    else if (change.type === "characterData") say(change.target);
    else change.addedNodes.forEach(sayAll);
  }
}).observe(place, {
  childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: labels,
});
sayAll(place);
