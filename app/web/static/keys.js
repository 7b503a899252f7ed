// The keyboard on the call screen: a key for each result and answer, Enter to save, ? for the list.
import { say } from "./say.js";
import { takeBack } from "./toast.js";

const TYPED = "input:not([type=radio]):not([type=checkbox]):not([type=hidden]), textarea, select, [contenteditable]";
const PRESSED = "button, a[href], summary";

const seen = (element) => element.getClientRects().length > 0;
const shown = (element) => seen(element.labels?.[0] ?? element);

// Questions share their keys: the last one on the way is the one that is asked.
function keyed(key) {
  const found = [...document.querySelectorAll(`#stage [data-key="${CSS.escape(key)}"]`)];
  return found.filter((element) => shown(element) && !element.disabled).pop();
}

function press(element) {
  element.click();
  element.focus({ preventScroll: true });
  (element.labels?.[0] ?? element).scrollIntoView({ block: "nearest" });
}

function list() {
  const made = document.createElement("dialog");
  made.className = "keys";
  made.setAttribute("aria-labelledby", "keys-title");
  const rows = [...document.querySelectorAll("#stage [data-key]")].filter(shown)
    .filter((element) => keyed(element.dataset.key) === element)
    .map((element) => [element.dataset.key, nameOf(element)]);
  rows.push(["Enter", say("key_save")], ["u", say("key_undo")], ["?", say("key_list")]);
  const title = document.createElement("h2");
  title.id = "keys-title";
  title.textContent = say("keys");
  const table = document.createElement("dl");
  for (const [key, words] of rows) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const cap = document.createElement("kbd");
    const told = document.createElement("dd");
    cap.textContent = key;
    told.textContent = words;
    term.append(cap);
    row.append(term, told);
    table.append(row);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-primary wide";
  close.textContent = say("close");
  close.addEventListener("click", () => made.close());
  made.addEventListener("close", () => made.remove());
  made.append(title, table, close);
  document.body.append(made);
  made.showModal();
}

function nameOf(element) {
  const label = (element.labels?.[0] ?? element).cloneNode(true);
  for (const cap of label.querySelectorAll("kbd")) cap.remove();
  return label.textContent.trim();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  const at = event.target;
  if (event.key === "Enter") {
    // In a field the browser sends the form itself; in a text area Enter is a new line.
    const form = document.getElementById("record");
    if (!form || at.closest?.(`${TYPED}, ${PRESSED}`)) return;
    event.preventDefault();
    if (!event.repeat) form.requestSubmit();
    return;
  }
  if (at.closest?.(TYPED)) return;
  if (event.key === "?") list();
  else if (event.key === "u") takeBack();
  else {
    const element = event.key.length === 1 ? keyed(event.key) : null;
    if (!element) return;
    press(element);
  }
  event.preventDefault();
});
