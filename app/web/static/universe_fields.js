// The kinds of condition: how each stands in the menu, and the fields it is edited with.
import { choice, day, element, list, numeric, options, put, ticks, written } from "./universe_parts.js";

const CHANNELS = [["call", "● calls"], ["text", "▲ texts"], ["email", "■ emails"]];
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

const MODES = { is: "one of", starts: "starting with", from: "from … to", within_days: "in the last … days", known: "on file" };

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
    starts: () => [written("One or more, with commas", (said.starts ?? []).join(", "), (text) => use("starts")(list(text)))],
    from: () => {
      if (name === "registered_on") return [day("From", said.from, use("from")), day("To", said.to, use("to"))];
      const bounds = info.high ? { min: info.low, max: info.high } : { step: "any" };
      return [numeric("From", said.from, bounds, use("from")), numeric("To", said.to, bounds, use("to"))];
    },
    within_days: () => [numeric("Days", said.within_days, { min: 1 }, use("within_days"))],
    known: () => [],
  };
  let again;
  const values = switching((redraw) => {
    again = redraw;
    return fields[mode]();
  });
  const how = options(info.asks.map((ask) => [ask, MODES[ask]]), mode, "form-select how");
  how.setAttribute("aria-label", "How");
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
    title: (said) => `Column of the file${said.extra.name ? `: ${said.extra.name}` : ""}`,
    draw: (said, edit, tree) => [
      switching((again) => {
        const columns = tree.facts.columns.map((name) => [name, name]);
        const pick = choice("Column", [["", "Choose a column"], ...columns], said.extra.name ?? "", (name) => {
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
    is: "voted in",
    isNot: "did not vote in",
    title: () => "Voted in the last elections",
    draw: (said, edit, tree) => {
      const use = (key) => (value) => {
        put(said.voted, key, value);
        edit();
      };
      const kinds = [["", "any kind"], ...tree.facts.kinds.map((kind) => [kind, kind])];
      return [
        numeric("At least", said.voted.at_least, { min: 0, max: 100 }, use("at_least")),
        numeric("At most", said.voted.at_most, { min: 0, max: 100 }, use("at_most")),
        numeric("Of the last", said.voted.of_last, { min: 1, max: 100, placeholder: "all" }, use("of_last")),
        choice("Elections", kinds, said.voted.kind ?? "", use("kind")),
      ];
    },
  },
  when: {
    is: "voted",
    isNot: "did not vote",
    title: () => "Voted in an election",
    draw: (said, edit, tree) => {
      const days = tree.facts.elections;
      const years = [...new Set(days.map(([date]) => date.slice(0, 4)))].map((year) => [year, `${year}, any election`]);
      const known = [...years, ...days.map(([date, kind]) => [date, `${date}, ${kind}`])].sort((a, b) => (a[0] < b[0] ? 1 : -1));
      const use = (value) => {
        said.voted.in = value;
        edit();
      };
      if (!known.length) return [written("Year or day", String(said.voted.in ?? ""), use, "2022 or 2022-11-08")];
      return [choice("In", [["", "Choose an election"], ...known], said.voted.in ?? "", use)];
    },
  },
  turnout: {
    title: () => "Chance to vote, in %",
    draw: (said, edit) => {
      const use = (key) => (value) => {
        put(said.turnout, key, share(value));
        edit();
      };
      const bounds = { min: 0, max: 100, step: "any" };
      return [
        numeric("From", percent(said.turnout.from), bounds, use("from")),
        numeric("To", percent(said.turnout.to), bounds, use("to")),
      ];
    },
  },
  reach: {
    is: "can be reached by",
    isNot: "cannot be reached by",
    title: () => "Channels that reach them",
    draw: (said, edit) => [
      ticks("Channels", said.reach, titled(CHANNELS), (chosen) => {
        said.reach = chosen;
        edit();
      }),
    ],
  },
  answer: {
    is: "answered",
    isNot: "did not answer",
    title: () => "Survey answer",
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
        const parts = names.length ? [choice("Question", [["", "Choose a question"], ...names], now, ask)] : [written("Question", now, ask)];
        const known = questions[now];
        if (known) {
          parts.push(ticks("Answers; none ticked means any", said.answer.is ?? [], titled(known.map((one) => [one, one])), (chosen) => {
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
    title: () => "Earlier contacts",
    draw: (said, edit, tree) => [
      switching((again) => {
        const use = (key) => (value) => {
          put(said.contact, key, value);
          edit();
        };
        const { none } = said.contact;
        const parts = [
          choice("They", [["", "were contacted"], ["none", "were not contacted"]], none ? "none" : "", (value) => {
            put(said.contact, "none", value ? true : null);
            delete said.contact.at_least;
            edit();
            again();
          }),
          choice("By", [["", "any channel"], ...CHANNELS], said.contact.channel ?? "", use("channel")),
          numeric("In the last days", said.contact.within_days, { min: 1, placeholder: "ever" }, use("within_days")),
        ];
        if (!none) parts.push(numeric("At least times", said.contact.at_least, { min: 1, placeholder: "1" }, use("at_least")));
        const results = titled(tree.facts.results);
        parts.push(ticks("Results; none ticked means any", said.contact.result ?? [], results, use("result")));
        return parts;
      }),
    ],
  },
  universe: {
    is: "in",
    isNot: "not in",
    title: () => "Another universe",
    draw: (said, edit, tree) => {
      const names = tree.facts.universes.map((name) => [name, name]);
      return [
        choice("Universe", [["", names.length ? "Choose a universe" : "None is saved yet"], ...names], said.universe, (name) => {
          said.universe = name;
          edit();
        }),
      ];
    },
  },
  sample: {
    is: "in the sample",
    isNot: "outside the sample",
    title: () => "Random sample",
    draw: (said, edit) => [
      numeric("Share, in %", percent(said.sample.share), { min: 0, max: 100, step: "any" }, (value) => {
        put(said.sample, "share", share(value));
        edit();
      }),
      numeric("Seed of the draw", said.sample.seed, { min: 0 }, (value) => {
        put(said.sample, "seed", value);
        edit();
      }),
    ],
  },
  unknown: {
    own: true,
    title: () => "A condition to be edited as JSON",
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
  add("Past votes", "times", "Voted in the last elections");
  add("Past votes", "when", "Voted in an election");
  add("Past votes", "turnout", "Chance to vote");
  add("Reach", "reach", "Channels that reach them");
  add("Contact", "answer", "Survey answer");
  add("Contact", "contact", "Earlier contacts");
  if (facts.columns.length) add("The file’s own columns", "extra", "Column of the file");
  add("Sets", "universe", "Another universe");
  add("Sets", "sample", "Random sample");
  add("Sets", "group", "Group of conditions");
  return [...topics];
}
