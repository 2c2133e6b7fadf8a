// What the page of a service has beside that of a folder: a choice of models, and the question for a token.

import { element, make } from "./dom.js";

/** Ask for the service's token.  @param {string} problem  with the one before @returns {Promise<string>} */
export function askToken(problem, say) {
  const form = element("token-form"), field = element("token");
  form.hidden = false;
  say(problem || "This service asks for its token.", Boolean(problem));
  field.value = "";
  field.focus();
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.hidden = true;
      say("The token is being tried.");
      resolve(field.value.trim());
    }, { once: true });
  });
}

/** Show which models there are.  @param {{name: string}[]} models @param {string} name  of the one in use */
export function showModels(models, name) {
  element("model").replaceChildren(...models.map((model) => make("option", { value: model.name, textContent: model.name, selected: model.name === name })));
  element("models").hidden = models.length < 2;
}

/** Say that pictures go nowhere. */
export function introduceBrowser() {
  const command = make("code", { textContent: "darknet_py export -web" });
  element("where").replaceChildren("Runs in this browser alone: no picture leaves it. Made by ", command);
}

/** Say where pictures go. */
export function introduceService() {
  const docs = make("a", { href: "docs", textContent: "its interface for programs" });
  element("where").replaceChildren(`Pictures go to the service at ${location.host}, which keeps none (`, docs, "). Made by ", make("code", { textContent: "darknet_py serve" }));
  element("copy-curl").hidden = false;
}
