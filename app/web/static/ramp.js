// The ramp editor: curve, table and figures of each channel as one, and what the plan makes of them.
import { ask } from "./ask.js";
import { Chart } from "./ramp_chart.js";
import { showFigures } from "./ramp_fields.js";
import { say } from "./say.js";

const form = document.getElementById("ramps");
const facts = JSON.parse(document.getElementById("chart").textContent);
const sketch = document.getElementById("sketch");
const counting = document.getElementById("counting");
const problem = document.getElementById("sketch-problem");
const NO_ANSWER = say("no_answer");
document.getElementById("problems")?.focus();

const cards = [...form.querySelectorAll("[data-ramp]")].map((card) => {
  const channel = card.dataset.ramp;
  const out = (name) => card.querySelector(`[data-out=${name}]`);
  const shape = card.querySelector("select[name$=-shape]");
  const day = (at) => document.getElementById(`${channel}-day-${facts.days[at].day}`);
  const box = card.querySelector("[data-chart]");
  box.hidden = card.querySelector("[data-chart-hint]").hidden = false;
  const chart = new Chart(box, channel, facts.channels[channel], facts.days, (at, volume) => {
    day(at).value = volume;
    hand();
    soon();
  });
  const isDrawn = () => shape.value === "drawn";

  function hand() {
    if (!isDrawn()) {
      shape.value = "drawn";
      showFigures(card);
    }
    total();
  }

  function total(number) {
    const sum = number ?? chart.volumes.reduce((all, one) => all + one, 0);
    out("total").textContent = say("in_all", { count: sum.toLocaleString("en-US") });
  }

  // A number of the table, as far as it is one; the server says what is wrong with it.
  function typed(at) {
    const number = Number(day(at).value);
    return Number.isInteger(number) && number >= 0 ? number : chart.volumes[at];
  }

  // Marks the numbers that are none; whether there is such a number.
  function wrong() {
    const own = [...card.querySelectorAll(".ramp-days input")];
    for (const one of own) {
      one.classList.toggle("is-invalid", !one.validity.valid);
      one.ariaInvalid = one.validity.valid ? null : "true";
    }
    return isDrawn() && own.some((one) => !one.validity.valid);
  }

  facts.days.forEach((one, at) => {
    if (!one.past) {
      day(at).addEventListener("input", () => {
        wrong();
        chart.set(chart.volumes.map((volume, place) => (place === at ? typed(at) : volume)));
        hand();
      });
    }
  });

  if (isDrawn()) chart.set(chart.volumes.map((volume, at) => (facts.days[at].past ? volume : typed(at))));
  showFigures(card);
  total();

  return {
    channel,
    // What the server made of shape and figures; of a hand's drawing only what is wrong with it.
    show(answer) {
      const said = Object.values(answer.problems);
      if (wrong()) said.push(say("whole"));
      out("problem").textContent = said.join(" ");
      out("warnings").replaceChildren(...answer.warnings.map((words) => Object.assign(document.createElement("li"), { textContent: words })));
      if (isDrawn() || Object.keys(answer.problems).length) return;
      chart.set(answer.volumes);
      total(answer.total);
      facts.days.forEach((one, at) => {
        if (!one.past) day(at).value = answer.volumes[at];
      });
      const by = form.elements[`${channel}-by`].value;
      if (by === "total") form.elements[`${channel}-peak`].value = answer.peak;
      else form.elements[`${channel}-total`].value = answer.total;
    },
    visible(shown) {
      card.hidden = !shown;
      const today = card.querySelector("tr.today");
      if (shown && today) today.closest(".ramp-days").scrollTop = today.offsetTop - 96; // past days are out of the way
    },
  };
});

// One channel at a time; the others are still sent.
const channels = document.getElementById("channels");
function choose() {
  const shown = channels.querySelector("input:checked")?.value ?? "call";
  for (const card of cards) card.visible(card.channel === shown);
}
channels.hidden = false;
channels.addEventListener("change", (event) => {
  event.stopPropagation();
  choose();
});
choose();
if (matchMedia("(max-width: 767px)").matches) {
  for (const table of form.querySelectorAll(".ramp-table")) table.open = !!table.querySelector(".is-invalid");
}

// Two answers: the curve at once, what the plan makes of it after a pause. A newer question ends the older.
const asking = { curve: new AbortController(), sketch: new AbortController() };
async function fresh(what) {
  asking[what].abort();
  asking[what] = new AbortController();
  const { signal } = asking[what];
  const answer = await ask(form.dataset[what], { method: "POST", body: new FormData(form), signal });
  return what === "curve" ? answer.json() : answer.text();
}

async function curve() {
  try {
    const answer = await fresh("curve");
    for (const card of cards) card.show(answer[card.channel]);
  } catch (error) {
    if (error.name !== "AbortError") problem.textContent = NO_ANSWER;
  }
}

async function count() {
  try {
    sketch.innerHTML = await fresh("sketch");
    problem.textContent = "";
    busy(false);
  } catch (error) {
    if (error.name === "AbortError") return;
    problem.textContent = NO_ANSWER;
    busy(false);
  }
}

function busy(is) {
  sketch.setAttribute("aria-busy", String(is));
  counting.textContent = is ? say("counting") : "";
}

const timers = {};
function soon() {
  busy(true);
  clearTimeout(timers.curve);
  clearTimeout(timers.sketch);
  timers.curve = setTimeout(curve, 120);
  timers.sketch = setTimeout(count, 300);
}

form.addEventListener("input", (event) => {
  if (event.target.name === "shown") return;
  for (const card of form.querySelectorAll("[data-ramp]")) showFigures(card);
  soon();
});
form.addEventListener("submit", () => {
  setTimeout(() => { document.getElementById("save").disabled = true; });
});
addEventListener("pageshow", () => { document.getElementById("save").disabled = false; });
if ("ask" in form.dataset) soon();
