// Results that wait on this device: sent when the line is back, and told of in the banner.
import "./kept_box.js";
import { say } from "./say.js";

export const box = globalThis.keptBox;
export const me = document.querySelector("meta[name=user]")?.content ?? "";
export const WHO = "/kept";
const HINT = "lastmile-kept"; // for theme.js, which makes room before the first paint
const FIRST_MS = 3_000;
const LONGEST_MS = 60_000;

const banner = document.getElementById("kept");
let state = navigator.onLine === false ? "offline" : "sending";
let wait = FIRST_MS;
let timer;

let token = document.querySelector("meta[name=csrf-token]")?.content ?? "";

// Post a form of this page; if its token has expired with the sign-in, once more with a fresh one.
export async function submit(url, fields) {
  const first = await box.post(url, fields, { token, user: me });
  if (first.status !== 400) return first;
  const who = await box.whoIsHere(WHO);
  if (who.state !== "here" || who.user !== me) return first;
  token = who.token;
  return box.post(url, fields, who);
}

// The key by which the server knows a record: sent twice, stored once.
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export async function mine() {
  const records = await box.kept();
  return me ? records.filter(({ user }) => user === me) : records;
}

export async function tell(how) {
  const records = await mine().catch(() => []);
  draw(records, how);
  return records;
}

// The banner comes and goes only with a page or a card, never under a finger; its words follow.
export function draw(records, { mayMove = false } = {}) {
  remember(records.length);
  if (!banner) return;
  if (mayMove) banner.hidden = !records.length;
  if (banner.hidden) delete document.documentElement.dataset.kept;
  else write(records);
}

function write(records) {
  const refused = records.filter(({ problem }) => problem);
  const n = records.length - refused.length;
  const words = banner.querySelector("[data-told]");
  const door = banner.querySelector("[data-sign-in-door]");
  const mend = banner.querySelector("[data-mend]");
  door.hidden = !n || state !== "signed-out";
  mend.hidden = !refused.length || !me;
  if (!mend.hidden) mend.textContent = say("mend", { n: refused.length });
  if (!door.hidden) {
    door.textContent = say("sign_in", { n });
    door.href = `${banner.dataset.signIn}?next=${encodeURIComponent(location.pathname)}`;
  }
  const told = n && door.hidden ? say(sentence(), { n }) : !n && !refused.length ? say("sent") : "";
  if (words.textContent !== told) words.textContent = told;
  banner.classList.toggle("good", !records.length);
}

function sentence() {
  if (!me) return "kept_here";
  return state === "no-answer" ? "no_answer" : state === "offline" ? "waiting" : "sending";
}

function remember(n) {
  try {
    if (n) localStorage.setItem(HINT, JSON.stringify({ user: me, n }));
    else if (me) localStorage.removeItem(HINT);
  } catch { /* no storage: the banner comes a moment later */ }
}

// Send now; again later, less and less often, as long as something waits.
export async function send() {
  clearTimeout(timer);
  const before = await tell();
  if (!me || !before.length) return "sent";
  const ended = navigator.onLine === false ? "offline" : await box.sendKept(WHO, me).catch(() => "offline");
  state = ended === "sent" ? "sending" : ended;
  const left = (await tell()).filter(({ problem }) => !problem);
  if (left.length && ended !== "signed-out") {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
    wait = Math.min(wait * 2, LONGEST_MS);
    register();
  } else {
    wait = FIRST_MS;
  }
  return left.length ? ended : "sent";
}

// Where the browser can, it wakes our service worker when the line is back, the page closed or not.
async function register() {
  try {
    const worker = await navigator.serviceWorker?.ready;
    await worker?.sync?.register("send-kept");
  } catch { /* not allowed here: the page sends when it is open */ }
}

export async function soon(why) {
  state = why;
  wait = FIRST_MS;
  await tell({ mayMove: true });
  clearTimeout(timer);
  if (why !== "signed-out") timer = setTimeout(send, wait);
  register();
}

export function begin() {
  const now = () => { wait = FIRST_MS; send(); };
  addEventListener("online", now);
  addEventListener("offline", () => { state = "offline"; tell(); });
  addEventListener("pageshow", (event) => { if (event.persisted) now(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) now(); });
  if (typeof BroadcastChannel === "function") {
    new BroadcastChannel(box.NAME).addEventListener("message", () => tell());
  }
  banner?.querySelector("[data-mend]").addEventListener("click", async () => {
    const { mend } = await import("./mend.js");
    mend(banner);
  });
  tell({ mayMove: true }).then(() => send());
}
