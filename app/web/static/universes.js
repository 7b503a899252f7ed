// The list of universes: their counts, asked for one after the other.
import { ask } from "./ask.js";

for (const card of document.querySelectorAll("[data-count]")) {
  try {
    const answer = await (await ask(card.dataset.count)).json();
    for (const out of card.querySelectorAll("[data-out]")) {
      out.textContent = answer[out.dataset.out] ?? (out.dataset.out === "problem" ? "" : "–");
    }
  } catch {
    card.querySelector("[data-out=problem]").textContent = "No count: the server did not answer. Load the page again.";
  }
}
