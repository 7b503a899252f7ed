// Campaign time on the page: it may run faster than the wall clock, and the server sets it right.
let base = { now: Date.now(), wall: performance.now(), speed: 1 };

export function setClock(now, speed) {
  base = { now: Date.parse(now), wall: performance.now(), speed: Number(speed) };
}

export function campaignNow() {
  return base.now + (performance.now() - base.wall) * base.speed;
}

export function clockIn(zone, at) {
  const parts = { hour: "numeric", minute: "2-digit", timeZone: zone };
  const said = new Intl.DateTimeFormat("en-US", parts).format(at).replace(":00", "").toLowerCase();
  const noon = said.endsWith("pm");
  if (document.documentElement.lang === "es") {
    if (/^12\s/.test(said)) return noon ? "mediodía" : "medianoche";
    return said.replace(/\s?([ap])m$/, "\u00a0$1.\u00a0m.");
  }
  if (/^12\s/.test(said)) return noon ? "noon" : "midnight";
  return said;
}

export function span(milliseconds) {
  const seconds = Math.max(Math.floor(milliseconds / 1000), 0);
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return minutes ? `${minutes} min` : `${seconds} s`;
}

export function countdown(milliseconds) {
  const seconds = Math.max(Math.floor(milliseconds / 1000), 0);
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), two(Math.floor(seconds / 60) % 60)];
  if (seconds >= 86400) return `${Math.floor(seconds / 86400)} d ${two(hours % 24)}:${minutes}`;
  return `${two(hours)}:${minutes}:${two(seconds % 60)}`;
}
