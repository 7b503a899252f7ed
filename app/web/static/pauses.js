// Pauses: lengths to choose instead of a time, and a button that waits for the name to be typed.
const until = document.getElementById("until");

// The field is on the campaign's clock, which need not be this machine's: only minutes are added.
function later(from, minutes) {
  const at = new Date(`${from}:00Z`);
  at.setUTCMinutes(at.getUTCMinutes() + minutes);
  return at.toISOString().slice(0, 16);
}

if (until) {
  const lengths = document.querySelector(".lengths");
  lengths.hidden = false;
  lengths.addEventListener("click", (event) => {
    const minutes = Number(event.target.dataset.minutes);
    if (minutes) until.value = later(until.dataset.now.slice(0, 16), minutes);
  });
}

const typed = document.getElementById("typed");
const button = document.getElementById("pause-now");
// Without capitals, accents and signs, as the server compares them.
const plain = (words) => words.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase().match(/[\p{L}\p{N}_]+/gu)?.join(" ") ?? words.trim();

if (typed && button) {
  const look = () => {
    button.disabled = plain(typed.value) !== plain(typed.dataset.name);
  };
  typed.addEventListener("input", look);
  look();
}

document.getElementById("problems")?.focus();
