// Half-typed answers of the call in hand: kept while they are typed, put back after a crash.
import { box, me } from "./kept.js";

const PAUSE_MS = 150;
const DAY_MS = 86_400_000;
const OF_THE_PAGE = ["csrf_token", "key", "touch_id", "fence"];

const idOf = (touch) => `${me}:${touch}`;

// What the form says, as pairs of name and value.
export function fieldsOf(form) {
  return [...new FormData(form)].filter(([name]) => name !== "csrf_token");
}

// Make the form say what the pairs say.
export function fill(form, pairs) {
  const given = new Map();
  for (const [name, value] of pairs) given.set(name, [...(given.get(name) ?? []), value]);
  for (const control of form.elements) {
    if (!control.name || OF_THE_PAGE.includes(control.name)) continue;
    const values = given.get(control.name) ?? [];
    if (control.type === "radio" || control.type === "checkbox") {
      control.checked = values.includes(control.value);
      const folded = control.checked ? control.closest("details") : null;
      if (folded) folded.open = true;
    } else if (values.length) {
      [control.value] = values;
      if (control.tagName === "SELECT" && control.value !== values[0]) choose(control, values[0]);
    }
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

// One of the many languages that are listed only when somebody needs them.
function choose(select, code) {
  const option = new Option(code, code, true, true);
  option.dataset.unnamed = "";
  select.append(option);
}

// Keep what is typed from now on; first put back what was kept.
export async function drafting(call, form, signal) {
  const id = idOf(call.dataset.touch);
  if (!call.querySelector("#problem")) {
    const before = await box.draft(id).catch(() => null);
    if (before && !signal.aborted) fill(form, before.fields);
  }
  let timer;
  const write = () => {
    clearTimeout(timer);
    const draft = { id, user: me, at: Date.now(), fields: fieldsOf(form) };
    if (!signal.aborted) box.keepDraft(draft).catch(() => {});
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(write, PAUSE_MS); };
  form.addEventListener("input", soon, { signal });
  form.addEventListener("change", write, { signal });
  addEventListener("pagehide", write, { signal });
}

export const forget = (touch) => box.dropDraft(idOf(touch)).catch(() => {});

box.dropDrafts(({ at }) => at < Date.now() - DAY_MS).catch(() => {});
