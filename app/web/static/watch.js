// What changes about the call on the screen: asked every three seconds, more often while phones
// ring for it, less often without a line.
import { setClock } from "./clock.js";
import { box } from "./kept.js";
import { say } from "./say.js";

const EVERY_MS = 3_000; // whoever has voted is off the screen within five
const LIVE_MS = 1_000;
const LONGEST_MS = 15_000;
const line = document.getElementById("line");

export function watch(call, signal, onNews) {
  let wait = EVERY_MS;
  let timer;
  let asking = false;

  const ask = async () => {
    if (asking || signal.aborted) return;
    asking = true;
    clearTimeout(timer);
    try {
      const { status, body } = await box.asked(`${call.dataset.news}?touch=${call.dataset.touch}`);
      if (signal.aborted) return;
      tell(status === 401 || status === 403 ? "signed_out" : status === 200 ? "on" : "no_line");
      if (status === 200) {
        setClock(body.now, body.speed);
        onNews(body);
      }
      wait = status !== 200 ? longer(wait) : body.call?.live ? LIVE_MS : EVERY_MS;
    } catch {
      tell("no_line");
      wait = longer(wait);
    } finally {
      asking = false;
      if (!signal.aborted) timer = setTimeout(ask, wait);
    }
  };
  const now = () => { wait = EVERY_MS; ask(); };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, LIVE_MS);
  };

  timer = setTimeout(ask, wait);
  addEventListener("rung", soon, { signal });
  addEventListener("online", now, { signal });
  addEventListener("offline", () => tell("no_line"), { signal });
  addEventListener("pageshow", (event) => { if (event.persisted) now(); }, { signal });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) now(); }, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
}

const longer = (wait) => Math.min(wait * 2, LONGEST_MS);

export function tell(state) {
  const words = say(state);
  if (!line || line.textContent === words) return;
  line.textContent = words;
  line.classList.toggle("out", state !== "on");
}
