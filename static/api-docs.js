/* Shows the OpenAPI document with Swagger UI. A token typed in here is forgotten with the page. */
const place = document.getElementById("api-docs");

SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
