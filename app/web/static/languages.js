// The languages that no voter on file speaks, loaded when somebody needs one: all their names are a
// third of a card. Browsers know only those of the commonest, so each language's are a file of ours.
const { lang } = document.documentElement;

// Puts them in the place of the option that stands for them; what is chosen stays.
export async function nameLanguages(choice) {
  const door = choice.querySelector("option[value='?']");
  if (!door) return;
  const answer = await fetch(new URL(`languages-${lang}.json`, import.meta.url));
  if (!answer.ok) return; // the server shows them all when it is saved
  const languages = await answer.json();
  const chosen = choice.value;
  choice.querySelector("option[data-unnamed]")?.remove();
  const listed = new Set([...choice.options].map(({ value }) => value));
  door.replaceWith(...languages.filter(([code]) => !listed.has(code))
    .map(([code, name]) => new Option(name, code)));
  choice.value = chosen === "?" ? "" : chosen;
}
