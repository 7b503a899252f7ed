// The war room: regions are swapped in place every two seconds; what somebody looks at stays where it is.
import { ask, every } from "./ask.js";
import { campaignNow, countdown, setClock } from "./clock.js";

const board = document.getElementById("board");
let finger = null; // where the pointer was last, on the screen
let pressed = false;

for (const kind of ["pointerdown", "pointermove"]) {
  document.addEventListener(kind, (event) => {
    finger = { x: event.clientX, y: event.clientY };
    if (kind === "pointerdown") pressed = true;
  }, { passive: true });
}
for (const kind of ["pointerup", "pointercancel"]) {
  document.addEventListener(kind, () => { pressed = false; }, { passive: true });
}

// What the server said of each region, without the tokens of its forms, which differ every time.
const said = new Map();
const plain = (region) => region.innerHTML.replaceAll(/name="csrf_token" value="[^"]*"/g, "");
const remember = () => {
  for (const region of board.querySelectorAll("[data-region]")) said.set(region.id, plain(region));
};

// The part of the page that must not move: the focus, else what lies under the pointer, else the
// first part in sight.
function anchor() {
  const held = document.activeElement;
  if (held && held !== document.body && board.contains(held)) return held;
  const under = finger && document.elementFromPoint(finger.x, finger.y);
  const part = under && under.closest("[data-region], section");
  if (part && board.contains(part)) return part;
  return [...board.querySelectorAll("[data-region]")].find((one) => one.getBoundingClientRect().bottom > 0);
}

function put(here, next) {
  for (const opened of here.querySelectorAll("details[open][data-key]")) {
    const same = next.querySelector(`details[data-key="${CSS.escape(opened.dataset.key)}"]`);
    if (same) same.open = true;
  }
  const told = here.querySelector(".strip-read");
  const blank = next.querySelector(".strip-read");
  if (told && blank) blank.innerHTML = told.innerHTML;
  here.innerHTML = next.innerHTML;
}

// Regions with the focus wait, and all of them while a finger is down.
function swap(fresh) {
  if (pressed) return;
  const still = anchor();
  const before = still?.getBoundingClientRect().top;
  for (const next of fresh.querySelectorAll("[data-region]")) {
    const here = document.getElementById(next.id);
    if (!here || here.contains(document.activeElement)) continue;
    Object.assign(here.dataset, next.dataset);
    const words = plain(next);
    if (said.get(next.id) === words) continue;
    said.set(next.id, words);
    put(here, next);
  }
  if (still?.isConnected && scrollY > 0) scrollBy({ top: still.getBoundingClientRect().top - before, behavior: "instant" });
  follow();
}

function follow() {
  const { now, speed } = document.getElementById("closing").dataset;
  setClock(now, speed);
  tick();
}

function tick() {
  for (const el of board.querySelectorAll("[data-until]")) {
    const words = countdown(Date.parse(el.dataset.until) - campaignNow());
    if (el.textContent !== words) el.textContent = words;
  }
}

function fullScreen() {
  const button = document.getElementById("full-screen");
  if (!button || !document.documentElement.requestFullscreen) return;
  button.hidden = false;
  button.addEventListener("click", () => document.documentElement.requestFullscreen());
  document.addEventListener("fullscreenchange", () => { button.hidden = Boolean(document.fullscreenElement); });
}

remember();
follow();
fullScreen();
setInterval(tick, 1000);
every(2000, async () => {
  const text = await (await ask(board.dataset.live, { headers: { Accept: "text/html" } })).text();
  swap(new DOMParser().parseFromString(text, "text/html"));
}, (on) => board.classList.toggle("stale", !on));
