// Incidents: regions are swapped in place every few seconds; one with the focus or an open fold waits.
import { ask, every } from "./ask.js";

const page = document.getElementById("incidents");

function swap(fresh) {
  for (const next of fresh.querySelectorAll("[data-region]")) {
    const here = document.getElementById(next.id);
    if (!here || here.contains(document.activeElement) || here.querySelector("details[open]")) continue;
    if (here.innerHTML !== next.innerHTML) here.innerHTML = next.innerHTML;
  }
}

every(5000, async () => {
  const text = await (await ask(page.dataset.live, { headers: { Accept: "text/html" } })).text();
  swap(new DOMParser().parseFromString(text, "text/html"));
}, (on) => page.classList.toggle("stale", !on));
