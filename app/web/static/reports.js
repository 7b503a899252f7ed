// Reports: another day is shown as soon as it is chosen; the daily report prints by a button.
const when = document.getElementById("of-when");
when?.querySelector("select").addEventListener("change", () => when.requestSubmit());
const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
