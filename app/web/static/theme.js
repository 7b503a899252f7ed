// Bootstrap follows an attribute, the device follows a setting: keep the one like the other.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => {
  document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light";
};
follow();
dark.addEventListener("change", follow);
// Results wait on this device: room for the banner before the first paint, so that nothing jumps.
try {
  const kept = JSON.parse(localStorage.getItem("lastmile-kept"));
  const me = document.querySelector("meta[name=user]")?.content ?? "";
  if (kept && (!me || me === kept.user)) document.documentElement.dataset.kept = "";
} catch { /* no storage: the banner comes a moment later */ }
