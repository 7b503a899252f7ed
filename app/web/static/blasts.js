// Blasts: numbers asked for one by one, the preview of a draft, and words checked as they are typed.
import { ask, every } from "./ask.js";
import { say } from "./say.js";

const SILENT = say("silent");

for (const card of document.querySelectorAll("[data-count]")) {
  const count = async () => {
    const answer = await (await ask(card.dataset.count)).json();
    for (const out of card.querySelectorAll("[data-out]")) {
      out.textContent = answer[out.dataset.out] ?? "";
    }
    card.querySelector("[data-percent]").value = answer.percent;
  };
  const told = (online) => {
    if (!online) card.querySelector("[data-out=problem]").textContent = SILENT;
  };
  count().catch(() => told(false));
  if (card.dataset.every) every(Number(card.dataset.every), count, told);
}

const preview = document.querySelector("[data-preview]");
if (preview?.querySelector("[data-counting]")) {
  try {
    const headers = { Accept: "text/html" };
    preview.innerHTML = await (await ask(preview.dataset.preview, { headers })).text();
  } catch {
    preview.querySelector("[data-counting]").textContent = SILENT;
  }
}

const channel = document.querySelector("#channel");
for (const part of document.querySelectorAll("fieldset[data-words]")) {
  const words = part.querySelector("textarea");
  const check = async () => {
    const body = new FormData();
    body.set("body", words.value);
    body.set("language", part.dataset.language);
    body.set("channel", channel.value);
    const answer = await (await ask(part.dataset.words, { method: "POST", body })).json();
    for (const out of part.querySelectorAll("[data-out]")) out.textContent = answer[out.dataset.out];
  };
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => check().catch(() => {}), 300);
  };
  words.addEventListener("input", soon);
  channel.addEventListener("change", soon);
  if (words.value && !words.classList.contains("is-invalid")) soon();
}
