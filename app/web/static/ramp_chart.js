// A ramp as a curve with a handle for each day to come, to be dragged or moved by the arrow keys.
import { say } from "./say.js";

const SVG = "http://www.w3.org/2000/svg";
const TOP = 30, BOTTOM = 44, HEIGHT = 300, SIDE = 14, AXIS = 46;
const NARROWEST = 26; // a day, so that fingers and eyes tell it from the next
const MOST = 10_000_000;
const SHAPES = {
  call: "M-7,0a7,7 0 1,0 14,0a7,7 0 1,0 -14,0z",
  text: "M0,-8L8,7L-8,7z",
  email: "M-6.5,-6.5H6.5V6.5H-6.5z",
};
const words = (number) => number.toLocaleString("en-US");

function make(name, facts = {}, text = "") {
  const found = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(facts)) found.setAttribute(key, value);
  if (text) found.textContent = text;
  return found;
}

// The next number that reads well: 1, 2, 5, 10, 20, 50, … or those of `steps`.
function round(number, steps = [1, 2, 5, 10]) {
  const power = 10 ** Math.floor(Math.log10(Math.max(number, 1)));
  return power * steps.find((one) => one * power >= number);
}

function quarter(number) {
  return number < 10 ? Math.ceil(number) : round(number, [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]);
}

export class Chart {
  constructor(box, channel, facts, days, drawn) {
    Object.assign(this, { box, channel, facts, days, drawn });
    this.volumes = [...facts.volumes];
    this.axis = make("svg", { width: AXIS, height: HEIGHT, "aria-hidden": "true", class: "ramp-axis" });
    this.svg = make("svg", { height: HEIGHT, class: "ramp-curve", role: "group", "aria-label": say("handles", { channel: facts.name }) });
    this.scroll = Object.assign(document.createElement("div"), { className: "ramp-scroll" });
    this.scroll.append(this.svg);
    box.replaceChildren(this.axis, this.scroll);
    this.held = null;
    new ResizeObserver(() => this.held === null && this.layout()).observe(this.scroll);
  }

  set(volumes) {
    this.volumes = [...volumes];
    if (this.held === null) this.layout();
  }

  x(at) { return SIDE + this.column * (at + 0.5); }
  y(volume) { return HEIGHT - BOTTOM - (volume / this.top) * (HEIGHT - BOTTOM - TOP); }
  get step() { return Math.max(1, round(this.top / 150)); }

  // Everything anew: scale, days, handles. Not while a handle is held.
  layout() {
    const room = this.scroll.clientWidth;
    if (!room) return;
    const focused = this.svg.contains(document.activeElement) ? document.activeElement.dataset.at : null;
    this.column = Math.max(NARROWEST, (room - 2 * SIDE) / this.days.length);
    const width = this.column * this.days.length + 2 * SIDE;
    const most = Math.max(...this.volumes, ...this.facts.done, 4);
    this.top = 4 * quarter((most * 1.2) / 4);
    this.svg.setAttribute("width", width);
    this.svg.replaceChildren(...this.ground(width), ...this.calendar(), ...this.past());
    this.area = make("path", { class: "area" });
    this.line = make("path", { class: "line" });
    this.told = make("text", { class: "told", "aria-hidden": "true" });
    this.svg.append(this.area, this.line);
    this.handles = this.days.map((day, at) => (day.past || this.facts.closed[at] ? null : this.handle(day, at)));
    this.svg.append(...this.handles.filter(Boolean), this.told);
    this.draw();
    if (!this.seen) this.scroll.scrollLeft = width; // the final week first
    this.seen = true;
    if (focused !== null) this.handles[focused]?.focus({ preventScroll: true });
  }

  ground(width) {
    const found = [];
    const first = this.days.findIndex((day) => day.final);
    const end = HEIGHT - BOTTOM;
    found.push(make("rect", { class: "final", x: this.x(first) - this.column / 2, y: 0, width: this.column * (this.days.length - first), height: end }));
    found.push(make("text", { class: "name", x: this.x(first) - this.column / 2 + 6, y: 28 }, this.days[0].final ? "" : say("final_week")));
    this.axis.replaceChildren();
    for (let at = 0; at <= 4; at += 1) {
      const volume = (this.top / 4) * at;
      found.push(make("line", { class: "grid", x1: 0, x2: width, y1: this.y(volume), y2: this.y(volume) }));
      const short = volume >= 1e6 ? `${volume / 1e6}M` : volume >= 1e4 ? `${volume / 1e3}k` : words(volume);
      this.axis.append(make("text", { x: AXIS - 4, y: this.y(volume) + 4, "text-anchor": "end" }, short));
    }
    return found;
  }

