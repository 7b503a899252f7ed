// The sentences of a page in the reader's language, as the template wrote them down.
const sentences = {};
for (const source of document.querySelectorAll("script[type='application/json'][data-words]")) {
  Object.assign(sentences, JSON.parse(source.textContent));
}

// `say("waiting", { n: 3 })`: the sentence with its fields filled in; for one of them, if there is
// a sentence for one, that.
export function say(name, facts = {}) {
  const sentence = (facts.n === 1 && sentences[`${name}_one`]) || sentences[name] || "";
  return sentence.replace(/\{(\w+)\}/g, (whole, field) => facts[field] ?? whole);
}
