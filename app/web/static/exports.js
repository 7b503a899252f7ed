// The form for exports: how many rows that would be, asked anew at each choice.
import { ask } from "./ask.js";
import { say } from "./say.js";

const form = document.getElementById("export");
const rows = document.getElementById("rows");
document.getElementById("count").hidden = true;
let asking;

async function count() {
  asking?.abort();
  asking = new AbortController();
  const words = new URLSearchParams(new FormData(form));
  words.delete("csrf_token");
  try {
    const answer = await ask(`${form.dataset.count}?${words}`, {
      signal: asking.signal, headers: { Accept: "text/html" },
    });
    rows.innerHTML = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError") rows.textContent = say("no_connection");
  }
}

form.addEventListener("change", count);
count();
