// No call right now: look again every five seconds, and go on by itself.
import { ask, every } from "./ask.js";
import { clockIn } from "./clock.js";

const waiting = document.getElementById("waiting");
const reason = document.getElementById("reason");
const until = document.getElementById("until");
document.getElementById("retry").hidden = false;

every(5000, async () => {
  const found = await (await ask(waiting.dataset.take, { method: "POST" })).json();
  if (found.call) {
    location.assign(waiting.dataset.current);
  } else if (found.reason && found.reason !== reason.textContent) {
    reason.textContent = found.reason;
    until.hidden = !found.until;
    if (found.until && until.dataset.zone) {
      until.querySelector("b").textContent = clockIn(until.dataset.zone, Date.parse(found.until));
    }
  }
});
