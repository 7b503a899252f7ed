// Paper: a button that prints, and Ctrl with Enter that saves the lines as they are typed.
const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
const typed = document.getElementById("typed");
typed?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) typed.form.requestSubmit();
});
typed?.setSelectionRange(typed.value.length, typed.value.length);
