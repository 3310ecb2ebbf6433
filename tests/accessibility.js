// Returns what keeps somebody from reading the page: one line for each fault, none if there is none.
(() => {
  const faults = new Set();
  const all = (selector) => [...document.querySelectorAll(selector)];
  const told = (node) => `${node.localName}${node.id ? "#" + node.id : ""}`
    + `${node.classList.length ? "." + [...node.classList].join(".") : ""}`;
  const fault = (why, node) => faults.add(`${why}: ${told(node)} ${node.textContent.trim().slice(0, 40)}`);
  for (const details of all("details")) details.open = true;

  if (!document.documentElement.lang || !document.title) faults.add("no language or title");
  for (const one of ["h1", "main", "header"]) if (all(one).length !== 1) faults.add(`not one ${one}`);
  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    if (+heading.localName[1] > level + 1) fault("heading skips a level", heading);
    level = +heading.localName[1];
  }
  const ids = all("[id]").map((node) => node.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.add(`id twice: ${id}`);
  for (const node of all("[aria-labelledby]")) {
    if (!document.getElementById(node.getAttribute("aria-labelledby"))) fault("label is not there", node);
  }
  const named = (node) => node.ariaLabel || node.textContent.trim();
  for (const node of all("input, select, textarea")) if (!node.labels.length) fault("no label", node);
  for (const node of all("a, button, summary, nav, form, [role=region], [role=img]")) {
    if (!named(node)) fault("no name", node);
  }
  for (const node of all("nav, form, [role=region], [role=img]")) if (!node.ariaLabel) fault("no name", node);
  for (const node of all("details")) if (node.firstElementChild.localName !== "summary") fault("no summary", node);
  for (const node of all("a, button, input, select, summary")) {
    const inner = node.querySelector("a, button, input, select, summary");
    if (inner) fault("control within a control", node);
  }
  for (const table of all("table")) if (!table.caption) fault("no caption", table);
  for (const cell of all("th")) if (!cell.scope) fault("header of nothing", cell);
  for (const node of all(".scroll")) if (node.tabIndex !== 0) fault("scrolls for a mouse only", node);

  const colour = (text) => {
    const numbers = text.match(/[\d.]+(?:e-?\d+)?/g).map(Number);
    const [red, green, blue, alpha = 1] = numbers;
    return text.startsWith("color(") ? [red * 255, green * 255, blue * 255, alpha] : [red, green, blue, alpha];
  };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a), 1];
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(colour(getComputedStyle(at).backgroundColor));
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const light = (values) => values.slice(0, 3).map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !node.checkVisibility() || node.closest(".hidden, .skip, script, title")) continue;
    const style = getComputedStyle(node);
    const behind = ground(node);
    const ink = over(colour(node.closest("svg") ? style.fill : style.color), behind);
    const [dark, bright] = [light(ink), light(behind)].sort((one, other) => one - other);
    const size = parseFloat(style.fontSize);
    const wanted = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const contrast = (bright + 0.05) / (dark + 0.05);
    if (contrast < wanted) fault(`contrast ${contrast.toFixed(2)}`, node);
  }
  return [...faults];
})()
