/* Shows the OpenAPI document with Swagger UI, in the theme of the other pages. A token typed in here is forgotten with the page. */
(() => {
  "use strict";
  const root = document.documentElement;
  const place = document.getElementById("api-docs");

  // ---- Theme: Swagger UI has a dark one, and a class for it ----
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => root.classList.toggle("dark-mode", root.dataset.bsTheme ? root.dataset.bsTheme === "dark" : system.matches);
  system.addEventListener("change", paint);
  paint();

  // ---- Parts of its own that would be wrong here: links inside buttons, and a choice between one server ----
  const Ours = ({ React }) => ({
    components: {
      DeepLink: ({ text }) => React.createElement("span", null, text),
      ServersContainer: () => null,
    },
  });

  // ---- What its markup does not say. Parts come and go while somebody reads, so each is told when it appears ----
  const named = (name) => (element) => element.setAttribute("aria-label", name);
  const region = (role, name) => (element) => {
    element.setAttribute("role", role);
    if (name) named(name)(element);
  };
  const parameter = (element) => {
    const name = element.closest("[data-param-name]").dataset.paramName;
    if (!element.labels?.length) named(name)(element);
  };
  const REPAIRS = [
    [".information-container", region("banner")],
    [".scheme-container", region("region", "Authorization")],
    ["h3, h4, h5", (heading) => heading.setAttribute("aria-level", Number(heading.tagName.at(1)) - 1)],
    [".close-modal", named("Close")],
    [".modal-ux", region("dialog", "Available authorizations")],
    ["textarea.body-param__text", named("Request body")],
    ["[data-param-name] :is(input, select, textarea)", parameter],
    ["pre.microlight, .highlight-code > pre, .curl-command pre", (code) => { code.tabIndex = 0; }],
  ];
  function repair() {
    for (const [selector, mend] of REPAIRS) {
      for (const element of place.querySelectorAll(selector)) mend(element);
    }
    watch();
  }
  const observer = new MutationObserver(() => { observer.disconnect(); repair(); });
  const watch = () => observer.observe(place, { childList: true, subtree: true });
  watch();

  SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    persistAuthorization: false,
    validatorUrl: null,
    plugins: [Ours],
  });
})();
