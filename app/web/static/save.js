// Save and next without loading a page. The result is on this device before it is sent, and stays
// there until the server has it.
import { fieldsOf, fill, forget } from "./draft.js";
import { box, me, mine, newKey, soon, submit, tell } from "./kept.js";
import { say } from "./say.js";
import { complain, offerUndo } from "./toast.js";
import { tell as tellLine } from "./watch.js";

const HELD_MS = 15_000; // while this page itself sends it
const UNDO_SECONDS = 10;
const addresses = document.getElementById("words").dataset;

// `screen` is {card(html), waiting(html), away(why), back(node)}: what is shown next.
export function saving(call, form, signal, screen) {
  const button = form.querySelector("#save");
  const words = [...button.childNodes];
  let busy = false;

  const rest = () => {
    busy = false;
    button.classList.remove("busy");
    button.replaceChildren(...words);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    button.classList.add("busy");
    button.textContent = say("saving");
    save(call, form, signal, screen).catch(() => form.submit()).finally(rest);
  }, { signal });
}

async function save(call, form, signal, screen) {
  const record = {
    key: form.elements.key.value,
    user: me,
    touch: call.dataset.touch,
    name: call.dataset.name,
    url: form.action,
    fields: fieldsOf(form),
    at: Date.now(),
    heldUntil: Date.now() + HELD_MS,
    sent: navigator.onLine !== false,
  };
  const kept = await box.keep(record).then(() => true, () => false);
  const answer = record.sent ? await submit(record.url, record.fields).catch(() => null) : null;
  if (signal.aborted) return;
  if (answer?.status === 200 && answer.body.saved === true) {
    await done(record, answer.body, screen);
  } else if (answer && [400, 404, 409, 422].includes(answer.status)) {
    await box.drop(record.key).catch(() => {});
    mend(form, answer.body);
  } else if (kept) {
    await away(call, record, answer, screen);
  } else {
    mend(form, { problem: say("not_kept") });
  }
}

async function done(record, told, screen) {
  tellLine("on");
  await Promise.all([box.drop(record.key), forget(record.touch)]).catch(() => {});
  if (told.html) await screen.card(told.html);
  else if (told.none?.html) await screen.waiting(told.none.html);
  else location.assign(addresses.current);
  if (!told.undo) return;
  const { words, until_seconds: seconds, key } = told.undo;
  offerUndo(words, seconds, () => undoSaved(key, record, screen));
}

// Not sent: it waits here, and so does the volunteer.
async function away(call, record, answer, screen) {
  const told = say("kept_toast", { result: chosen(call), name: record.name }); // while it is shown
  const why = !answer ? "offline" : answer.status < 500 && answer.status !== 429 ? "signed-out" : "no-answer";
  await box.alter(record.key, (now) => ({ ...now, heldUntil: 0 }));
  await forget(record.touch);
  await screen.away(why);
  await soon(why);
  offerUndo(told, UNDO_SECONDS, () => undoKept(call, record, screen));
}

function chosen(call) {
  const label = call.querySelector("[name=result]:checked")?.labels[0]?.cloneNode(true);
  label?.querySelector("kbd")?.remove();
  return label?.textContent.trim() ?? "";
}

async function undoSaved(key, record, screen) {
  try {
    const { status, body } = await submit(addresses.undo, [["key", key]]);
    if (status !== 200 || body.problem) {
      complain(body.problem || say("no_undo"));
      return;
    }
    if (!body.html) {
      location.assign(addresses.current);
      return;
    }
    const card = await screen.card(body.html);
    fill(card.querySelector("#record"), record.fields);
  } catch {
    complain(say("no_undo"));
  }
}

// What was never sent is taken out. What may have arrived is undone at the server when the line is
// back, before what is said instead of it.
async function undoKept(call, record, screen) {
  const maybe = (now) => (now.sent ? { ...now, url: addresses.undo, fields: [["key", now.key]] } : null);
  const before = await box.alter(record.key, maybe);
  if (!before) {
    await undoSaved(record.key, record, screen);
    return;
  }
  const form = call.querySelector("#record");
  form.elements.key.value = newKey();
  await screen.back(call);
  fill(form, record.fields);
  await tell();
}

// What the server could not take, said at the field that it is about.
function mend(form, { problem, field }) {
  let note = form.querySelector("#problem");
  if (!note) {
    note = document.createElement("p");
    note.id = "problem";
    note.className = "note bad";
    note.setAttribute("role", "alert");
  }
  const about = field ? form.querySelector(`[name="${CSS.escape(field)}"]`) : null;
  const place = about?.closest(".extra, fieldset, [data-question]");
  if (place) place.prepend(note);
  else form.prepend(note);
  note.textContent = problem;
  note.scrollIntoView({ block: "center" });
  (about && about.type !== "hidden" ? about : note).focus?.({ preventScroll: true });
}

// Whether a result for this call waits here already: then it is not asked for twice.
export async function waitsHere(touch) {
  const records = await mine().catch(() => []);
  return records.some((each) => each.touch === touch && !each.problem && each.url !== addresses.undo);
}
