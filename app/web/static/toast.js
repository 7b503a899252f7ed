// What was just saved, with a button that takes it back; over the top line for as long as it works.
import { say } from "./say.js";

const line = document.createElement("div");
const words = document.createElement("span");
const button = document.createElement("button");
let timer;
let back = null;

line.className = "toast-line";
line.hidden = true;
line.id = "toast";
words.setAttribute("role", "status");
button.type = "button";
button.id = "undo";
button.className = "btn btn-outline-primary";
button.addEventListener("click", takeBack);
line.append(words, button);
document.querySelector(".top").after(line);

export function offerUndo(told, seconds, undo) {
  show(told, seconds);
  button.textContent = say("undo");
  button.hidden = false;
  back = undo;
}

export function complain(told, seconds = 10) {
  show(told, seconds);
  line.classList.add("bad");
}

function show(told, seconds) {
  clearTimeout(timer);
  back = null;
  button.hidden = true;
  line.hidden = false;
  line.classList.remove("bad");
  words.textContent = told;
  timer = setTimeout(hide, seconds * 1000);
}

export function hide() {
  clearTimeout(timer);
  back = null;
  line.hidden = true;
  words.textContent = "";
}

export function takeBack() {
  const undo = back;
  if (!undo) return;
  hide();
  undo();
}
