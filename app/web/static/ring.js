// Click-to-call: the tap rings the volunteer's phone; what the carrier tells of the call is shown,
// and the result it suggests is chosen, unless the volunteer has chosen one.
import { submit } from "./kept.js";
import { say } from "./say.js";

const PATIENCE = 30; // times that a call waits for a free line

// For one card: {show(call), hush()}.
export function ringing(card, signal) {
  const form = card.querySelector("#ring");
  if (!form) return { show() {}, hush() {} };
  const record = card.querySelector("#record");
  const part = (id) => card.querySelector(`#${id}`);
  let offered = record.elements.result.value;
  let hushed = false;

  // The voter may not be called any more: no way to call is left on the screen.
  const hush = () => {
    hushed = true;
    part("by-hand")?.removeAttribute("href");
    if (part("by-hand")) part("by-hand").disabled = true;
  };

  const show = (call) => {
    const told = part("ringing");
    if (told.textContent !== call.words) told.textContent = call.words;
    told.classList.toggle("problem", call.problem);
    if (!hushed) part("dial").disabled = call.live || call.over;
    form.elements.key.value = call.key;
    record.elements.key.value = call.key;
    if (call.suggested) offer(call.suggested);
  };

  const offer = (result) => {
    const chosen = record.elements.result.value;
    if (chosen && chosen !== offered) return;
    const choice = part(`r-${result}`);
    offered = result;
    choice.checked = true;
    const folded = choice.closest("details");
    if (folded) folded.open = true;
  };

  const lost = () => {
    part("dial").disabled = hushed;
    part("ringing").textContent = say("ring_lost");
  };

  const tap = async (tries) => {
    const { status, body } = await submit(form.action, [...new FormData(form)]);
    if (status !== 200 || signal.aborted) throw new Error(`${form.action}: ${status}`);
    const { call } = body;
    show(call);
    dispatchEvent(new Event("rung")); // see watch.js
    const again = call.wait !== null && tries > 0 && !hushed;
    part("dial").disabled = again || call.live || call.over;
    if (again) setTimeout(() => tap(tries - 1).catch(lost), call.wait * 1000 + 50);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (hushed || part("dial").disabled) return;
    part("dial").disabled = true;
    part("ringing").textContent = say("ring_asked");
    part("ringing").classList.remove("problem");
    tap(PATIENCE).catch(lost);
  }, { signal });

  return { show, hush };
}
