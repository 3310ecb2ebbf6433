"use strict";
(() => {
  const form = document.querySelector(".filters");
  if (!form) return;
  const findings = [...document.querySelectorAll(".finding")].map((node) => ({ node, text: "" }));
  const count = document.querySelector(".count");
  const matches = ({ node, text }, wanted) => {
    const { severity, rule, engineer, service, state } = node.dataset;
    return (!wanted.severity || severity === wanted.severity)
      && (!wanted.rule || rule === wanted.rule)
      && (!wanted.engineer || engineer === wanted.engineer)
      && (!wanted.service || service === wanted.service)
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
    const rest = Number(count.dataset.leftOut);
    count.textContent = (shown === findings.length ? `${shown} findings` : `${shown} of ${findings.length} findings shown`)
      + (rest ? `; ${rest} less urgent ones are not on this page` : "");
  };
  let waiting = 0;
  const later = () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); };
  form.addEventListener("input", (event) => (event.target.name === "text" ? later() : filter()));
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  // A figure leads to just what it counts: all other filters give way.
  const only = { onlySeverity: "severity", onlyEngineer: "engineer", onlyService: "service", onlyState: "state" };
  for (const link of document.querySelectorAll('a[href="#findings"]')) {
    const wanted = Object.entries(only).filter(([name]) => name in link.dataset);
    if (!wanted.length) continue;
    link.addEventListener("click", () => {
      form.reset();
      for (const [name, field] of wanted) form.elements[field].value = link.dataset[name];
      filter();
    });
  }
  const reveal = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = document.getElementById(id);
    if (!target || target.tagName !== "DETAILS") return;
    target.hidden = false;
    target.open = true;
    target.scrollIntoView();
    target.querySelector("summary").focus({ preventScroll: true });
  };
  let opened = [];
  addEventListener("beforeprint", () => {
    const closed = [...document.querySelectorAll(".finding:not([open]):not([hidden])")];
    opened = closed.filter((node) => node.dataset.severity === "critical").slice(0, 20);
    opened.push(...document.querySelectorAll(".printed:not([open])"));
    for (const node of opened) node.open = true;
  });
  addEventListener("afterprint", () => { for (const node of opened) node.open = false; });
  addEventListener("hashchange", reveal);
  addEventListener("load", reveal);
  form.hidden = false;
  filter();
})();
