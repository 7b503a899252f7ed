// The strike desk: results while one types, one tap strikes; what the server has not got is kept here.
import { ask } from "./ask.js";
import { box, me, newKey, soon, submit } from "./kept.js";
import { say } from "./say.js";
import { complain, hide, offerUndo } from "./toast.js";

const HELD_MS = 15_000; // while this page itself sends it
const UNDO_SECONDS = 20;
const find = document.getElementById("find");
const field = find?.elements.q;
const results = document.getElementById("results");
const said = document.getElementById("said");
const blind = document.getElementById("blind");
const mine = document.getElementById("mine");
const undoUrl = document.getElementById("desk-words").dataset.undo;
let timer, asking, shown = field?.value.trim();

async function look(again = false) {
  const typed = field.value.trim();
  if (typed === shown && !again) return;
  asking?.abort();
  asking = new AbortController();
  const words = new URLSearchParams(new FormData(find));
  try {
    const answer = await ask(`${find.dataset.results}?${words}`, {
      signal: asking.signal, headers: { Accept: "text/html" },
    });
    results.innerHTML = await answer.text();
    shown = typed;
    blind.hidden = true;
    said.textContent = results.querySelector("[data-said]")?.dataset.said ?? "";
  } catch (error) {
    if (error.name === "AbortError") return;
    said.textContent = say("no_line");
    blind.hidden = !/\d/.test(typed);
    shown = null;
    results.replaceChildren(); // rows of other words invite to strike the wrong voter
    if (blind.hidden) results.append(Object.assign(document.createElement("p"), { className: "empty", textContent: say("no_line") }));
    blind.elements.number.value = typed;
  }
}

field?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(look, 120);
});
find?.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  look(true);
});
find?.elements.campaign?.addEventListener?.("change", () => find.submit());

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-strike]")) {
    event.preventDefault();
    if (!form.dataset.busy) strike(form);
  } else if (form.matches("[data-undo]")) {
    event.preventDefault();
    takeBack(form.elements.key.value, form.elements.campaign.value, form.closest("li"));
  }
});

async function strike(form) {
  form.dataset.busy = "yes";
  form.querySelector("button").classList.add("busy");
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrf_token");
  const record = {
    key: form.elements.key.value, user: me, name: form.dataset.name || form.elements.number?.value,
    url: form.action, fields, at: Date.now(), heldUntil: Date.now() + HELD_MS,
    sent: navigator.onLine !== false,
  };
  const kept = await box.keep(record).then(() => true, () => false);
  const answer = record.sent ? await submit(record.url, fields).catch(() => null) : null;
  if (answer?.status === 200 && typeof answer.body.saved === "boolean") {
    await box.drop(record.key).catch(() => {});
    done(form, answer.body, record);
  } else if (answer && [400, 404, 409, 422].includes(answer.status)) {
    await box.drop(record.key).catch(() => {});
    rest(form);
    complain(answer.body.problem);
  } else if (kept) {
    await box.alter(record.key, (now) => ({ ...now, heldUntil: 0 }));
    await soon(!answer ? "offline" : answer.status < 500 && answer.status !== 429 ? "signed-out" : "no-answer");
    mark(form, say("row_waits"));
    offerUndo(say("waits"), UNDO_SECONDS, () => undoKept(record));
  } else {
    rest(form);
    complain(say("not_kept"));
  }
}

function done(form, told, record) {
  if (mine && told.struck !== null) mine.textContent = told.struck.toLocaleString("en-US");
  mark(form, say("row_struck"));
  const undo = () => takeBack(told.undo, record.fields.find(([name]) => name === "campaign")[1]);
  if (told.undo) offerUndo(told.words, UNDO_SECONDS, undo);
  else complain(told.words, 5);
}

// The row stays where it is: another may be under the finger already.
function mark(form, words) {
  if (form === blind) {
    form.hidden = true;
    form.elements.key.value = newKey();
    rest(form);
    field.value = shown = "";
    field.focus();
    return;
  }
  const tag = document.createElement("span");
  tag.className = "tag good";
  tag.textContent = words;
  form.replaceWith(tag);
  field.focus({ preventScroll: true });
  field.select();
}

function rest(form) {
  delete form.dataset.busy;
  form.querySelector("button").classList.remove("busy");
}

async function takeBack(key, campaign, row) {
  try {
    const { body } = await submit(undoUrl, [["key", key], ["campaign", campaign]]);
    if (body.problem) {
      complain(body.problem);
      return;
    }
    hide();
    row?.remove();
    if (mine && body.struck !== null) mine.textContent = body.struck.toLocaleString("en-US");
    await look(true);
    said.textContent = body.words;
  } catch {
    complain(say("no_undo"));
  }
}

// What was never sent is taken out; what may have arrived is undone when the line is back.
async function undoKept(record) {
  const campaign = record.fields.find(([name]) => name === "campaign")[1];
  const undo = [["key", record.key], ["campaign", campaign]];
  const maybe = (now) => (now.sent ? { ...now, url: undoUrl, fields: undo } : null);
  const before = await box.alter(record.key, maybe);
  if (!before) await takeBack(record.key, campaign);
  else if (navigator.onLine !== false) look(true);
}
