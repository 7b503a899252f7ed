// The page without a line: how much is saved here, and back to where one was when the line is back.
import "./kept_box.js";

const EVERY_MS = 5_000;
const count = document.getElementById("count");

async function look() {
  try {
    const { status } = await globalThis.keptBox.asked("/health");
    if (status === 200) location.replace(location.pathname + location.search);
  } catch { /* still none */ }
}

document.getElementById("again").addEventListener("click", look);
addEventListener("online", look);
setInterval(look, EVERY_MS);

const { length } = await globalThis.keptBox.kept().catch(() => []);
if (length) {
  for (const number of count.querySelectorAll("[data-n]")) number.textContent = length;
  count.hidden = false;
}
