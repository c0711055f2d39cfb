// What is wrong with what a page shows now, and what has the focus: run inside the page by seeing.py.
({
  wrong: () => {
    const found = [];
    const where = (e) => {
      const words = (e.textContent || e.getAttribute("aria-label") || "").trim().slice(0, 40);
      const classes = typeof e.className === "string" && e.className ? "." + e.className.split(" ").join(".") : "";
      return `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}${classes} ${JSON.stringify(words)}`;
    };
    const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getClientRects().length > 0;
    const parse = (text) => {
      const parts = text.match(/[\d.]+/g).map(Number);
      return text.startsWith("color(") ? [parts[0] * 255, parts[1] * 255, parts[2] * 255, parts[3] ?? 1] : [parts[0], parts[1], parts[2], parts[3] ?? 1];
    };
    const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
    const ground = (e) => {
      const layers = [];
      for (let at = e; at; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.backgroundImage !== "none") return null; // a picture: what is on it has to be looked at
        const colour = parse(style.backgroundColor);
        if (colour[3] > 0) layers.push(colour);
        if (colour[3] === 1) break;
      }
      const start = parse(getComputedStyle(document.body).backgroundColor);
      return layers.reverse().reduce((under, top) => over(top, under), start);
    };
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const dim = (e) => {
      let value = 1;
      for (let at = e; at; at = at.parentElement) value *= Number(getComputedStyle(at).opacity);
      return value;
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const done = new Set();
    while (texts.nextNode()) {
      const e = texts.currentNode.parentElement;
      if (!texts.currentNode.data.trim() || done.has(e) || !seen(e) || e.closest(".unseen, .skip, :disabled, script, style, noscript")) continue;
      done.add(e);
      const under = ground(e);
      if (!under) continue;
      const style = getComputedStyle(e);
      const colour = parse(e.closest("svg") ? style.fill : style.color);
      colour[3] *= dim(e);
      const [a, b] = [light(over(colour, under)), light(under)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(2)}: ${where(e)}`);
    }
    for (const e of document.querySelectorAll("[placeholder]")) {
      const under = ground(e);
      if (!seen(e) || e.value || !under) continue;
      const style = getComputedStyle(e, "::placeholder");
      const colour = parse(style.color);
      colour[3] *= dim(e) * Number(style.opacity);
      const [a, b] = [light(over(colour, under)), light(under)].sort((x, y) => y - x);
      if ((a + 0.05) / (b + 0.05) < 4.5) found.push(`contrast ${((a + 0.05) / (b + 0.05)).toFixed(2)} of a placeholder: ${where(e)}`);
    }
    const named = (e) =>
      (e.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean).map((id) => document.getElementById(id)?.textContent ?? "").join("") ||
      e.getAttribute("aria-label") || [...(e.labels ?? [])].map((label) => label.textContent).join("").trim() || e.textContent.trim() || e.title || e.alt;
    for (const e of document.querySelectorAll("button, a[href], input, select, textarea, [role=button], [role=switch], summary")) {
      if (!seen(e)) continue;
      if (!named(e)) found.push(`no name: ${where(e)}`);
      const box = e.getBoundingClientRect();
      if (box.width && (box.height < 24 || box.width < 24) && !["checkbox", "radio"].includes(e.type) && !e.matches("p .link, .foot .link, a, label *")) found.push(`small ${Math.round(box.width)}x${Math.round(box.height)}: ${where(e)}`);
    }
    for (const e of document.querySelectorAll("img:not([alt]), svg:not([aria-hidden]):not([role=img][aria-label]):not([aria-labelledby])")) if (seen(e)) found.push(`picture without words: ${where(e)}`);
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`twice: #${id}`);
    for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby], label[for]")) {
      for (const id of ["aria-labelledby", "aria-describedby", "for"].flatMap((name) => (e.getAttribute(name) ?? "").split(" ").filter(Boolean)))
        if (!document.getElementById(id)) found.push(`points nowhere: ${where(e)} -> ${id}`);
    }
    for (const e of document.querySelectorAll("th:empty, td[scope]")) found.push(`table: ${where(e)}`);
    for (const e of document.querySelectorAll("dialog, main, nav, aside, section[aria-label]")) if (e.getAttribute("aria-label") === "") found.push(`empty name: ${where(e)}`);
    if (document.documentElement.scrollWidth > innerWidth) found.push(`wider than the screen: ${document.documentElement.scrollWidth} > ${innerWidth}`);
    if (!document.documentElement.lang) found.push("no language");
    return [...new Set(found)];
  },

  focused: () => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const style = getComputedStyle(e);
    const box = e.getBoundingClientRect();
    // A radio button may show it on the box that stands for it.
    const shown = [style, e.nextElementSibling && getComputedStyle(e.nextElementSibling)].some((s) => s && s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2);
    const name = `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""} ${(e.getAttribute("aria-label") || e.textContent || "").trim().slice(0, 30)}`;
    return { name, shown, on: box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight };
  },
})
