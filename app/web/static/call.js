// The call screen: tells within seconds when this voter may no longer be called.
import { ask, every } from "./ask.js";
import { campaignNow, clockIn, setClock, span } from "./clock.js";
import { hush, show } from "./ring.js";

const call = document.getElementById("call");
const { touch, news, name } = call.dataset;
const dial = document.getElementById("dial");
const banner = document.getElementById("banner");
const words = document.getElementById("banner-words");
const line = document.getElementById("line");
const KEPT = "What you talked about can still be saved below.";
const WORDS = {
  voted: `${name} has voted. Do not call.`,
  opted_out: `${name} asked not to be called. Do not call.`,
  hours_over: `Calling hours are over where ${name} lives. Do not call now.`,
  lost: "This call went back to the list. Somebody else may have it now.",
};

function stop(why) {
  if (!banner.hidden && words.dataset.why === why) return;
  hush();
  dial.removeAttribute("href");
  dial.disabled = true;
  dial.setAttribute("aria-disabled", "true");
  dial.classList.add("disabled");
  dial.classList.remove("btn-primary");
  dial.textContent = "Do not call";
  words.dataset.why = why;
  words.textContent = `${WORDS[why]} ${KEPT}`;
  banner.hidden = false;
}

function tick() {
  for (const el of call.querySelectorAll("[data-clock]")) {
    el.textContent = clockIn(el.dataset.zone, campaignNow());
  }
  for (const el of call.querySelectorAll("[data-span]")) {
    el.textContent = span(Date.parse(el.dataset.span) - campaignNow());
  }
}

async function listen() {
  const answer = await (await ask(`${news}?touch=${touch}`)).json();
  setClock(answer.now, answer.speed);
  if (answer.call) show(answer.call);
  if (answer.news in WORDS) stop(answer.news);
}

setClock(call.dataset.now, call.dataset.speed);
setInterval(tick, 1000);
every(2000, listen, (on) => {
  const state = on ? "● on" : "○ no signal";
  if (line.textContent !== state) line.textContent = state;
});

const problem = document.getElementById("problem");
if (problem) problem.scrollIntoView({ block: "center" });

// A second tap on Save while the first is on its way would only be answered late.
document.getElementById("record").addEventListener("submit", () => {
  setTimeout(() => { document.getElementById("save").disabled = true; });
});
addEventListener("pageshow", () => { document.getElementById("save").disabled = false; });
