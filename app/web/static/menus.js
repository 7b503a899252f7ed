// A menu closes when a finger touches elsewhere, and on Escape. Without script, on its own word.
function close(kept) {
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (menu !== kept) menu.open = false;
  }
}

addEventListener("pointerdown", ({ target }) => close(target.closest(".menu")));
addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  const back = document.activeElement?.closest(".menu[open]")?.querySelector("summary");
  close();
  back?.focus();
});
