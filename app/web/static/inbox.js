// The inbox by keys: j and k go from one to the next, e answers, d is done, a takes, x chooses.
import { say } from "./say.js";

const entries = [...document.querySelectorAll("[data-entry]")];
const search = document.getElementById("q");
const boxes = [...document.querySelectorAll("input[name=chosen]")];
const all = document.getElementById("all");
const chosen = document.getElementById("chosen");

function count() {
  const number = boxes.filter((box) => box.checked).length;
  chosen.textContent = number ? say("chosen", { n: number }) : "";
  all.checked = number > 0 && number === boxes.length;
  all.indeterminate = number > 0 && number < boxes.length;
}

if (all && boxes.length) {
  all.closest(".check-all").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  for (const box of boxes) box.addEventListener("change", count);
  count();
}

const current = () => entries.findIndex((one) => one.contains(document.activeElement));

function go(step) {
  const here = current();
  const next = here < 0 ? (step > 0 ? 0 : entries.length - 1) : here + step;
  entries[next]?.focus();
}

function press(act) {
  entries[current()]?.querySelector(`[data-act=${act}]`)?.click();
}

const KEYS = {
  j: () => go(1),
  k: () => go(-1),
  e: () => press("answer"),
  d: () => press("done"),
  a: () => press("take"),
  x: () => entries[current()]?.querySelector("input[name=chosen]")?.click(),
  "/": () => search.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("textarea, select, input:not([type=checkbox])");
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
