// Runs before htmx (both deferred) and tells it how to behave; without JavaScript nothing here is needed.
(function () {
  "use strict";
  const lost = document.currentScript.dataset.lost;
  const config = document.createElement("meta");
  config.name = "htmx-config";
  config.content = JSON.stringify({
    allowEval: false,
    allowScriptTags: false,
    historyCacheSize: 0, // would keep whole pages, and so people's data, in sessionStorage
    historyRestoreAsHxRequest: false, // going back gets the whole page
    refreshOnHistoryMiss: true,
    includeIndicatorStyles: false, // the policy allows our own sheet only
    selfRequestsOnly: true,
    reportValidityOfForms: true,
    scrollBehavior: "instant",
    timeout: 30000,
    responseHandling: [
      { code: "204", swap: false },
      { code: "[23]..", swap: true },
      { code: "401|403|404|409|413|422|429", swap: true },
      { code: "[45]..", swap: true, error: true },
    ],
  });
  document.head.append(config);

  // The line broke: say so where messages stand, and leave what was typed. The form's key makes a second press harmless.
  function say() {
    const message = document.createElement("p");
    message.className = "said warn";
    message.textContent = lost;
    document.getElementById("said").replaceChildren(message);
    message.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("htmx:sendError", say);
  document.addEventListener("htmx:timeout", say);
})();
