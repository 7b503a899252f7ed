// Imports: a file is sent with a bar, its mapping is previewed while it is made, a run is watched.
import { ask, every } from "./ask.js";
import { say } from "./say.js";

// Regions that hold the focus stay as they are, so that nothing moves under a finger; a menu in
// them only takes over what the server made of its answer.
function swap(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const next of fresh.querySelectorAll("[data-region]")) {
    const here = document.getElementById(next.id);
    const active = document.activeElement;
    if (here && here.contains(active)) {
      const same = active.tagName === "SELECT" && next.querySelector(`#${CSS.escape(active.id)}`);
      if (same && same.value !== active.value) active.innerHTML = same.innerHTML;
      continue;
    }
    if (!here) continue;
    if (here.innerHTML !== next.innerHTML) here.innerHTML = next.innerHTML;
    Object.assign(here.dataset, next.dataset);
  }
  return fresh;
}

const html = { headers: { Accept: "text/html" } };

const add = document.getElementById("add");
if (add) sending(add);

function sending(form) {
  const input = form.elements.file;
  const part = (id) => document.getElementById(id);
  const show = (on) => {
    part("sending").hidden = !on;
    part("send").hidden = on;
    input.hidden = on;
  };
  const size = (bytes) => {
    const units = [say("bytes"), "KB", "MB", "GB", "TB"];
    let step = 0;
    for (; bytes >= 1000 && step < 4; step += 1) bytes /= 1000;
    return `${bytes.toFixed(step && bytes < 10 ? 1 : 0)} ${units[step]}`;
  };

  for (const kind of ["dragover", "dragleave", "drop"]) {
    form.addEventListener(kind, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      form.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        part("send").focus();
      }
    });
  }

  form.addEventListener("submit", (event) => {
    const file = input.files[0];
    if (!file) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    const failed = (words) => {
      show(false);
      part("problem").textContent = words;
      part("send").focus();
    };
    request.upload.onprogress = ({ loaded, total }) => {
      part("sent").value = total ? (100 * loaded) / total : 0;
      part("sent-words").textContent = loaded < total
        ? say("sent", { sent: size(loaded), size: size(total) })
        : say("all_sent");
    };
    request.onload = () => {
      if (request.status === 401) return location.reload();
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // A proxy in front of us speaks in pages of its own.
      }
      if (answer.url) return location.assign(answer.url);
      const tooLarge = request.status === 413 && !answer.problem;
      return failed(answer.problem || (tooLarge
        ? say("too_large")
        : say("lost")));
    };
    request.onerror = () => failed(say("line_broke"));
    request.onabort = () => failed("");
    part("stop").onclick = () => request.abort();
    part("problem").textContent = "";
    part("sending-name").textContent = file.name;
    part("sent-words").textContent = say("sent", { sent: 0, size: size(file.size) });
    part("sent").value = 0;
    show(true);
    part("stop").focus();
    request.open("POST", `${form.action}?${new URLSearchParams({ name: file.name })}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
    request.send(file);
  });
  addEventListener("pageshow", () => show(false));
}

const runs = document.getElementById("runs");
if (runs && runs.dataset.live) {
  every(2000, async () => swap(await (await ask(runs.dataset.live, html)).text()));
}

const draft = document.getElementById("draft");
if (draft) mapping(draft);

// Changed before this script was there, or put back by the browser after a reload.
function changed(field) {
  if (field.tagName !== "SELECT") return field.type === "text" && field.value !== field.defaultValue;
  const meant = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(meant, 0);
}

function mapping(form) {
  let timer;
  let edits = 0;
  const preview = async () => {
    const now = edits;
    // A form of thousands of columns: as one text, since the parts of a multipart form are counted.
    const body = new URLSearchParams(new FormData(form));
    const answer = await ask(form.dataset.preview, { method: "POST", body, ...html });
    const text = await answer.text();
    if (now !== edits) return;
    swap(text);
    filtered();
    form.removeAttribute("aria-busy");
    if (unshown.contains(document.activeElement)) document.getElementById("check").focus();
    unshown.hidden = true;
  };
  // What is shown may not be what the form says: it is told, and can be asked for again.
  const unshown = document.getElementById("unshown");
  const look = async () => {
    const now = edits;
    try {
      await preview();
    } catch {
      if (now !== edits) return;
      form.removeAttribute("aria-busy");
      unshown.hidden = false;
    }
  };
  const filtered = () => {
    const field = document.getElementById("filter");
    if (!field) return;
    field.closest(".field").hidden = false;
    const words = field.value.trim().toLowerCase();
    for (const row of form.querySelectorAll(".mapping > li")) {
      const label = row.querySelector("label");
      row.hidden = Boolean(words) && !(label.title || label.textContent).toLowerCase().includes(words);
    }
  };
  const soon = () => {
    edits += 1;
    form.setAttribute("aria-busy", "true");
    clearTimeout(timer);
    timer = setTimeout(look, 250);
  };
  form.addEventListener("input", (event) => {
    if (event.target.id === "filter") return filtered();
    if (event.target.id === "save_as") return undefined;
    const row = event.target.closest(".mapping > li");
    if (row) row.className = event.target.value ? "used" : "unused";
    return soon();
  });
  unshown.querySelector("button").addEventListener("click", soon);
  addEventListener("online", () => { if (!unshown.hidden) soon(); });
  for (const button of form.querySelectorAll("button.by-hand")) button.disabled = button.hidden = true;
  filtered();
  if ([...form.elements].some(changed)) soon();
  // Once is enough: a second press would find the file on its way.
  form.addEventListener("submit", () => {
    setTimeout(() => form.querySelectorAll(".decide button").forEach((one) => { one.disabled = true; }));
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}

const working = document.getElementById("working");
if (working) {
  every(1000, async () => {
    const answer = await ask(working.dataset.live, html);
    const fresh = swap(await answer.text());
    if (!fresh.getElementById("working")) location.reload();
  }, (on) => working.classList.toggle("stale", !on));
}
