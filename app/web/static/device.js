// On every page: send what waits on this device, and install the service worker when all is quiet.
import { begin, box, me } from "./kept.js";

const QUIET_MS = 2_000; // the page's own files come first on a slow line

begin();

// Whoever signs out leaves no half-typed answers behind; what was saved still waits for them.
document.querySelector(".sign-out")?.addEventListener("submit", () => {
  box.dropDrafts(({ user }) => user === me).catch(() => {});
});

function install() {
  navigator.serviceWorker.register("/sw.js").catch(() => { /* works without */ });
}

if ("serviceWorker" in navigator && isSecureContext) {
  addEventListener("load", () => setTimeout(install, QUIET_MS), { once: true });
}
