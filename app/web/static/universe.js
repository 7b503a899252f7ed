// The builder of a universe: the filter as a tree of fields and as JSON, and its count while one edits.
import { ask } from "./ask.js";
import { say } from "./say.js";
import { at, fromJson, toJson } from "./universe_filter.js";
import { Tree } from "./universe_tree.js";

const form = document.getElementById("universe");
const json = document.getElementById("filter");
const jsonProblem = document.getElementById("filter-problem");
const panel = document.getElementById("counted");
const out = (name) => panel.querySelector(`[data-out=${name}]`);

const tree = new Tree(document.getElementById("tree"), {
  facts: JSON.parse(form.dataset.facts),
  choices: (field, column) => choices(field, column),
  changed: () => {
    json.value = JSON.stringify(toJson(tree.root), null, 2);
    jsonProblem.textContent = "";
    soon();
  },
});

const kept = new Map();
function choices(field, column = "") {
  const url = form.dataset.choices.replace("FIELD", field) + (column ? `?column=${encodeURIComponent(column)}` : "");
  if (!kept.has(url)) {
    kept.set(url, ask(url).then((answer) => answer.json()));
    kept.get(url).catch(() => kept.delete(url));
  }
  return kept.get(url);
}

let timer;
let asking = new AbortController();
function soon() {
  clearTimeout(timer);
  panel.setAttribute("aria-busy", "true");
  timer = setTimeout(count, 250);
}

async function post(more) {
  const body = new FormData();
  body.set("filter", JSON.stringify(toJson(tree.root, false)));
  if (more) body.set(more, "1");
  return (await ask(form.dataset.count, { method: "POST", body, signal: asking.signal })).json();
}

// A large file is estimated first; the exact count takes its place.
async function count() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  try {
    let answer = await post("rough");
    if (signal.aborted) return;
    show(answer);
    if (answer.rough) {
      answer = await post();
      if (!signal.aborted) show(answer);
    }
  } catch (error) {
    if (error.name !== "AbortError") show({ problem: say("No count: the server did not answer. We ask again when you change something.") });
  }
}

function show(answer) {
  panel.setAttribute("aria-busy", answer.rough ? "true" : "false");
  tree.mark(answer.path ? at(tree.root, answer.path) : null, answer.problem);
  out("problem").textContent = answer.problem ?? "";
  if (answer.problem) return;
  for (const name of ["voters", "call", "text", "email", "words"]) out(name).textContent = answer[name];
  out("about").textContent = answer.rough ? `${say("about")} ` : "";
  panel.querySelector("[data-people]").replaceChildren(
    ...answer.people.map(([initials, city]) => {
      const item = document.createElement("li");
      item.textContent = [initials, city].filter(Boolean).join(", ");
      return item;
    }),
  );
  panel.querySelector("#some").hidden = !answer.people.length;
}

function fromText(problem) {
  try {
    tree.root = fromJson(json.value);
    jsonProblem.textContent = problem;
  } catch (error) {
    jsonProblem.textContent = problem || (error instanceof SyntaxError ? say("This is no JSON yet: {why}", { why: error.message }) : error.message);
    tree.target.hidden = true;
    return false;
  }
  tree.target.hidden = false;
  tree.draw();
  return true;
}

panel.hidden = false;
if (fromText(form.dataset.problem)) {
  if (!form.dataset.problem) document.getElementById("as-json").open = false;
  else tree.mark(at(tree.root, JSON.parse(form.dataset.path)), form.dataset.problem);
  soon();
}
json.addEventListener("input", () => fromText("") && soon());
