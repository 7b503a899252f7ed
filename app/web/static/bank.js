// The text bank: one tap sends one text and shows the next at once. Taps go to the server in their
// order; one that did not come through is told again, and the server knows a tap that it had.
import { ask } from "./ask.js";

const bank = document.getElementById("bank");
const words = JSON.parse(document.getElementById("words").textContent);
let stack = JSON.parse(document.getElementById("stack").textContent);
const send = document.getElementById("send");
const skip = document.getElementById("skip");
const report = document.getElementById("report");
const button = document.getElementById("send-button");
const told = document.getElementById("told");
const SEEN_MS = 300; // so long a text is on the screen before a tap counts: a double tap sends one
const AGAIN_MS = 2000;

const queue = [];
let busy = false;
let shownAt = performance.now();
let sent = Number(document.getElementById("sent").dataset.count);

function say(name, count) {
  const way = words[name];
  return count === 1 ? way.one : way.many.replace("{count}", count);
}

function show() {
  const text = stack[0];
  document.getElementById("left").textContent = say("left", stack.length);
  for (const part of [button, skip.querySelector("button"), report.querySelector("button")]) {
    part.disabled = !text;
  }
  if (!text) {
    document.getElementById("to").textContent = "";
    document.getElementById("body").textContent = words.more;
    document.getElementById("size").textContent = "";
    if (!busy) more();
    return;
  }
  document.getElementById("to").textContent = text.initials || words.no_name;
  document.getElementById("body").textContent = text.body;
  document.getElementById("size").textContent = say("size", text.segments);
  for (const form of [send, skip, report]) {
    form.elements.touch.value = text.touch_id;
    form.elements.fence.value = text.fence;
  }
  send.elements.words.value = text.words;
  shownAt = performance.now();
}

async function more() {
  try {
    const answer = await (await ask(bank.dataset.take, { method: "POST" })).json();
    if (!answer.stack.length) location.assign(bank.dataset.page);
    stack = answer.stack;
    if (stack.length) { show(); button.focus(); }
  } catch {
    tell(words.waiting);
    setTimeout(more, AGAIN_MS);
  }
}

function tell(why) {
  told.textContent = why;
  told.hidden = !why;
}

function count() {
  document.getElementById("way").textContent = queue.length > 1 ? say("way", queue.length) : "";
}

function enqueue(form, kind) {
  if (!stack.length) return;
  if (kind !== "report" && performance.now() - shownAt < SEEN_MS) return;
  queue.push({ kind, url: form.action, body: new FormData(form), text: stack.shift() });
  tell("");
  work();
  show();
}

async function work() {
  count();
  if (busy) return;
  busy = true;
  while (queue.length) {
    const one = queue[0];
    try {
      const options = { method: "POST", body: one.body, keepalive: true };
      took(one, await (await ask(one.url, options)).json());
      queue.shift();
    } catch {
      tell(words.waiting);
      await new Promise((done) => { setTimeout(done, AGAIN_MS); });
      continue;
    }
    if (told.textContent === words.waiting) tell("");
    count();
  }
  busy = false;
  if (!stack.length) more();
}

function took(one, answer) {
  if (one.kind !== "send") return;
  if (answer.said === "sent") {
    sent += 1;
    document.getElementById("sent").textContent = say("sent", sent);
    return;
  }
  tell(`${one.text.initials || words.no_name} ${answer.why}`);
  if (answer.text) {
    stack.unshift(answer.text);
    show();
  }
}

send.addEventListener("submit", (event) => { event.preventDefault(); enqueue(send, "send"); });
skip.addEventListener("submit", (event) => { event.preventDefault(); enqueue(skip, "skip"); });
report.addEventListener("submit", (event) => {
  event.preventDefault();
  enqueue(report, "report");
  report.reset();
  document.getElementById("report-box").open = false;
  button.focus();
});

// Enter sends, S skips; a key that is held down does not send the whole stack.
addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter") event.preventDefault();
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  const native = event.target.closest("summary, a, button");
  if (event.key === "Enter" && !native) enqueue(send, "send");
  if (event.key === "s" || event.key === "S") enqueue(skip, "skip");
});
// Whoever goes back to the lists gives the rest back.
document.querySelector(".back").addEventListener("click", (event) => {
  if (queue.length) return;
  event.preventDefault();
  document.getElementById("leave").requestSubmit();
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
addEventListener("beforeunload", (event) => { if (queue.length) event.preventDefault(); });

show();
button.focus({ preventScroll: true });
