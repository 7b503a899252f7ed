// Find a voter: results while one types, the newest question wins; Enter opens the first.
import { ask } from "./ask.js";
import { say } from "./say.js";

const form = document.getElementById("find");
const field = form.elements.q;
const results = document.getElementById("results");
const said = document.getElementById("said");
let timer, asking, shown = field.value.trim();

async function look() {
  const typed = field.value.trim();
  if (typed === shown) return;
  asking?.abort();
  asking = new AbortController();
  const words = new URLSearchParams(new FormData(form));
  try {
    const answer = await ask(`${form.dataset.results}?${words}`, {
      signal: asking.signal, headers: { Accept: "text/html" },
    });
    results.innerHTML = await answer.text();
    shown = typed;
    said.textContent = results.querySelector("[data-said]")?.dataset.said ?? "";
    history.replaceState(null, "", typed ? `${location.pathname}?${words}` : location.pathname);
  } catch (error) {
    if (error.name !== "AbortError") said.textContent = say("no_connection");
  }
}

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(look, 120);
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(timer);
  await look();
  if (shown === field.value.trim()) results.querySelector("a")?.click();
});

// Arrow keys walk from the field through the results and back.
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [field, ...results.querySelectorAll("a")];
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
form.addEventListener("keydown", walk);
results.addEventListener("keydown", walk);
