// The coverage strip: the hour under the pointer, or chosen by the arrow keys, is told below it.
// Listens on the whole page, so that a strip which the server drew anew needs nothing more.
function tell(summary, place) {
  const strip = summary.closest(".strip");
  for (const cell of strip.querySelectorAll(".cell.read")) cell.classList.remove("read");
  const told = [];
  for (const band of summary.querySelectorAll(".strip-band")) {
    const cell = band.querySelectorAll(".cell")[place];
    if (!cell || !cell.title) continue;
    cell.classList.add("read");
    const [hour, ...words] = cell.title.split(": ");
    if (!told.length) told.push(`${summary.querySelector("b").textContent}, ${hour}`);
    told.push(`${band.querySelector(".strip-mark").textContent} ${words.join(": ")}`);
  }
  if (!told.length) return false;
  summary.dataset.place = place;
  const lines = told.map((words) => Object.assign(document.createElement("span"), { textContent: words }));
  strip.querySelector(".strip-read").replaceChildren(...lines);
  return true;
}

function placeOf(cell) {
  return [...cell.parentElement.children].indexOf(cell);
}

for (const kind of ["pointerover", "click"]) {
  document.addEventListener(kind, (event) => {
    const cell = event.target.closest?.(".strip-cells .cell");
    if (cell) tell(cell.closest("summary"), placeOf(cell));
  });
}

document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const summary = event.target.closest?.(".strip-day > summary");
  if (!step || !summary) return;
  event.preventDefault();
  const cells = summary.querySelector(".strip-cells").children.length;
  let place = Number(summary.dataset.place ?? (step > 0 ? -1 : cells)) + step;
  while (place >= 0 && place < cells && !tell(summary, place)) place += step;
  summary.scrollIntoView({ block: "nearest" }); // what is told must not lie over the day
});
