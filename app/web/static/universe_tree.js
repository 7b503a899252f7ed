// The filter as fields on the page: groups, conditions and the menu to add them.
import { condition, group, isGroup } from "./universe_filter.js";
import { MENU, editorOf, start } from "./universe_fields.js";
import { element, labeled, options } from "./universe_parts.js";
import { say } from "./say.js";

const EVERY = [["all", say("All of these hold")], ["any", say("Any of these holds")], ["none", say("None of these holds")]];

const begin = ({ said, whole }) => condition(said, false, !whole);

export class Tree {
  constructor(target, { facts, choices, changed }) {
    Object.assign(this, { target, facts, choices, changed });
    this.places = new Map(); // node → its element
    this.menu = MENU(facts);
  }

  draw(focusOn = null) {
    this.places.clear();
    this.target.replaceChildren(this.group(this.root, null));
    if (focusOn) this.places.get(focusOn)?.querySelector("select, input, button")?.focus();
  }

  // The words of a refusal at the condition that it is about; all others are cleared.
  mark(node, words) {
    for (const place of this.places.values()) {
      place.classList.remove("wrong");
      place.querySelector(":scope > .problem").textContent = "";
    }
    const place = node && this.places.get(node);
    if (!place) return;
    place.classList.add("wrong");
    place.querySelector(":scope > .problem").textContent = words;
  }

  edit(node) {
    node.fresh = false;
    this.changed();
  }

  group(node, above) {
    const box = element("fieldset", { class: above ? "group inner" : "group" });
    const every = options(EVERY, node.every, "form-select");
    every.addEventListener("change", () => {
      node.every = every.value;
      this.changed();
    });
    const head = element("div", { class: "head" }, labeled(say("Voters for whom"), every, above ? "visually-hidden" : ""));
    if (above) head.append(this.remove(node, above, say("group")));
    const list = element("ul", { class: "conditions" });
    for (const one of node.of) {
      list.append(element("li", {}, isGroup(one) ? this.group(one, node) : this.condition(one, node)));
    }
    if (!node.of.length) list.append(element("li", { class: "hint" }, above ? say("This group is empty: add a condition or remove it.") : say("No condition yet: everybody on file.")));
    const name = above ? say("Group of conditions") : say("Whom the universe holds");
    box.append(element("legend", { class: "visually-hidden" }, name), head, list, this.adder(node), element("p", { class: "problem" }));
    this.places.set(node, box);
    return box;
  }

  condition(node, above) {
    const editor = editorOf(node.said);
    const box = element("fieldset", { class: "condition" });
    const body = element("div", { class: "body" });
    const edit = () => this.edit(node);
    if (!editor.own) {
      const not = options([["", editor.is ?? say("is")], ["not", editor.isNot ?? say("is not")]], node.not ? "not" : "", "form-select not");
      not.setAttribute("aria-label", say("Is or is not"));
      not.addEventListener("change", () => {
        node.not = not.value === "not";
        if (!node.fresh) this.changed();
      });
      body.append(not);
    }
    body.append(...editor.draw(node.said, edit, this));
    const title = editor.title(node.said, this.facts);
    box.append(
      element("legend", {}, title),
      body,
      this.remove(node, above, title),
      element("p", { class: "problem" }),
    );
    this.places.set(node, box);
    return box;
  }

  remove(node, above, name) {
    const button = element("button", { type: "button", class: "btn btn-link remove", "aria-label": say("Remove: {name}", { name }) }, say("Remove"));
    button.addEventListener("click", () => {
      above.of.splice(above.of.indexOf(node), 1);
      this.draw(above);
      this.changed();
    });
    return button;
  }

  adder(node) {
    const menu = element("select", { class: "form-select", "aria-label": say("Condition to add") });
    for (const [topic, entries] of this.menu) {
      const part = element("optgroup", { label: topic });
      for (const [name, title] of entries) part.append(element("option", { value: name }, title));
      menu.append(part);
    }
    const button = element("button", { type: "button", class: "btn btn-outline-primary" }, say("Add"));
    button.addEventListener("click", () => {
      const made = menu.value === "group" ? group("any") : begin(start(menu.value));
      node.of.push(made);
      this.draw(made);
      this.changed();
    });
    return element("div", { class: "adder" }, menu, button);
  }
}
