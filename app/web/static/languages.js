// The languages that no voter on file speaks: the page has their codes, and the browser their names.
// Loaded when somebody needs one: to name them all takes longer than the rest of the page.
const { languages } = document.getElementById("words").dataset;
const { lang } = document.documentElement;

function named() {
  const names = new Intl.DisplayNames([lang], { type: "language" });
  const { compare } = new Intl.Collator(lang);
  return languages.split(" ").map((code) => {
    const name = names.of(code);
    return [code, name[0].toLocaleUpperCase(lang) + name.slice(1)];
  }).sort(([, one], [, other]) => compare(one, other));
}

// Puts them in the place of the option that stands for them; what is chosen stays.
export function nameLanguages(choice) {
  const door = choice.querySelector("option[value='?']");
  if (!door || !globalThis.Intl?.DisplayNames) return; // the server shows them all when it is saved
  const chosen = choice.value;
  choice.querySelector("option[data-unnamed]")?.remove();
  const listed = new Set([...choice.options].map(({ value }) => value));
  door.replaceWith(...named().filter(([code]) => !listed.has(code))
    .map(([code, name]) => new Option(name, code)));
  choice.value = chosen === "?" ? "" : chosen;
}
