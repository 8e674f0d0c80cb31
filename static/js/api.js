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
