// Polling day: the countdown runs, and regions are swapped in place unless the focus is in them.
import { ask, every } from "./ask.js";
import { campaignNow, countdown, setClock } from "./clock.js";

const EVERY_MS = 5_000;
const day = document.getElementById("day");

function swap(fresh) {
  for (const next of fresh.querySelectorAll("[data-region]")) {
    const here = document.getElementById(next.id);
    if (!here || here.contains(document.activeElement)) continue;
    if (here.innerHTML !== next.innerHTML) here.innerHTML = next.innerHTML;
    Object.assign(here.dataset, next.dataset);
  }
  follow();
  tick();
}

function follow() {
  const { now, speed } = document.getElementById("closing").dataset;
  setClock(now, speed);
}

function tick() {
  for (const el of day.querySelectorAll("[data-until]")) {
    el.textContent = countdown(Date.parse(el.dataset.until) - campaignNow());
  }
}

async function look() {
  const text = await (await ask(day.dataset.live, { headers: { Accept: "text/html" } })).text();
  swap(new DOMParser().parseFromString(text, "text/html"));
}

follow();
tick();
setInterval(tick, 1000);
look().catch(() => {});
every(EVERY_MS, look, (on) => day.classList.toggle("stale", !on));
