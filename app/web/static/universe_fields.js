// The kinds of condition: how each stands in the menu, and the fields it is edited with.
import { choice, day, element, list, numeric, options, put, ticks, written } from "./universe_parts.js";
import { say } from "./say.js";

const CHANNELS = [["call", `● ${say("calls")}`], ["text", `▲ ${say("texts")}`], ["email", `■ ${say("emails")}`]];
const NAMES = ["field", "extra", "voted", "turnout", "reach", "answer", "contact", "universe", "sample"];
const titled = (pairs) => pairs.map(([value, label]) => ({ value, label }));
const percent = (share) => (share === null || share === undefined ? null : Math.round(share * 1e4) / 100);
const share = (number) => (number === null ? null : Math.round(number * 1e4) / 1e6);
const about = (said, facts) => facts.fields.find((one) => one.name === said.field);

// The fields are drawn into a box of their own wherever a choice changes which there are.
function switching(draw) {
  const box = element("div", { class: "switch" });
  const again = () => box.replaceChildren(...draw(again));
  again();
  return box;
}

const MODES = { is: say("one of"), starts: say("starting with"), from: say("from … to"), within_days: say("in the last … days"), known: say("on file") };

function modeOf(said, asks) {
  if ("to" in said) return "from";
  return Object.keys(MODES).find((mode) => mode in said) ?? asks[0];
}

// Fields of the voter and the file's own columns: which way to ask, then the values.
function asked(said, edit, tree, name, info) {
  let mode = modeOf(said, info.asks);
  const use = (key) => (value) => {
    put(said, key, value);
    edit();
  };
  const fields = {
    is: () => [ticks(info.title, said.is ?? [], tree.choices(name, info.column), use("is"))],
    starts: () => [written(say("One or more, with commas"), (said.starts ?? []).join(", "), (text) => use("starts")(list(text)))],
    from: () => {
      if (name === "registered_on") return [day(say("From"), said.from, use("from")), day(say("To"), said.to, use("to"))];
      const bounds = info.high ? { min: info.low, max: info.high } : { step: "any" };
      return [numeric(say("From"), said.from, bounds, use("from")), numeric(say("To"), said.to, bounds, use("to"))];
    },
    within_days: () => [numeric(say("Days"), said.within_days, { min: 1 }, use("within_days"))],
    known: () => [],
  };
  let again;
  const values = switching((redraw) => {
    again = redraw;
    return fields[mode]();
  });
  const how = options(info.asks.map((ask) => [ask, MODES[ask]]), mode, "form-select how");
  how.setAttribute("aria-label", say("How"));
  how.addEventListener("change", () => {
    for (const key of ["is", "starts", "from", "to", "within_days", "known"]) delete said[key];
    mode = how.value;
    if (mode === "known") use("known")(true);
    again();
  });
  return info.asks.length > 1 ? [how, values] : [element("span", { class: "how" }, MODES[mode]), values];
}

