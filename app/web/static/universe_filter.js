// A filter as the builder holds it: groups and conditions, read from JSON and written back.
//
// group: { of: [...], every: "all" | "any" | "none" };  condition: { said: {...}, not: bool, fresh: bool }
// A condition that was just added and not yet filled in is fresh: it is left out of the count.

import { say } from "./say.js";

export const isGroup = (node) => Array.isArray(node.of);
export const group = (every = "all", of = []) => ({ every, of });
export const condition = (said, not = false, fresh = false) => ({ said, not, fresh });

const kindOf = (said) => ["all", "any", "none", "not"].find((kind) => kind in said);
const isObject = (said) => said !== null && typeof said === "object" && !Array.isArray(said);

const SIMPLE = ["parties", "states", "min_age", "max_age", "min_votes", "name", "filter"];

function read(said) {
  if (!isObject(said)) throw new Error(say("A condition is written in braces."));
  const kind = kindOf(said);
  if (!kind) return known(said);
  const inside = said[kind];
  if (kind === "not") {
    const node = read(inside);
    if (isGroup(node)) return group("none", node.every === "any" ? node.of : [node]);
    return condition(node.said, !node.not);
  }
  if (!Array.isArray(inside)) throw new Error(say("“{kind}” is a list of conditions, in brackets.", { kind }));
  return group(kind, inside.map(read));
}

// "Not on file" is shown as the opposite of "on file".
function known(said) {
  const [outer, inner] = [said, said.extra ?? said];
  if (inner.known !== false) return condition(said);
  return condition(outer === inner ? { ...said, known: true } : { extra: { ...inner, known: true } }, true);
}

// The outermost node is always a group, so that there is a place to add to.
export function fromJson(text) {
  const said = JSON.parse(text.trim() || "{}");
  if (!isObject(said)) throw new Error(say("A filter is written in braces."));
  if (SIMPLE.some((name) => name in said)) throw new Error(say("Written in the short form; save it, and it opens above."));
  if (!Object.keys(said).length) return group();
  const node = read(said);
  return isGroup(node) ? node : group("all", [node]);
}

function write(node, withFresh) {
  if (!isGroup(node)) return node.not ? { not: node.said } : node.said;
  node.kept = withFresh ? node.of : node.of.filter((one) => !isIdle(one));
  const of = node.kept.map((one) => write(one, withFresh));
  return node.every === "none" && of.length === 1 ? { not: of[0] } : { [node.every]: of };
}

// Nothing to ask yet: fresh, or a group of such only.
function isIdle(node) {
  return isGroup(node) ? node.of.every(isIdle) : node.fresh;
}

export function toJson(root, withFresh = true) {
  return (withFresh ? !root.of.length : isIdle(root)) ? {} : write(root, withFresh);
}

// The node that a refusal of the server leads to, by its place in each group as last written.
export function at(root, path) {
  let node = root;
  for (const place of path) {
    if (!isGroup(node)) break; // the place within a “not”
    node = (node.kept ?? node.of)[place] ?? node;
  }
  return node;
}
