// Keeps figures of running work fresh; without it the pages reload themselves.
(() => {
  "use strict";
  const boxes = document.querySelectorAll("[data-progress]");
  const look = async (box) => {
    try {
      const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok) return false;
      const far = await answer.json();
      for (const part of box.querySelectorAll("[data-far]")) {
        const text = far[part.dataset.far] || "";
        if (part.textContent !== text) part.textContent = text;
      }
      const bar = box.querySelector("progress");
      if (bar && far.share !== null) { bar.max = 1000; bar.value = Math.round(far.share * 1000); }
      if (!far.open) { location.reload(); return false; }
    } catch { return true; }
    return true;
  };
  for (const box of boxes) {
    const again = async () => {
      const go = document.hidden ? true : await look(box);
      if (go) setTimeout(again, 2000);
    };
    setTimeout(again, 1500);
  }
  // A look at an endpoint takes seconds: say so, once the button is pressed.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || !button.dataset.busy || event.defaultPrevented) return;
    const told = document.getElementById("busy");
    if (told) { told.hidden = false; told.setAttribute("role", "status"); told.querySelector("[data-text]").textContent = button.dataset.busy; }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
    const box = document.getElementById("gq");
    if (box) { event.preventDefault(); box.focus(); }
  });
})();