const KINDS = {
  field: {
    title: (said, facts) => about(said, facts).title,
    draw: (said, edit, tree) => {
      const info = about(said, tree.facts);
      return asked(said, edit, tree, said.field, { ...info });
    },
  },
  extra: {
    title: (said) => (said.extra.name ? say("Column of the file: {name}", { name: said.extra.name }) : say("Column of the file")),
    draw: (said, edit, tree) => [
      switching((again) => {
        const columns = tree.facts.columns.map((name) => [name, name]);
        const pick = choice(say("Column"), [["", say("Choose a column")], ...columns], said.extra.name ?? "", (name) => {
          said.extra = name ? { name } : {};
          again();
        });
        if (!said.extra.name) return [pick];
        const info = { title: said.extra.name, column: said.extra.name, asks: ["is", "from", "known"] };
        return [pick, ...asked(said.extra, edit, tree, "extra", info)];
      }),
    ],
  },
  times: {
    is: say("voted in"),
    isNot: say("did not vote in"),
    title: () => say("Voted in the last elections"),
    draw: (said, edit, tree) => {
      const use = (key) => (value) => {
        put(said.voted, key, value);
        edit();
      };
      const kinds = [["", say("any kind")], ...tree.facts.kinds];
      return [
        numeric(say("At least"), said.voted.at_least, { min: 0, max: 100 }, use("at_least")),
        numeric(say("At most"), said.voted.at_most, { min: 0, max: 100 }, use("at_most")),
        numeric(say("Of the last"), said.voted.of_last, { min: 1, max: 100, placeholder: say("all") }, use("of_last")),
        choice(say("Elections"), kinds, said.voted.kind ?? "", use("kind")),
      ];
    },
  },
  when: {
    is: say("voted"),
    isNot: say("did not vote"),
    title: () => say("Voted in an election"),
    draw: (said, edit, tree) => {
      const days = tree.facts.elections;
      const kindOf = (kind) => Object.fromEntries(tree.facts.kinds)[kind] ?? kind;
      const years = [...new Set(days.map(([date]) => date.slice(0, 4)))].map((year) => [year, say("{year}, any election", { year })]);
      const known = [...years, ...days.map(([date, kind]) => [date, `${date}, ${kindOf(kind)}`])].sort((a, b) => (a[0] < b[0] ? 1 : -1));
      const use = (value) => {
        said.voted.in = value;
        edit();
      };
      if (!known.length) return [written(say("Year or day"), String(said.voted.in ?? ""), use, say("2022 or 2022-11-08"))];
      return [choice(say("In"), [["", say("Choose an election")], ...known], said.voted.in ?? "", use)];
    },
  },
  turnout: {
    title: () => say("Chance to vote, in %"),
    draw: (said, edit) => {
      const use = (key) => (value) => {
        put(said.turnout, key, share(value));
        edit();
      };
      const bounds = { min: 0, max: 100, step: "any" };
      return [
        numeric(say("From"), percent(said.turnout.from), bounds, use("from")),
        numeric(say("To"), percent(said.turnout.to), bounds, use("to")),
      ];
    },
  },
  reach: {
    is: say("can be reached by"),
    isNot: say("cannot be reached by"),
    title: () => say("Channels that reach them"),
    draw: (said, edit) => [
      ticks(say("Channels"), said.reach, titled(CHANNELS), (chosen) => {
        said.reach = chosen;
        edit();
      }),
    ],
  },
  answer: {
    is: say("answered"),
    isNot: say("did not answer"),
    title: () => say("Survey answer"),
    draw: (said, edit, tree) => [
      switching((again) => {
        const { questions } = tree.facts;
        const ask = (question) => {
          said.answer = question ? { question } : {};
          edit();
          if (Object.keys(questions).length) again();
        };
        const now = said.answer.question ?? "";
        const names = Object.keys(questions).map((name) => [name, name]);
        const parts = names.length ? [choice(say("Question"), [["", say("Choose a question")], ...names], now, ask)] : [written(say("Question"), now, ask)];
        const known = questions[now];
        if (known) {
          parts.push(ticks(say("Answers; none ticked means any"), said.answer.is ?? [], titled(known.map((one) => [one, one])), (chosen) => {
            put(said.answer, "is", chosen);
            edit();
          }));
        }
        return parts;
      }),
    ],
  },
  contact: {
    own: true,
    title: () => say("Earlier contacts"),
    draw: (said, edit, tree) => [
      switching((again) => {
        const use = (key) => (value) => {
          put(said.contact, key, value);
          edit();
        };
        const { none } = said.contact;
        const parts = [
          choice(say("They"), [["", say("were contacted")], ["none", say("were not contacted")]], none ? "none" : "", (value) => {
            put(said.contact, "none", value ? true : null);
            delete said.contact.at_least;
            edit();
            again();
          }),
          choice(say("By"), [["", say("any channel")], ...CHANNELS], said.contact.channel ?? "", use("channel")),
          numeric(say("In the last days"), said.contact.within_days, { min: 1, placeholder: say("ever") }, use("within_days")),
        ];
        if (!none) parts.push(numeric(say("At least times"), said.contact.at_least, { min: 1, placeholder: "1" }, use("at_least")));
        const results = titled(tree.facts.results);
        parts.push(ticks(say("Results; none ticked means any"), said.contact.result ?? [], results, use("result")));
        return parts;
      }),
    ],
  },
  universe: {
    is: say("in"),
    isNot: say("not in"),
    title: () => say("Another universe"),
    draw: (said, edit, tree) => {
      const names = tree.facts.universes.map((name) => [name, name]);
      return [
        choice(say("Universe"), [["", names.length ? say("Choose a universe") : say("None is saved yet")], ...names], said.universe, (name) => {
          said.universe = name;
          edit();
        }),
      ];
    },
  },
  sample: {
    is: say("in the sample"),
    isNot: say("outside the sample"),
    title: () => say("Random sample"),
    draw: (said, edit) => [
      numeric(say("Share, in %"), percent(said.sample.share), { min: 0, max: 100, step: "any" }, (value) => {
        put(said.sample, "share", share(value));
        edit();
      }),
      numeric(say("Seed of the draw"), said.sample.seed, { min: 0 }, (value) => {
        put(said.sample, "seed", value);
        edit();
      }),
    ],
  },
  unknown: {
    own: true,
    title: () => say("A condition to be edited as JSON"),
    draw: (said) => [element("code", {}, JSON.stringify(said))],
  },
};

