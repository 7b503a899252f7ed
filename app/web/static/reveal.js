// The number: shown when the volunteer calls, and hidden again when the call is over.
import { submit } from "./kept.js";
import { say } from "./say.js";

// For one card: {hide(), hush()}.
export function revealing(card, signal) {
  const form = card.querySelector("#reveal");
  const dial = card.querySelector("#dial");
  if (!form || !dial) return { hide() {}, hush() {} };
  const masked = dial.textContent;
  let hushed = false;
  let known = "";

  const call = async () => {
    if (known) {
      open(known); // a browser that opened nothing so long after the tap does so now
      return;
    }
    dial.disabled = true;
    try {
      const { status, body } = await submit(form.action, [...new FormData(form)]);
      if (signal.aborted || hushed) return;
      dial.disabled = false;
      if (status !== 200) {
        told(body.problem || say("reveal_lost"));
        return;
      }
      told("");
      dial.textContent = say("call", { phone: body.words ?? body.phone });
      known = `tel:${body.phone}`;
      open(known);
    } catch {
      if (signal.aborted || hushed) return;
      dial.disabled = false;
      told(say("reveal_lost"));
    }
  };
  const told = (words) => {
    const place = card.querySelector("#reveal-problem");
    if (place) place.textContent = words;
  };
  const open = (href) => {
    const link = document.createElement("a");
    link.href = href;
    link.hidden = true;
    form.append(link);
    link.click();
    link.remove();
  };
  const hide = () => {
    known = "";
    if (!hushed) dial.textContent = masked;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!hushed && !dial.disabled) call();
  }, { signal });

  return { hide, hush: () => { hushed = true; } };
}
