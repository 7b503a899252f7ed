// A rehearsal under way is followed every second; once it has ended the page is loaded anew.
import { ask, every } from "./ask.js";

const working = document.getElementById("working");

every(1000, async () => {
  const text = await (await ask(working.dataset.live, { headers: { Accept: "text/html" } })).text();
  const next = new DOMParser().parseFromString(text, "text/html").getElementById("progress");
  if (!next) return location.reload();
  const here = document.getElementById("progress");
  // The bar stays, so that it grows instead of jumping; what is said is said anew only if it differs.
  here.querySelector("progress").value = next.querySelector("progress").value;
  const [said, now] = [here, next].map((part) => [...part.children].slice(1).map((one) => one.outerHTML).join(""));
  if (said !== now) {
    while (here.children.length > 1) here.lastElementChild.remove();
    here.insertAdjacentHTML("beforeend", now);
  }
  return undefined;
}, (on) => working.classList.toggle("stale", !on));
