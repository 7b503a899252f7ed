// No call on the screen: what waits here is sent, then looked again every few seconds for a call, as
// long as somebody looks at this page.
import { send, submit } from "./kept.js";
import { say } from "./say.js";
import { tell as tellLine } from "./watch.js";

const EVERY_MS = 5_000;
const AWAY_MS = 2_000; // without a line: a volunteer stands there with nothing to do
const addresses = document.getElementById("words").dataset;

// `found(html)` hears of the next card.
export function waiting(section, signal, found) {
  let timer;
  let looking = false;
  const every = section.id === "away" ? AWAY_MS : EVERY_MS;
  const retry = section.querySelector("#retry");
  if (retry) retry.hidden = false;

  const look = async () => {
    if (looking || signal.aborted || document.hidden) return;
    looking = true;
    clearTimeout(timer);
    try {
      const ended = await send();
      if (signal.aborted) return;
      if (ended !== "sent") why(section, ended);
      else await take();
    } catch {
      why(section, "offline");
    } finally {
      looking = false;
      clearTimeout(timer);
      if (!signal.aborted) timer = setTimeout(look, every);
    }
  };

  const take = async () => {
    const { status, body } = await submit(addresses.take, []);
    if (signal.aborted) return;
    if (status === 401 || status === 403) why(section, "signed-out");
    else if (status !== 200) why(section, "no-answer");
    else if (body.html || body.none?.html) {
      tellLine("on");
      if (body.html) await found(body.html);
      else refresh(section, body.none.html);
    }
  };

  const form = section.querySelector("form");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  }, { signal });
  addEventListener("online", look, { signal });
  document.addEventListener("visibilitychange", look, { signal });
  timer = setTimeout(look, section.querySelector("[data-why=sending]") ? 0 : every);
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function why(section, ended) {
  tellLine(ended === "signed-out" ? "signed_out" : "no_line");
  if (section.id !== "away") return;
  const door = section.querySelector("a");
  door.hidden = ended !== "signed-out";
  section.querySelector("form").hidden = !door.hidden;
  const told = say(`away_${ended.replace("-", "_")}`);
  const place = section.querySelector("[data-why]");
  if (place.textContent !== told) place.textContent = told;
}

// The reason may have changed. Nothing moves under a finger or a keyboard.
function refresh(section, html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  const fresh = made.content.querySelector("#waiting");
  if (!fresh) return;
  if (section.id === "away") {
    section.dispatchEvent(new CustomEvent("none", { detail: html }));
    return;
  }
  const retry = fresh.querySelector("#retry");
  if (retry) retry.hidden = false;
  if (said(fresh) === said(section)) return;
  const now = fresh.querySelector("[role=status]");
  section.querySelector("[role=status]")?.replaceWith(now);
}

const said = (section) => section.querySelector("[role=status]")?.textContent.replace(/\s+/g, " ").trim();
