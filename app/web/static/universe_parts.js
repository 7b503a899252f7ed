// Pieces of the builder: elements, labeled fields, lists to tick.
import { say } from "./say.js";

let last = 0;

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== "" && value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export function labeled(words, field, labelClass = "") {
  field.id ||= `f${(last += 1)}`;
  return element("div", { class: "part" }, element("label", { for: field.id, class: labelClass }, words), field);
}

export function options(pairs, chosen, className = "form-select") {
  const select = element("select", { class: className });
  const known = pairs.some(([value]) => String(value) === String(chosen));
  for (const [value, words] of known ? pairs : [...pairs, [chosen, chosen]]) {
    select.append(element("option", { value, selected: String(value) === String(chosen) }, words));
  }
  return select;
}

export function choice(words, pairs, chosen, use) {
  const select = options(pairs, chosen);
  select.addEventListener("change", () => use(select.value));
  return labeled(words, select);
}

// A number field; an empty one says nothing. `use` hears the number or null.
export function numeric(words, value, bounds, use) {
  const { step = 1, ...rest } = bounds;
  const input = element("input", { class: "form-control number", type: "number", inputmode: step === 1 ? "numeric" : "decimal", step, ...rest });
  if (value !== null && value !== undefined) input.value = value;
  input.addEventListener("input", () => use(input.value === "" ? null : Number(input.value)));
  return labeled(words, input);
}

export function day(words, value, use) {
  const input = element("input", { class: "form-control", type: "date" });
  input.value = value ?? "";
  input.addEventListener("input", () => use(input.value || null));
  return labeled(words, input);
}

export function written(words, value, use, placeholder = "") {
  const input = element("input", { class: "form-control", type: "text", autocomplete: "off", spellcheck: "false", placeholder });
  input.value = value;
  input.addEventListener("input", () => use(input.value));
  return labeled(words, input);
}

export const list = (text) => text.split(",").map((word) => word.trim()).filter(Boolean);

export function put(said, name, value) {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length)) delete said[name];
  else said[name] = value;
}

// A list of boxes to tick, those ticked first; with a field to find one when there are many.
// `found` is a promise of [{ value, label, count }].
export function ticks(words, ticked, found, use) {
  const chosen = new Set(ticked);
  const id = `f${(last += 1)}`;
  const rows = element("div", { class: "ticks", role: "group", "aria-label": words }, element("p", { class: "hint" }, say("Looking up what is on file…")));
  const box = element("div", { class: "part whole-line" }, rows);
  const fill = (all) => {
    const missing = [...chosen].filter((value) => !all.some((one) => one.value === value));
    const every = [...missing.map((value) => ({ value, label: value || say("not on file"), count: "" })), ...all];
    every.sort((a, b) => chosen.has(b.value) - chosen.has(a.value));
    rows.replaceChildren(...every.map((one, place) => row(one, `${id}-${place}`)));
    if (!every.length) rows.append(element("p", { class: "hint" }, say("Nothing on file.")));
    if (every.length > 10) box.prepend(finder(rows, words));
    if (every.length > 5) rows.tabIndex = 0;
  };
  const row = ({ value, label, count }, at) => {
    const tick = element("input", { type: "checkbox", class: "form-check-input", id: at });
    tick.checked = chosen.has(value);
    tick.addEventListener("change", () => {
      if (tick.checked) chosen.add(value);
      else chosen.delete(value);
      use([...chosen]);
    });
    const told = element("label", { for: at }, label);
    if (count) told.append(" ", element("span", { class: "hint" }, count));
    return element("div", { class: "tick" }, tick, told);
  };
  Promise.resolve(found).then(fill, () => fill([]));
  return box;
}

function finder(rows, words) {
  const input = element("input", { class: "form-control", type: "search", placeholder: say("Find…"), "aria-label": say("Find in {list}", { list: words.toLowerCase() }) });
  input.addEventListener("input", () => {
    const start = input.value.trim().toLowerCase();
    for (const item of rows.children) item.hidden = !item.textContent.toLowerCase().includes(start);
  });
  return input;
}
