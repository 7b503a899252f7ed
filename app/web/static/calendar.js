// The calendar: a blast or a phase is dragged (mouse, finger) or stepped (arrow keys) to another hour;
// a dialog then says what the move would bring, and only its button moves anything.
import { ask } from "./ask.js";
import { say } from "./say.js";

const table = document.querySelector(".calendar-week");
const dialog = document.getElementById("move");
const told = document.getElementById("told");
const HOLD = 350; // a finger that rests so long lifts the chip; a shorter touch scrolls
const FAR = 6; // pixels from which a mouse drags
const EDGE = 96; // so near the upper or lower edge the page goes on under the chip
const STEP = 10; // pixels a frame
let drag = null;
let from = null; // what had the focus before the dialog

const cells = () => [...table.querySelectorAll("td.hour")].filter((one) => one.offsetParent);
const cellAt = (x, y) => document.elementFromPoint(x, y)?.closest("td.hour");

function words(cell) {
  const column = cell.closest("table").querySelectorAll("thead th")[cell.cellIndex];
  return `${column.querySelector(".day-name").textContent}, ${cell.parentElement.cells[0].textContent}`;
}

function mark(cell) {
  for (const one of table.querySelectorAll(".over")) one.classList.remove("over");
  cell?.classList.add("over");
}

async function show(address) {
  try {
    dialog.innerHTML = await (await ask(address, { headers: { Accept: "text/html" } })).text();
  } catch {
    dialog.innerHTML = "";
    const line = document.createElement("p");
    line.textContent = say("failed");
    dialog.append(line);
  }
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("form[method=post] button, input")?.focus();
}

function propose(chip, cell) {
  from = chip.querySelector(".chip-move");
  const [day, time] = cell.dataset.at.split("T");
  const at = `${time.slice(0, 2)}:${chip.dataset.minute}`;
  show(`${chip.dataset.move}?${new URLSearchParams({ part: 1, day, time: at })}`);
}

function lift(chip, event) {
  const ghost = document.createElement("div");
  ghost.className = "ghost";
  ghost.textContent = chip.dataset.name;
  document.body.append(ghost);
  document.body.classList.add("dragging");
  chip.classList.add("held");
  drag = { ...drag, chip, ghost, lifted: true };
  follow(event);
  requestAnimationFrame(scrollOn);
}

function follow(event) {
  drag.at = [event.clientX, event.clientY];
  drag.ghost.style.left = `${event.clientX + 12}px`;
  drag.ghost.style.top = `${event.clientY + 12}px`;
  drag.cell = cellAt(...drag.at);
  mark(drag.cell);
}

// Hours beyond the screen: a chip that is held at the edge takes the page with it.
function scrollOn() {
  if (!drag?.lifted) return;
  const step = drag.at[1] < EDGE ? -STEP : drag.at[1] > innerHeight - EDGE ? STEP : 0;
  if (step) {
    scrollBy({ top: step, behavior: "instant" });
    drag.cell = cellAt(...drag.at);
    mark(drag.cell);
  }
  requestAnimationFrame(scrollOn);
}

function drop(kept) {
  if (!drag) return;
  clearTimeout(drag.timer);
  const { lifted, chip, ghost, cell } = drag;
  drag = null;
  if (!lifted) return;
  ghost.remove();
  chip.classList.remove("held");
  document.body.classList.remove("dragging");
  mark(null);
  if (kept && cell && cell !== chip.closest("td")) propose(chip, cell);
}

table.addEventListener("pointerdown", (event) => {
  const chip = event.target.closest("[data-move]");
  if (!chip || event.button !== 0) return;
  drag = { chip, x: event.clientX, y: event.clientY, touch: event.pointerType !== "mouse", lifted: false };
  if (drag.touch) drag.timer = setTimeout(() => lift(chip, event), HOLD);
});

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (drag.lifted) {
    follow(event);
    return;
  }
  const moved = Math.hypot(event.clientX - drag.x, event.clientY - drag.y);
  if (moved < FAR) return;
  if (drag.touch) drop(false); // it scrolls
  else lift(drag.chip, event);
});
document.addEventListener("pointerup", () => {
  const lifted = drag?.lifted;
  drop(true);
  if (!lifted) return;
  const still = (event) => event.preventDefault(); // the press that ends a drag follows no link
  document.addEventListener("click", still, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", still, { capture: true }), 0);
});
document.addEventListener("pointercancel", () => drop(false));
document.addEventListener("touchmove", (event) => {
  if (drag?.lifted) event.preventDefault();
}, { passive: false });
table.addEventListener("dragstart", (event) => {
  if (event.target.closest("[data-move]")) event.preventDefault(); // links would drag by themselves
});
table.addEventListener("contextmenu", (event) => {
  if (drag?.lifted) event.preventDefault();
});

// The keyboard: arrows choose a cell, Enter asks, Escape leaves.
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
let aim = null;

table.addEventListener("keydown", (event) => {
  const door = event.target.closest(".chip-move");
  if (!door) return;
  const step = STEPS[event.key];
  if (step) {
    event.preventDefault();
    const at = aim ?? door.closest("td");
    const rows = [...table.tBodies[0].rows];
    const row = rows[rows.indexOf(at.parentElement) + step[0]];
    const next = row?.cells[at.cellIndex + step[1]];
    if (!next?.matches("td.hour") || !cells().includes(next)) return;
    aim = next;
    mark(aim);
    aim.scrollIntoView({ block: "nearest", inline: "nearest" });
    told.textContent = say("to", { when: words(aim) });
  } else if (event.key === "Enter" && aim) {
    event.preventDefault();
    propose(door.closest("[data-move]"), aim);
    leave();
  } else if (event.key === "Escape" && aim) {
    leave();
    told.textContent = say("left");
  }
});

function leave() {
  aim = null;
  mark(null);
}

table.addEventListener("focusout", leave);
table.addEventListener("click", (event) => {
  const door = event.target.closest(".chip-move");
  if (!door || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  from = door;
  show(`${door.closest("[data-move]").dataset.move}?part=1`);
});

dialog.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) {
    event.preventDefault();
    dialog.close();
  }
});
dialog.addEventListener("close", () => from?.focus());
dialog.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-effect]");
  if (!form) return;
  event.preventDefault();
  const asked = new URLSearchParams(new FormData(form));
  asked.set("part", "1");
  show(`${form.getAttribute("action")}?${asked}`);
});

for (const link of document.querySelectorAll("[data-shared]")) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const line = link.closest(".clash").querySelector(".shared");
    try {
      line.innerHTML = await (await ask(link.dataset.shared, { headers: { Accept: "text/html" } })).text();
      link.remove();
    } catch {
      line.textContent = say("failed");
    }
  });
}
