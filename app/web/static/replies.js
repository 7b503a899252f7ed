// A conversation in hand: kept while the page is open, replies to start from, segments counted.
import { ask, every } from "./ask.js";

const reply = document.getElementById("reply");
const words = JSON.parse(document.getElementById("words").textContent);
const thread = document.getElementById("thread");
const box = thread.parentElement;
const problem = document.getElementById("problem");
const form = document.getElementById("answer");
const HOLD_MS = 10_000;
const AGAIN_MS = 3000;

function tell(why) {
  problem.textContent = why;
  problem.hidden = !why;
}

box.scrollTop = box.scrollHeight;

every(HOLD_MS, async () => {
  if (document.hidden) return; // whoever is away lets others have it
  const answer = await (await ask(reply.dataset.hold, { method: "POST" })).json();
  if (!answer.held) return tell(answer.why);
  if (thread.innerHTML.trim() === answer.thread.trim()) return undefined;
  thread.innerHTML = answer.thread;
  box.scrollTop = box.scrollHeight;
  for (const seen of document.querySelectorAll("input[name=seen]")) seen.value = answer.seen;
  return undefined;
});

if (form) {
  const { body, suggested } = form.elements;
  const size = document.getElementById("size");
  const last = document.getElementById("last");
  const send = document.getElementById("send");
  let timer;

  const count = async () => {
    const data = new FormData();
    data.set("body", body.value);
    const answer = await (await ask(reply.dataset.size, { method: "POST", body: data })).json();
    size.textContent = body.value.trim() ? answer.size : "";
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => count().catch(() => {}), 200);
  };

  const start = (name) => {
    suggested.value = name;
    last.hidden = name !== "wrong_number";
  };
  for (const button of form.querySelectorAll(".suggestion")) {
    button.addEventListener("click", () => {
      body.value = button.dataset.body;
      start(button.dataset.name);
      soon();
      body.focus();
    });
  }
  body.addEventListener("input", () => {
    if (!body.value.trim()) start("");
    soon();
  });

  const go = async () => {
    send.disabled = true;
    try {
      const options = { method: "POST", body: new FormData(form) };
      const answer = await (await ask(form.action, options)).json();
      if (answer.sent) return location.assign(answer.onward);
      tell(answer.why);
      if (answer.again) return setTimeout(go, AGAIN_MS); // the same key: it goes out once
    } catch {
      tell(words.waiting);
    }
    send.disabled = false;
    return undefined;
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); if (!send.disabled) go(); });
  body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  addEventListener("pageshow", () => { send.disabled = false; });
}

// Whoever goes back to the lists leaves the conversation to others.
const leave = document.getElementById("leave");
if (leave) {
  document.querySelector(".back").addEventListener("click", (event) => {
    event.preventDefault();
    leave.requestSubmit();
  });
}
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

const survey = document.getElementById("survey");
survey?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const kept = document.getElementById("kept");
  try {
    await ask(survey.action, { method: "POST", body: new FormData(survey) });
    kept.textContent = words.kept;
  } catch {
    kept.textContent = words.waiting;
  }
});
