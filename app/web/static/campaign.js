// The campaign form: what the numbers mean, asked from the server while they are typed.
import { ask } from "./ask.js";
import { showFigures } from "./ramp_fields.js";

const form = document.getElementById("campaign");
const problems = document.getElementById("problems");
if (problems) problems.focus();

async function preview(part) {
  const answer = await (await ask(part.dataset.preview, { method: "POST", body: new FormData(form) })).json();
  for (const out of part.querySelectorAll("[data-out]")) {
    const words = answer[out.dataset.out] ?? (out.dataset.out === "problem" ? "" : "–");
    if (out.textContent !== String(words)) out.textContent = words;
  }
}

function shapes() {
  form.querySelectorAll("[data-ramp]").forEach(showFigures);
}

for (const part of form.querySelectorAll("[data-preview]")) {
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => preview(part).catch(() => {}), 300);
  };
  part.addEventListener("input", soon);
  if (part.matches(".ramp")) form.elements.polling_day.addEventListener("input", soon);
  soon();
}
form.addEventListener("input", shapes);
shapes();
form.addEventListener("submit", () => {
  setTimeout(() => { document.getElementById("save").disabled = true; });
});
addEventListener("pageshow", () => { document.getElementById("save").disabled = false; });
