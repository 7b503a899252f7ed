// The call screen: one card after the other on one page, and what the device does for each.
import { campaignNow, clockIn, setClock, span } from "./clock.js";
import { drafting } from "./draft.js";
import { draw, mine } from "./kept.js";
import { revealing } from "./reveal.js";
import { ringing } from "./ring.js";
import { saving, waitsHere } from "./save.js";
import { say } from "./say.js";
import { survey } from "./survey.js";
import { waiting } from "./wait.js";
import { watch } from "./watch.js";

const stage = document.getElementById("stage");
const addresses = document.getElementById("words").dataset;
const BARRED = ["voted", "opted_out", "hours_over", "lost"];
let leave = new AbortController();

// What is shown next; the focus goes to its heading, and the page to its top.
const screen = {
  card: (html) => put(parsed(html)),
  waiting: (html) => put(parsed(html)),
  back: (card) => put([card]),
  away: (why) => put([awaySection(why)]),
};

function parsed(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return [...made.content.children];
}

async function put(nodes) {
  leave.abort();
  const waitingHere = await mine().catch(() => []); // before, so that all changes in one frame
  stage.replaceChildren(...nodes);
  document.getElementById("saved")?.replaceChildren();
  draw(waitingHere, { mayMove: true });
  const heading = stage.querySelector("h1");
  document.title = `${heading.textContent.trim()} · Lastmile`;
  heading.tabIndex = -1;
  scrollTo(0, 0);
  heading.focus({ preventScroll: true });
  open();
  return stage;
}

function open() {
  leave = new AbortController();
  const { signal } = leave;
  const call = document.getElementById("call");
  const none = stage.querySelector("#waiting, #away");
  if (call) openCall(call, signal);
  else if (none) {
    none.addEventListener("none", ({ detail }) => screen.waiting(detail), { signal });
    waiting(none, signal, screen.card);
  }
}

async function openCall(call, signal) {
  const form = call.querySelector("#record");
  const ring = ringing(call, signal);
  const number = revealing(call, signal);
  setClock(call.dataset.now, call.dataset.speed);
  survey(form, signal);
  saving(call, form, signal, screen);
  watch(call, signal, (told) => {
    if (told.call) ring.show(told.call);
    if (BARRED.includes(told.news)) bar(call, told.news, [ring, number]);
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "result") number.hide();
    if (form.elements.result.value === "other_language") showLanguages(form.elements.language);
  }, { signal });
  call.querySelector("#problem")?.scrollIntoView({ block: "center" });
  if (await waitsHere(call.dataset.touch)) {
    if (!signal.aborted) screen.away("sending");
    return;
  }
  drafting(call, form, signal);
}

// Where they cannot be had now, the server shows them all when it is asked to save.
async function showLanguages(choice) {
  try {
    const { nameLanguages } = await import("./languages.js");
    await nameLanguages(choice);
  } catch { /* no signal */ }
}

// This voter may not be called any more. What was talked about can still be saved.
function bar(call, why, ways) {
  const banner = call.querySelector("#banner");
  const words = call.querySelector("#banner-words");
  const dial = call.querySelector("#dial");
  if (!banner.hidden && (words.dataset.why === why || !words.dataset.why)) return;
  for (const way of ways) way.hush();
  dial.removeAttribute("href");
  dial.disabled = true;
  dial.setAttribute("aria-disabled", "true");
  dial.classList.add("disabled");
  dial.classList.remove("btn-primary");
  dial.textContent = say("do_not_call");
  words.dataset.why = why;
  words.textContent = `${say(why, { name: call.dataset.name })} ${say("still_save")}`;
  banner.hidden = false;
}

function awaySection(why) {
  const section = document.createElement("section");
  section.id = "away";
  section.className = "card-box away";
  const heading = document.createElement("h1");
  heading.textContent = say("away");
  const told = document.createElement("p");
  told.dataset.why = why;
  told.setAttribute("role", "status");
  told.textContent = say(`away_${why.replace("-", "_")}`);
  const door = document.createElement("a");
  door.className = "btn btn-primary wide tall";
  door.href = `${addresses.signIn}?next=${encodeURIComponent(addresses.current)}`;
  door.textContent = say("sign_in_again");
  door.hidden = why !== "signed-out";
  const form = document.createElement("form");
  const button = document.createElement("button");
  button.className = "btn btn-outline-primary wide tall";
  button.textContent = say("look_now");
  form.hidden = !door.hidden;
  form.append(button);
  section.append(heading, told, door, form);
  return section;
}

function tick() {
  for (const place of stage.querySelectorAll("[data-clock]")) {
    place.textContent = clockIn(place.dataset.zone, campaignNow());
  }
  for (const place of stage.querySelectorAll("[data-span]")) {
    place.textContent = span(Date.parse(place.dataset.span) - campaignNow());
  }
}

open();
setInterval(tick, 1000);
performance.mark("call-ready");
