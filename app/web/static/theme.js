// What has to be known before the first paint.
// Bootstrap follows an attribute, the device follows a setting: keep the one like the other.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => {
  document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light";
};
follow();
dark.addEventListener("change", follow);
// Questions of a survey show one after the other, unless the script that does it fails to load.
document.documentElement.dataset.script = "";
addEventListener("error", ({ target }) => {
  if (target.tagName === "SCRIPT") delete document.documentElement.dataset.script;
}, true);
// Results wait on this device: room for the banner before the first paint, so that nothing jumps.
try {
  const kept = JSON.parse(localStorage.getItem("lastmile-kept"));
  const me = document.querySelector("meta[name=user]")?.content ?? "";
  if (kept && (!me || me === kept.user)) document.documentElement.dataset.kept = "";
} catch { /* no storage: the banner comes a moment later */ }
