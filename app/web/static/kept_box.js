// What this device keeps until the server has it: results that are not sent, and the answers of the
// call in hand. A plain script, since the page imports it and the service worker runs it too.
"use strict";
(() => {
  const NAME = "lastmile-kept";
  const PATIENCE_MS = 12_000;
  const DISK_MS = 3_000; // a store that hangs, as some browsers' do, must not keep a call from going on
  const JSON_ONLY = { Accept: "application/json" };
  let opened;

  function open() {
    opened ??= new Promise((done, fail) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("records", { keyPath: "key" });
        request.result.createObjectStore("drafts", { keyPath: "id" });
      };
      request.onsuccess = () => {
        const forget = () => { opened = undefined; };
        request.result.onclose = forget;
        request.result.onversionchange = () => { request.result.close(); forget(); };
        done(request.result);
      };
      request.onerror = () => fail(request.error);
    }).catch((error) => { opened = undefined; throw error; });
    return opened;
  }

  // One transaction; it is done when the browser says that it is on the disk, if it can say so.
  async function within(store, mode, work) {
    const late = () => new Promise((_, fail) => setTimeout(() => fail(new Error("slow disk")), DISK_MS));
    return Promise.race([change(store, mode, work), late()]);
  }

  async function change(store, mode, work) {
    const base = await open();
    return new Promise((done, fail) => {
      const one = base.transaction(store, mode, { durability: "strict" });
      let request;
      one.oncomplete = () => done(request?.result);
      one.onabort = one.onerror = () => fail(one.error);
      request = work(one.objectStore(store));
    });
  }

  const news = typeof BroadcastChannel === "function" ? new BroadcastChannel(NAME) : null;
  const changed = () => news?.postMessage("changed");

  async function keep(record) {
    await within("records", "readwrite", (records) => records.put(record));
    changed();
  }

  async function drop(key) {
    await within("records", "readwrite", (records) => records.delete(key));
    changed();
  }

  // All that waits, the oldest first.
  async function kept() {
    const found = await within("records", "readonly", (records) => records.getAll());
    return found.sort((a, b) => a.at - b.at);
  }

  // Change a record that is still there; with nothing from `change` it is taken out. The record as
  // it was, or undefined when it was gone.
  async function alter(key, change) {
    let before;
    await within("records", "readwrite", (records) => {
      const asked = records.get(key);
      asked.onsuccess = () => {
        before = asked.result;
        if (!before) return;
        const after = change({ ...before });
        if (after) records.put(after);
        else if (after === null) records.delete(key);
      };
      return asked;
    });
    changed();
    return before;
  }

  const keepDraft = (draft) => within("drafts", "readwrite", (drafts) => drafts.put(draft));
  const dropDraft = (id) => within("drafts", "readwrite", (drafts) => drafts.delete(id));
  const draft = (id) => within("drafts", "readonly", (drafts) => drafts.get(id));

  // Those for which `goes(draft)`.
  async function dropDrafts(goes) {
    await within("drafts", "readwrite", (drafts) => {
      const walk = drafts.openCursor();
      walk.onsuccess = () => {
        const here = walk.result;
        if (!here) return;
        if (goes(here.value)) here.delete();
        here.continue();
      };
      return walk;
    });
  }

  // An answer of our server: {status, body}. Throws without one: no line, too slow, or a page of
  // somebody else's network that wants to be agreed to first.
  async function asked(url, options = {}) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
    try {
      const answer = await fetch(url, {
        ...options,
        headers: { ...JSON_ONLY, ...options.headers },
        credentials: "same-origin",
        cache: "no-store",
        signal: stop.signal,
      });
      return { status: answer.status, body: await answer.json() };
    } finally {
      clearTimeout(timer);
    }
  }

  // `fields` are pairs of name and value; `user` is whose they are: the server refuses with 401 what
  // comes from a page of somebody who is not signed in here any more.
  function post(url, fields, { token, user }) {
    const headers = { "X-CSRFToken": token, "X-From-User": user };
    return asked(url, { method: "POST", body: new URLSearchParams(fields), headers, keepalive: true });
  }

  // Who is signed in here, with a token for forms of this sign-in: {state, user, token}.
  async function whoIsHere(url) {
    try {
      const { status, body } = await asked(url);
      if (status === 200) return { state: "here", user: String(body.user), token: body.token };
      return { state: status === 401 || status === 403 ? "signed-out" : "no-answer" };
    } catch {
      return { state: "offline" };
    }
  }

  // Send what waits of the person signed in, who should be `user` if that is given, in order. Tabs
  // and the service worker take turns; a record that goes twice all the same is stored once, by its
  // key. Returns how it ended: sent, offline, no-answer or signed-out.
  function sendKept(whoUrl, user = "") {
    if (!navigator.locks) return sendAll(whoUrl, user);
    return navigator.locks.request(NAME, () => sendAll(whoUrl, user));
  }

  async function sendAll(whoUrl, user) {
    const ready = (record) => !record.problem && !(record.heldUntil > Date.now());
    const waiting = (await kept()).filter(ready);
    if (!waiting.length) return "sent";
    const who = await whoIsHere(whoUrl);
    if (who.state !== "here") return who.state;
    if (user && who.user !== user) return "signed-out";
    for (const record of waiting.filter((each) => each.user === who.user)) {
      const ended = await sendOne(record, who, whoUrl);
      if (ended !== "sent") return ended;
    }
    return "sent";
  }

  // One record; `sent` tells an undo that it may be at the server already.
  async function sendOne(record, who, whoUrl, again = true) {
    const mark = (facts) => alter(record.key, (now) => ({ ...now, ...facts }));
    let still = false;
    await alter(record.key, (now) => {
      still = true;
      return { ...now, sent: true };
    });
    if (!still) return "sent"; // taken back meanwhile
    try {
      const { status, body } = await post(record.url, [...record.fields, ["next", "no"]], who);
      if (status === 200 && typeof body.saved === "boolean") {
        await drop(record.key);
        return "sent";
      }
      if (status === 401 || status === 403) {
        return "signed-out";
      }
      if (status === 400 && again) {
        const fresh = await whoIsHere(whoUrl);
        if (fresh.state !== "here") return fresh.state;
        return sendOne(record, fresh, whoUrl, false);
      }
      if (status === 400 || status === 404 || status === 409 || status === 422) {
        await mark({ problem: body.problem || "?", field: body.field || "" });
        return "sent"; // the others need not wait for this one
      }
      return "no-answer";
    } catch {
      return "offline"; // it may be there all the same
    }
  }

  globalThis.keptBox = {
    NAME, keep, drop, kept, alter, keepDraft, dropDraft, draft, dropDrafts,
    asked, post, whoIsHere, sendKept,
  };
})();
