// A saved result that the server could not take: what is wrong with it, and the field to mend.
import { box, mine, send, tell } from "./kept.js";
import { say } from "./say.js";

const KINDS = { callback_at: "datetime-local", votes_at: "datetime-local", note: "text" };
const MAY_BE_EMPTY = ["votes_at", "note"];

export async function mend(banner) {
  const [record] = (await mine()).filter(({ problem }) => problem);
  banner.querySelector("form")?.remove();
  if (!record) return;
  const form = document.createElement("form");
  const told = document.createElement("p");
  told.textContent = say("refused", { name: record.name, problem: record.problem });
  form.append(told);
  const input = field(record);
  if (input) form.append(input.label, input.control);
  const choose = document.createElement("div");
  choose.className = "choose";
  const again = button("btn btn-primary", say("send_again"));
  const away = button("btn btn-outline-primary", say("throw_away"));
  away.type = "button";
  choose.append(again, away);
  form.append(choose);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const value = input?.control.value;
    await box.alter(record.key, (now) => {
      const { problem, field: about, ...rest } = now;
      const others = now.fields.filter(([name]) => !input || name !== record.field);
      return { ...rest, fields: input ? [...others, [record.field, value]] : others };
    });
    form.remove();
    await send();
    mend(banner);
  });
  // Asked twice: the second tap on the same place says what it does.
  away.addEventListener("click", async () => {
    if (!away.dataset.sure) {
      away.dataset.sure = "yes";
      away.textContent = say("throw_away_sure");
      return;
    }
    await box.drop(record.key);
    form.remove();
    await tell();
    mend(banner);
  });
  banner.append(form);
  (input?.control ?? again).focus();
}

function field({ field: name, fields }) {
  const kind = KINDS[name];
  if (!kind) return null;
  const label = document.createElement("label");
  const control = document.createElement("input");
  label.textContent = say(`mend_${name}`);
  label.htmlFor = control.id = "mend-field";
  control.type = kind;
  control.className = "form-control";
  control.required = !MAY_BE_EMPTY.includes(name);
  control.value = fields.find(([each]) => each === name)?.[1] ?? "";
  return { label, control };
}

function button(classes, words) {
  const made = document.createElement("button");
  made.className = classes;
  made.textContent = words;
  return made;
}
