// The list of universes: their counts, asked for one after the other.
import { ask } from "./ask.js";
import { say } from "./say.js";

for (const card of document.querySelectorAll("[data-count]")) {
  try {
    const answer = await (await ask(card.dataset.count)).json();
    for (const out of card.querySelectorAll("[data-out]")) {
      out.textContent = answer[out.dataset.out] ?? (out.dataset.out === "problem" ? "" : "–");
    }
  } catch {
    card.querySelector("[data-out=problem]").textContent = say("no_count");
  }
}
