// The plan: regions are swapped in place when the server has a newer one; the chart is drawn from its numbers.
import { ask, every } from "./ask.js";

const page = document.getElementById("plan");
let drawn = "";

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function bars(line, row) {
  return {
    type: "bar", name: line.name, x: line.at, y: line.planned, text: line.hour, textposition: "none",
    xaxis: "x", yaxis: row ? `y${row + 1}` : "y", width: 3600000, offset: 0, marker: { color: color(`--${line.channel}`) },
    hovertemplate: `%{text}: %{y:,d}<extra>${line.name}</extra>`,
  };
}

function layout(figure) {
  const rows = figure.channels.length;
  const narrow = innerWidth < 576;
  const shown = (_, place) => !narrow || place % 2 === 0; // a phone has room for every second day
  const made = {
    bargap: 0, showlegend: false, height: 120 * rows + 60,
    margin: { l: 56, r: 24, t: 24, b: 40 }, paper_bgcolor: "transparent", plot_bgcolor: "transparent",
    font: { color: color("--ink"), family: getComputedStyle(document.body).fontFamily, size: 13 },
    xaxis: { type: "date", fixedrange: true, anchor: rows > 1 ? `y${rows}` : "y", tickangle: 0,
      tickvals: figure.ticks.filter(shown), ticktext: figure.days.filter(shown).map((day) => (narrow ? day.split(" ").slice(1).join(" ") : day)),
      gridcolor: color("--rule") },
    annotations: [], hovermode: "closest",
    hoverlabel: { bgcolor: color("--card"), font: { color: color("--ink") } },
  };
  figure.channels.forEach((line, row) => {
    const top = 1 - row / rows;
    made[row ? `yaxis${row + 1}` : "yaxis"] = { domain: [top - 1 / rows + 0.02, top - 0.1], fixedrange: true,
      rangemode: "tozero", gridcolor: color("--rule"), nticks: 3, tickformat: ",d" };
    made.annotations.push({ text: line.name, x: 0, y: top, xref: "paper", yref: "paper", showarrow: false,
      xanchor: "left", yanchor: "top", font: { color: color(`--${line.channel}`), size: 13 } });
  });
  return made;
}

function draw(force = false) {
  const chart = document.getElementById("plan-chart");
  const numbers = document.getElementById("plan-figure");
  if (!chart || !numbers || !window.Plotly || (numbers.textContent === drawn && !force)) return;
  drawn = numbers.textContent;
  const figure = JSON.parse(drawn);
  window.Plotly.react(chart, figure.channels.map(bars), layout(figure), { displayModeBar: false, responsive: true });
}

// What the server said of each region, without the tokens of its forms, which differ every time.
const said = new Map();
const plain = (region) => region.innerHTML.replaceAll(/name="csrf_token" value="[^"]*"/g, "");
for (const region of page.querySelectorAll("[data-region]")) said.set(region.id, plain(region));

// Days and forms that somebody opened stay open; a part that holds the focus waits for the next round.
function swap(fresh) {
  let waits = false;
  for (const next of fresh.querySelectorAll("[data-region]:not(#plan-head)")) {
    const here = document.getElementById(next.id);
    if (!here || here.contains(document.activeElement)) {
      waits = waits || Boolean(here);
      continue;
    }
    const words = plain(next);
    if (said.get(next.id) === words) continue;
    said.set(next.id, words);
    for (const opened of here.querySelectorAll("details[open][data-key]")) {
      const same = next.querySelector(`details[data-key="${CSS.escape(opened.dataset.key)}"]`);
      if (same) same.open = true;
    }
    here.innerHTML = next.innerHTML;
  }
  const head = document.getElementById("plan-head");
  const next = fresh.getElementById("plan-head");
  if (waits || head.contains(document.activeElement)) return;
  head.innerHTML = next.innerHTML;
  head.dataset.mark = next.dataset.mark;
}

draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(true));
if (page.dataset.live) {
  every(3000, async () => {
    const { mark } = document.getElementById("plan-head").dataset;
    const answer = await ask(`${page.dataset.live}?known=${mark}`, { headers: { Accept: "text/html" } });
    if (answer.status === 204) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const shape = (where) => Boolean(where.querySelector("#plan-coverage")) + Boolean(where.querySelector("#plan-chart"));
    if (shape(fresh) !== shape(document)) location.reload();
    else swap(fresh);
    draw();
  }, (on) => page.classList.toggle("stale", !on));
}
