// Whom the campaign works on: the count, asked from the server while it is chosen.
import { ask, every } from "./ask.js";

const form = document.querySelector("[data-universe]");
const part = form?.querySelector("[data-preview]");

async function preview() {
  const answer = await (await ask(part.dataset.preview, { method: "POST", body: new FormData(form) })).json();
  const counts = part.querySelector("[data-counts]");
  part.querySelector("[data-problem]").textContent = answer.problem ?? "";
  if (answer.problem) return;
  counts.textContent = counts.dataset.counts.replace(/\{(\w+)\}/g, (_, name) => answer[name] ?? "–");
}

if (part) {
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => preview().catch(() => {}), 300);
  };
  part.addEventListener("input", soon);
  soon();
}

// While voters are being chosen: how far it is; when it is over the page says what came of it.
const choosing = document.getElementById("choosing");
if (choosing) {
  every(1500, async () => {
    const text = await (await ask(choosing.dataset.live, { headers: { Accept: "text/html" } })).text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("choosing");
    if (!fresh) return location.reload();
    for (const one of ["[role=status]", "progress"]) {
      choosing.querySelector(one).replaceWith(fresh.querySelector(one));
    }
  });
}