export function editorOf(said) {
  const name = NAMES.find((one) => one in said);
  const shaped = name && Object.keys(said).every((key) => key === name || name === "field");
  if (!shaped) return KINDS.unknown;
  const inside = said[name];
  if (name === "field") return ASKS.has(inside) ? KINDS.field : KINDS.unknown;
  if (name === "universe") return typeof inside === "string" ? KINDS.universe : KINDS.unknown;
  if (name === "reach") return Array.isArray(inside) ? KINDS.reach : KINDS.unknown;
  if (inside === null || typeof inside !== "object" || Array.isArray(inside)) return KINDS.unknown;
  if (name === "voted") return "in" in inside && !("kind" in inside) ? KINDS.when : "in" in inside ? KINDS.unknown : KINDS.times;
  return KINDS[name];
}

const ASKS = new Map(); // field → the ways in which it can be asked

const STARTS = {
  extra: () => ({ extra: {} }),
  times: () => ({ voted: {} }),
  when: () => ({ voted: { in: "" } }),
  turnout: () => ({ turnout: {} }),
  reach: () => ({ reach: [] }),
  answer: () => ({ answer: {} }),
  contact: () => ({ contact: {} }),
  universe: () => ({ universe: "" }),
  sample: () => ({ sample: { share: 0.1, seed: 1 } }),
};

// A new condition as the menu makes it; `whole` ones say something as they stand.
export function start(name) {
  if (name in STARTS) return { said: STARTS[name](), whole: name === "sample" || name === "contact" };
  const whole = ASKS.get(name)[0] === "known";
  return { said: whole ? { field: name, known: true } : { field: name }, whole };
}

// [[topic, [[name, title], …]], …]
export function MENU(facts) {
  const topics = new Map();
  const add = (topic, name, title) => topics.set(topic, [...(topics.get(topic) ?? []), [name, title]]);
  for (const one of facts.fields) {
    ASKS.set(one.name, one.asks);
    add(one.topic, one.name, one.title);
  }
  add(say("Past votes"), "times", say("Voted in the last elections"));
  add(say("Past votes"), "when", say("Voted in an election"));
  add(say("Past votes"), "turnout", say("Chance to vote"));
  add(say("Reach"), "reach", say("Channels that reach them"));
  add(say("Contact"), "answer", say("Survey answer"));
  add(say("Contact"), "contact", say("Earlier contacts"));
  if (facts.columns.length) add(say("The file’s own columns"), "extra", say("Column of the file"));
  add(say("Sets"), "universe", say("Another universe"));
  add(say("Sets"), "sample", say("Random sample"));
  add(say("Sets"), "group", say("Group of conditions"));
  return [...topics];
}
