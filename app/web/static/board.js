// The dashboard: regions are swapped in place every two seconds, the chart is redrawn when it changed.
import { ask, every } from "./ask.js";
import { campaignNow, countdown, setClock } from "./clock.js";

const board = document.getElementById("board");
let drawn = "";

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function bars(line, row, days) {
  const axis = { xaxis: "x", yaxis: row ? `y${row + 1}` : "y", x: days, type: "bar" };
  const hue = color(`--${line.channel}`);
  return [
    { ...axis, y: line.planned, name: `${line.name} planned`, width: 0.9,
      marker: { color: color(`--${line.channel}-light`), line: { color: hue, width: 1 } } },
    { ...axis, y: line.done, name: `${line.name} done`, width: 0.5, marker: { color: hue } },
  ];
}

function layout(figure) {
  const rows = figure.channels.length;
  const made = {
    barmode: "overlay", showlegend: false, height: 150 * rows + 60,
    margin: { l: 56, r: 24, t: 24, b: 40 }, paper_bgcolor: "transparent", plot_bgcolor: "transparent",
    font: { color: color("--ink"), family: getComputedStyle(document.body).fontFamily, size: 13 },
    xaxis: { type: "category", fixedrange: true, anchor: rows > 1 ? `y${rows}` : "y",
      nticks: innerWidth < 576 ? 5 : 8, tickangle: 0 },
    annotations: [], shapes: [], hovermode: "x unified",
    hoverlabel: { bgcolor: color("--card"), font: { color: color("--ink") } },
  };
  figure.channels.forEach((line, row) => {
    const top = 1 - row / rows;
    const axis = row ? `yaxis${row + 1}` : "yaxis";
    made[axis] = { domain: [top - 1 / rows + 0.02, top - 0.08], fixedrange: true, rangemode: "tozero",
      gridcolor: color("--rule"), nticks: 4, tickformat: ",d" };
    made.annotations.push({ text: line.name,
      x: 0, y: top, xref: "paper", yref: "paper", showarrow: false, xanchor: "left", yanchor: "top",
      font: { color: color(`--${line.channel}`), size: 13 } });
  });
  if (figure.today !== null) {
    made.shapes.push({ type: "line", x0: figure.today, x1: figure.today, y0: 0, y1: 1, yref: "paper",
      layer: "below", line: { color: color("--ink"), width: 1, dash: "dot" } });
  }
  return made;
}

function draw(force = false) {
  const chart = document.getElementById("chart");
  const text = document.getElementById("figure").textContent;
  if (!chart || !window.Plotly || (text === drawn && !force)) return;
  drawn = text;
  const figure = JSON.parse(text);
  const traces = figure.channels.flatMap((line, row) => bars(line, row, figure.days));
  window.Plotly.react(chart, traces, layout(figure), { displayModeBar: false, responsive: true });
}

// Regions with the focus wait, so that nothing moves under a finger or a keyboard.
function swap(fresh) {
  for (const next of fresh.querySelectorAll("[data-region]")) {
    const here = document.getElementById(next.id);
    if (!here || here.contains(document.activeElement)) continue;
    if (here.innerHTML !== next.innerHTML) here.innerHTML = next.innerHTML;
    Object.assign(here.dataset, next.dataset);
  }
  follow();
  if (!document.getElementById("chart") && fresh.querySelector("#chart")) location.reload();
}

function follow() {
  const { now, speed } = document.getElementById("closing").dataset;
  setClock(now, speed);
}

function tick() {
  for (const el of board.querySelectorAll("[data-until]")) {
    el.textContent = countdown(Date.parse(el.dataset.until) - campaignNow());
  }
}

follow();
draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(true));
setInterval(tick, 1000);
every(2000, async () => {
  const text = await (await ask(board.dataset.live, { headers: { Accept: "text/html" } })).text();
  swap(new DOMParser().parseFromString(text, "text/html"));
  draw();
}, (on) => board.classList.toggle("stale", !on));
