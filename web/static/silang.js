// Saves a click or a reload; every page is complete without it.
(() => {
  "use strict";
  // Forms marked so are sent once, however often the button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent && form.method === "post") { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
  // Selects marked data-auto apply at once.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-auto]")) event.target.form.requestSubmit();
  });
  // Buttons marked data-copy copy the text of the element they name.
  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const of = document.getElementById(button.dataset.copy);
      try {
        const html = new Blob([of.innerHTML], { type: "text/html" });
        const text = new Blob([of.textContent], { type: "text/plain" });
        await navigator.clipboard.write([new ClipboardItem({ "text/html": html, "text/plain": text })]);
      } catch { await navigator.clipboard.writeText(of.textContent); }
      button.querySelector("span").textContent = button.dataset.said;
    });
  }
  // Search boxes marked data-suggest offer titles, authors and subjects (combobox with a list, WAI-ARIA 1.2).
  for (const box of document.querySelectorAll("input[data-suggest]")) {
    const list = document.createElement("ul");
    const said = document.createElement("p");
    let lines = [], active = -1, timer = 0, asked = null;
    list.id = `${box.id}-list`; list.className = "suggest"; list.hidden = true;
    said.className = "vh"; said.setAttribute("role", "status");
    for (const [name, value] of [["role", "listbox"], ["aria-label", box.dataset.suggest]]) list.setAttribute(name, value);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"],
      ["aria-controls", list.id]]) box.setAttribute(name, value);
    box.parentElement.append(list, said);
    const open = (yes) => {
      list.hidden = !yes; box.setAttribute("aria-expanded", String(yes));
      if (!yes) mark(-1);
    };
    const mark = (number) => {
      active = number;
      [...list.children].forEach((one, at) => one.setAttribute("aria-selected", String(at === number)));
      if (number < 0) { box.removeAttribute("aria-activedescendant"); return; }
      box.setAttribute("aria-activedescendant", list.children[number].id);
      list.children[number].scrollIntoView({ block: "nearest" });
    };
    const draw = () => {
      list.replaceChildren(...lines.map((line, at) => {
        const one = document.createElement("li");
        one.id = `${list.id}-${at}`; one.setAttribute("role", "option");
        for (const [name, text] of [["", line.text], ["muted", [line.kind, line.count].filter(Boolean).join(" · ")]]) {
          const part = document.createElement("span");
          part.className = name; part.textContent = text; one.append(part);
        }
        one.addEventListener("mousedown", (event) => { event.preventDefault(); location.assign(line.address); });
        return one;
      }));
      open(lines.length > 0);
      said.textContent = lines.length ? box.dataset.said : "";
    };
    box.addEventListener("input", () => {
      clearTimeout(timer); asked?.abort();
      if (box.value.trim().length < 2) { lines = []; draw(); return; }
      timer = setTimeout(async () => {
        asked = new AbortController();
        try {
          const answer = await fetch(`/suggest?q=${encodeURIComponent(box.value)}`, { signal: asked.signal });
          lines = answer.ok ? (await answer.json()).lines : [];
          if (document.activeElement === box) draw();
        } catch { /* typed on, or offline: the box works without */ }
      }, 150);
    });
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !list.hidden) { open(false); event.preventDefault(); return; }
      if (!lines.length || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const step = event.key === "ArrowDown" ? 1 : -1;
        open(true);
        mark(active < 0 ? (step > 0 ? 0 : lines.length - 1) : active + step >= lines.length ? -1 : active + step);
        event.preventDefault();
      } else if (event.key === "Enter" && active >= 0 && !list.hidden) {
        location.assign(lines[active].address); event.preventDefault();
      }
    });
    box.addEventListener("blur", () => open(false));
  }
})();
