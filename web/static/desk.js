// Keys, select-all and sound for the desk; every page is complete without it.
(() => {
  "use strict";
  const OFF = "silang-keys-off";
  const stored = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
  let off = stored();
  const rows = [...document.querySelectorAll("[data-row]")];
  const keys = document.querySelector("[data-keys]");
  const all = document.querySelector("[data-all]");
  const picks = () => [...document.querySelectorAll('input[name="row"]')];
  const picked = document.querySelector("[data-picked]");
  let at = -1;

  const count = () => {
    const n = picks().filter((box) => box.checked).length;
    if (picked) picked.textContent = n ? `${n} · ` : "";
    if (all) { all.checked = n > 0 && n === picks().length; all.indeterminate = n > 0 && n < picks().length; }
  };
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => { for (const box of picks()) box.checked = all.checked; count(); });
  }
  document.addEventListener("change", (event) => { if (event.target.name === "row") count(); });
  count();

  if (keys) {
    keys.hidden = false;
    const turn = keys.querySelector("[data-keys-switch]");
    const show = () => { turn.textContent = off ? turn.dataset.on : turn.dataset.off; };
    turn.addEventListener("click", () => {
      off = !off;
      try { localStorage.setItem(OFF, off ? "1" : "0"); } catch { /* not kept, that is all */ }
      show();
    });
    show();
  }

  const go = (step) => {
    if (!rows.length) return;
    if (at >= 0) rows[at].classList.remove("cur");
    at = Math.min(rows.length - 1, Math.max(0, at + step));
    rows[at].classList.add("cur");
    rows[at].querySelector("a.t-title")?.focus();
    rows[at].scrollIntoView({ block: "nearest" });
  };
  // Only for the row that was chosen with j and k: nothing is decided by a stray key.
  const decide = (key) => rows[at]?.querySelector(`[data-key="${key}"]`)?.click();
  document.addEventListener("keydown", (event) => {
    if (off || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const does = {
      "/": () => document.getElementById("gq")?.focus(),
      s: () => document.querySelector('.side a[href$="/scan"]')?.click(),
      j: () => go(1),
      k: () => go(-1),
      y: () => decide("y"),
      n: () => decide("n"),
      u: () => decide("u"),
      x: () => { const box = rows[at]?.querySelector('input[name="row"]'); if (box) { box.checked = !box.checked; count(); } },
    }[event.key];
    if (does) { event.preventDefault(); does(); }
  });

  // Slips open beside the list, and the list then knows that they were printed.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    const goes = button?.getAttribute("formaction") || event.target.getAttribute("action") || "";
    if (!goes.endsWith("/slips")) return;
    if (button) button.formTarget = "_blank";
    setTimeout(() => window.location.reload(), 1500);
  });

  // A wrong scan is heard as well as seen.
  if (document.querySelector("[data-beep]") && window.AudioContext) {
    try {
      const context = new AudioContext();
      const tone = context.createOscillator();
      tone.frequency.value = 220;
      tone.connect(context.destination);
      tone.start();
      tone.stop(context.currentTime + 0.25);
    } catch { /* silent */ }
  }
  document.querySelector("[data-scan]")?.focus();
  document.querySelector("[data-select]")?.addEventListener("focus", (event) => event.target.select());
})();
