// Brings what is new in a live search onto its page as it comes; without it the page shows itself anew.
(() => {
  "use strict";
  const page = document.getElementById("live");
  if (!page || !("running" in page.dataset)) return;
  let stream = null, timer = 0, drawing = false, wanted = false;

  const draw = async () => {
    if (drawing) { wanted = true; return; }
    drawing = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) { end(); return; }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) take(part, fresh.getElementById(part.id));
      const said = document.getElementById("live-said"), now = fresh.getElementById("live-said");
      if (now && said.textContent !== now.textContent) said.textContent = now.textContent;
      const state = fresh.getElementById("live");
      if (!state || !("running" in state.dataset)) end();
    } catch { /* offline for a moment: the next news draws again */ } finally {
      drawing = false;
      if (wanted) { wanted = false; draw(); }
    }
  };
  // What has the focus keeps it; boxes that are being ticked are left alone.
  const take = (part, fresh) => {
    if (!fresh || part.innerHTML === fresh.innerHTML) return;
    const held = part.contains(document.activeElement) ? document.activeElement : null;
    if (held && part.id === "live-facets") return;
    if (part.id === "live-facets" && ticked(part)) return;
    part.replaceChildren(...fresh.childNodes);
    if (!held) return;
    const again = held.id ? document.getElementById(held.id)
      : [...part.querySelectorAll("button")].find((one) => one.value === held.value && one.getAttribute("formaction") === held.getAttribute("formaction"));
    (again || document.getElementById("main")).focus({ preventScroll: true });
  };
  const ticked = (part) => [...part.querySelectorAll("input")].some((box) => box.checked !== box.defaultChecked);
  const end = () => { stream?.close(); clearInterval(timer); };
  const look = () => { stream?.close(); clearInterval(timer); timer = setInterval(draw, 2000); };

  if (!("EventSource" in window)) { look(); return; }
  stream = new EventSource(`${page.dataset.events}?version=${page.dataset.version}`);
  stream.addEventListener("news", draw);
  stream.addEventListener("end", () => { stream.close(); draw(); });
  stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) look(); });
})();
