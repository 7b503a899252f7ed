// Click-to-call: the tap rings the volunteer's phone; what the carrier tells of the call is shown,
// and the result it suggests is chosen, unless the volunteer has chosen one.
import { ask } from "./ask.js";

const form = document.getElementById("ring");
const record = document.getElementById("record");
const PATIENCE = 30; // times that a call waits for a free line
let offered = form ? record.elements.result.value : "";
let hushed = false;

// The voter may not be called any more: no way to call is left on the screen.
export function hush() {
  if (!form) return;
  hushed = true;
  document.getElementById("by-hand").removeAttribute("href");
}

export function show(call) {
  if (!form) return;
  const { dial, ringing } = parts();
  if (ringing.textContent !== call.words) ringing.textContent = call.words;
  ringing.classList.toggle("problem", call.problem);
  if (!hushed) dial.disabled = call.live || call.over;
  form.elements.key.value = call.key;
  record.elements.key.value = call.key;
  if (call.suggested) offer(call.suggested);
}

function parts() {
  return { dial: document.getElementById("dial"), ringing: document.getElementById("ringing") };
}

function offer(result) {
  const chosen = record.elements.result.value;
  if (chosen && chosen !== offered) return;
  const choice = document.getElementById(`r-${result}`);
  offered = result;
  choice.checked = true;
  const folded = choice.closest("details");
  if (folded) folded.open = true;
}

async function tap(tries) {
  const answer = await ask(form.action, { method: "POST", body: new FormData(form) });
  const { call } = await answer.json();
  show(call);
  const again = call.wait !== null && tries > 0 && !hushed;
  parts().dial.disabled = again || call.live || call.over;
  if (again) setTimeout(() => tap(tries - 1).catch(lost), call.wait * 1000 + 50);
}

function lost() {
  const { dial, ringing } = parts();
  dial.disabled = hushed;
  ringing.textContent = "No signal: we do not know whether your phone will ring. Tap again.";
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { dial, ringing } = parts();
    if (hushed || dial.disabled) return;
    dial.disabled = true;
    ringing.textContent = "We ask the carrier to ring you.";
    ringing.classList.remove("problem");
    tap(PATIENCE).catch(lost);
  });
}
