// The editor of a script: fields by tap, the preview as it is typed, questions moved and dragged.
import { ask } from "./ask.js";
import { say } from "./say.js";

const form = document.querySelector("#script");
const live = document.querySelector("#live");
const silent = document.querySelector("#silent");
const HTML = { Accept: "text/html" };
const SOON = 400;
let written = form?.elements.body;

const sent = (act = "") => {
  const body = new FormData(form);
  if (act) body.set("act", act);
  return { method: "POST", body, headers: HTML };
};

let asked = 0;
async function look() {
  const mine = ++asked;
  try {
    const page = await (await ask(form.dataset.look, sent())).text();
    if (mine !== asked) return; // something was typed meanwhile
    live.innerHTML = page;
    silent.textContent = "";
    if ("mail" in form.dataset) showMail();
  } catch {
    if (mine === asked) silent.textContent = say("silent");
  }
}

let timer;
function soon() {
  clearTimeout(timer);
  timer = setTimeout(look, SOON);
}

// A frame of its own for each look: the first page of a frame adds nothing to the history.
function showMail() {
  const frame = document.createElement("iframe");
  frame.name = "mail";
  frame.className = "mail-page";
  frame.title = say("page");
  frame.setAttribute("sandbox", "");
  document.querySelector("#mail-frame").replaceChildren(frame);
  form.requestSubmit(form.querySelector("[data-show-mail]"));
}

function insert(words) {
  written.focus();
  written.setRangeText(words, written.selectionStart, written.selectionEnd, "end");
  soon();
}

// The part with the questions, as the server has it after an act.
async function change(act) {
  try {
    const page = await (await ask(form.dataset.questions, sent(act))).text();
    const old = document.querySelector("#survey");
    const open = [...old.querySelectorAll("[data-fold][open]")].map((one) => one.dataset.fold);
    old.outerHTML = page;
    const now = document.querySelector("#survey");
    for (const one of now.querySelectorAll("[data-fold]")) {
      if (open.includes(one.dataset.fold)) one.open = true;
    }
    const wanted = now.dataset.focus && document.getElementById(now.dataset.focus);
    const seen = wanted?.disabled ? wanted.parentElement.querySelector("button:enabled") : wanted;
    (seen ?? now.querySelector("button, input:not([type=hidden])"))?.focus();
    soon();
  } catch {
    silent.textContent = say("silent");
  }
}

// A question that is typed anew has its new words wherever answers lead to it.
function rename(into) {
  const [, name] = into.name?.match(/^(q\d+)-[a-z]{2}$/) ?? [];
  const words = name && [...into.closest(".both").querySelectorAll("input")].find((one) => one.value)?.value;
  if (!words) return;
  into.closest("[data-drag]").querySelector(".what").textContent = words;
  for (const option of form.querySelectorAll("#survey option")) {
    if (option.value === form.elements[`${name}-key`].value) option.textContent = words;
  }
}

const OFFERS = /^(plain$|end:)/;
async function offer(act) {
  // The whole page comes back with the words changed; only they are taken from it.
  try {
    const page = await (await ask(location.href, sent(act))).text();
    const fresh = new DOMParser().parseFromString(page, "text/html");
    for (const id of ["subject", "body"]) {
      const here = document.getElementById(id);
      if (here) here.value = fresh.getElementById(id).value;
    }
    form.elements.body.focus();
    look();
  } catch {
    silent.textContent = say("silent");
  }
}

if (form) {
  for (const taps of form.querySelectorAll("[data-taps]")) taps.hidden = false;
  form.addEventListener("focusin", (event) => {
    const into = event.target;
    if (into.matches("#subject, #body, input[name^=q][maxlength='300']")) written = into;
  });
  form.addEventListener("input", (event) => {
    rename(event.target);
    soon();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.insert) insert(button.dataset.insert);
    if (button.name !== "act" || button.form !== form) return;
    if (/^([qa]-|own$|usual$)/.test(button.value)) {
      event.preventDefault();
      change(button.value);
    } else if (OFFERS.test(button.value)) {
      event.preventDefault();
      offer(button.value);
    }
  });
  drag();
}

// A question is dragged by its number; the arrows do the same for whoever drags nothing.
function drag() {
  let held = null;
  form.addEventListener("pointerdown", (event) => {
    const one = event.target.closest("[data-grip]")?.closest("[data-drag]");
    if (one) one.draggable = true;
  });
  form.addEventListener("dragstart", (event) => {
    held = event.target.closest?.("[data-drag][draggable=true]");
    held?.classList.add("dragged");
  });
  form.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-drag]");
    if (!held || !over) return;
    event.preventDefault();
    if (over === held) return;
    const box = over.getBoundingClientRect();
    over.parentElement.insertBefore(held, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
  });
  form.addEventListener("drop", (event) => held && event.preventDefault());
  form.addEventListener("dragend", () => {
    if (!held) return;
    held.classList.remove("dragged");
    held.draggable = false;
    held = null;
    change("look"); // numbers the questions anew
  });
}
