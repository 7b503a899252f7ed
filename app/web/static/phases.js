// The page of phases: numbers asked for one by one, and the segments of a text as it is typed.
import { ask } from "./ask.js";
import { say } from "./say.js";

for (const card of document.querySelectorAll("[data-count]")) {
  try {
    const answer = await (await ask(card.dataset.count)).json();
    for (const out of card.querySelectorAll("[data-out]")) {
      out.textContent = answer[out.dataset.out] ?? "";
    }
    const bar = card.querySelector("[data-percent]");
    if (bar) bar.value = answer.percent ?? 0;
  } catch {
    card.querySelector("[data-out=problem]").textContent = say("silent");
  }
}

for (const field of document.querySelectorAll("[data-segments]")) {
  let timer;
  const count = async () => {
    const body = new FormData();
    body.set("body", field.querySelector("textarea").value);
    const answer = await (await ask(field.dataset.segments, { method: "POST", body })).json();
    for (const out of field.querySelectorAll("[data-out]")) out.textContent = answer[out.dataset.out];
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => count().catch(() => {}), 300);
  });
}
