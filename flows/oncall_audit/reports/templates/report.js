"use strict";
(() => {
  const form = document.querySelector(".filters");
  if (!form) return;
  const findings = [...document.querySelectorAll(".finding")].map((node) => ({ node, text: "" }));
  const count = document.querySelector(".count");
  const matches = ({ node, text }, wanted) => {
    const { severity, rule, engineer, state } = node.dataset;
    return (!wanted.severity || severity === wanted.severity)
      && (!wanted.rule || rule === wanted.rule)
      && (!wanted.engineer || engineer === wanted.engineer)
      && (!wanted.state || state === wanted.state
        || (state === "reopened" && wanted.state === "open")
        || (wanted.state === "new" && state === "open" && "new" in node.dataset))
      && wanted.words.every((word) => text.includes(word));
  };
  const filter = () => {
    const wanted = Object.fromEntries(new FormData(form));
    wanted.words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const finding of findings) {
      if (wanted.words.length && !finding.text) finding.text = finding.node.textContent.toLowerCase();
      const isShown = matches(finding, wanted);
      finding.node.hidden = !isShown;
      shown += isShown;
    }
    count.textContent = shown === findings.length
      ? `${shown} findings` : `${shown} of ${findings.length} findings shown`;
  };
  let waiting = 0;
  const later = () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); };
  form.addEventListener("input", (event) => (event.target.name === "text" ? later() : filter()));
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const link of document.querySelectorAll("[data-only-severity]")) {
    link.addEventListener("click", () => {
      form.elements.severity.value = link.dataset.onlySeverity;
      form.elements.state.value = "open";
      filter();
    });
  }
  const reveal = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id.startsWith("finding-") && document.getElementById(id);
    if (target) { target.hidden = false; target.open = true; target.scrollIntoView(); }
  };
  let opened = [];
  addEventListener("beforeprint", () => {
    const closed = [...document.querySelectorAll(".finding:not([open]):not([hidden])")];
    opened = closed.filter((node) => node.dataset.severity === "critical").slice(0, 20);
    opened.push(...document.querySelectorAll(".gaps details:not([open])"));
    for (const node of opened) node.open = true;
  });
  addEventListener("afterprint", () => { for (const node of opened) node.open = false; });
  addEventListener("hashchange", reveal);
  form.hidden = false;
  filter();
  reveal();
})();
