// The service worker: static files from the device, a page for when there is no line, and results
// that waited. It keeps no page that shows a voter. `APP` is written above by the server.
"use strict";
importScripts(APP.box);

const KEPT = `lastmile-static-${APP.version}`;
const STATIC = /^\/(static|bootstrap\/static)\//;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(KEPT);
    // Straight from the server or from the browser's own store: the addresses hold the version.
    await cache.addAll([...APP.files, new Request(APP.offline, { cache: "no-cache" })]);
    // At once: whatever a page that is open asks for has its version in its address, so the new
    // worker serves it as the old one did.
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("lastmile-static-") && name !== KEPT) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (request.method === "GET" && STATIC.test(url.pathname)) event.respondWith(file(request));
});

async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const instead = await caches.match(APP.offline, { cacheName: KEPT });
    if (instead) return instead;
    throw error;
  }
}

async function file(request) {
  const here = await caches.match(request, { cacheName: KEPT });
  if (here) return here;
  const answer = await fetch(request);
  const lasting = /immutable/.test(answer.headers.get("Cache-Control") ?? "");
  if (answer.ok && lasting) {
    const copy = answer.clone();
    caches.open(KEPT).then((cache) => cache.put(request, copy)).catch(() => {});
  }
  return answer;
}

// The line is back, and perhaps no page of ours is open.
self.addEventListener("sync", (event) => {
  if (event.tag !== "send-kept") return;
  event.waitUntil((async () => {
    const ended = await keptBox.sendKept(APP.who);
    if (ended === "offline" || ended === "no-answer") throw new Error(ended); // asked again later
  })());
});