  calendar() {
    const found = [];
    this.days.forEach((day, at) => {
      const x = this.x(at);
      if (this.facts.closed[at]) found.push(...this.hatch(at));
      if (day.today || day.polling) found.push(make("line", { class: day.polling ? "polling" : "now", x1: x, x2: x, y1: day.polling ? 20 : day.final ? 46 : 33, y2: HEIGHT - BOTTOM }));
      if (day.today) found.push(make("text", { class: "name", x, y: day.final ? 41 : 15, "text-anchor": "middle" }, say("today")));
      if (day.polling) found.push(make("text", { class: "name strong", x: x + this.column / 2, y: 15, "text-anchor": "end" }, say("polling_day")));
      found.push(make("text", { class: "day", x, y: HEIGHT - 28 }, day.weekday));
      found.push(make("text", { class: `day${day.today || day.polling ? " strong" : ""}`, x, y: HEIGHT - 14 }, day.number));
      if (!at || day.number === 1) found.push(make("text", { class: "day", x, y: HEIGHT - 1 }, day.month));
    });
    return found;
  }

  // A closed day is hatched: color alone would not say it.
  hatch(at) {
    const left = this.x(at) - this.column / 2;
    const right = left + this.column, low = HEIGHT - BOTTOM;
    const lines = [];
    for (let y = TOP + this.column; y <= low; y += 10) lines.push(`M${left},${y}L${right},${y - this.column}`);
    return [make("path", { class: "closed", d: lines.join("") })];
  }

  past() {
    return this.days.flatMap((day, at) => {
      const done = this.facts.done[at];
      if (!done || !(day.past || day.today)) return [];
      const bar = make("rect", { class: "done", x: this.x(at) - this.column * 0.3, width: this.column * 0.6, y: this.y(done), height: HEIGHT - BOTTOM - this.y(done) });
      bar.append(make("title", {}, say("done", { day: day.name, count: words(done) })));
      return [bar];
    });
  }

  handle(day, at) {
    const label = day.polling ? say("on_polling_day", { day: day.name }) : day.name;
    const group = make("g", { role: "slider", tabindex: 0, class: "handle", "data-at": at, "aria-label": label, "aria-valuemin": 0, "aria-valuemax": MOST, "aria-orientation": "vertical" });
    const wide = Math.min(this.column, 48);
    group.append(make("rect", { class: "reach", x: -wide / 2, y: -24, width: wide, height: 48 }), make("path", { class: "grip", d: SHAPES[this.channel] }));
    group.addEventListener("keydown", (event) => this.key(event, at));
    group.addEventListener("pointerdown", (event) => this.grab(event, at));
    group.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false }); // the page stays where it is
    group.addEventListener("focus", () => this.tell(at));
    group.addEventListener("blur", () => this.tell(null));
    return group;
  }

  key(event, at) {
    const way = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (!way) return;
    event.preventDefault();
    this.move(at, this.volumes[at] + way * this.step * (event.shiftKey && Math.abs(way) === 1 ? 10 : 1));
    if (this.y(this.volumes[at]) < TOP || !this.volumes[at]) this.layout();
  }

  grab(event, at) {
    if (event.button) return;
    event.preventDefault();
    const handle = this.handles[at];
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    this.held = at;
    const box = this.svg.getBoundingClientRect();
    const off = event.clientY - box.top - this.y(this.volumes[at]);
    const drag = (moved) => {
      const y = moved.clientY - this.svg.getBoundingClientRect().top - off;
      const volume = ((HEIGHT - BOTTOM - y) / (HEIGHT - BOTTOM - TOP)) * this.top;
      this.move(at, Math.round(volume / this.step) * this.step);
    };
    const drop = () => {
      for (const kind of ["pointermove", "pointerup", "pointercancel"]) handle.removeEventListener(kind, kind === "pointermove" ? drag : drop);
      this.held = null;
      this.layout();
    };
    handle.addEventListener("pointermove", drag);
    handle.addEventListener("pointerup", drop);
    handle.addEventListener("pointercancel", drop);
  }

  move(at, volume) {
    const kept = Math.min(Math.max(volume, 0), MOST);
    if (kept === this.volumes[at]) return;
    this.volumes[at] = kept;
    this.draw();
    this.tell(at);
    this.drawn(at, kept);
  }

  tell(at) {
    this.told.textContent = at === null ? "" : words(this.volumes[at]);
    if (at === null) return;
    const near = at > this.days.length - 3 ? "end" : "middle";
    this.told.setAttribute("text-anchor", near);
    this.told.setAttribute("x", this.x(at) + (near === "end" ? this.column / 2 : 0));
    this.told.setAttribute("y", Math.max(this.y(this.volumes[at]) - 16, 14));
  }

  draw() {
    const points = this.days.flatMap((_, at) => (this.facts.closed[at] ? [] : [[this.x(at), this.y(this.volumes[at])]]));
    const line = points.map(([x, y], at) => `${at ? "L" : "M"}${x},${y}`).join("");
    this.line.setAttribute("d", line);
    const low = HEIGHT - BOTTOM;
    this.area.setAttribute("d", points.length ? `${line}L${points.at(-1)[0]},${low}L${points[0][0]},${low}z` : "");
    this.handles.forEach((handle, at) => {
      if (!handle) return;
      handle.setAttribute("transform", `translate(${this.x(at)},${this.y(this.volumes[at])})`);
      handle.setAttribute("aria-valuenow", this.volumes[at]);
      handle.setAttribute("aria-valuetext", say("planned", { count: words(this.volumes[at]), channel: this.facts.name }));
    });
  }
}
