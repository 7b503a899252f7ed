// Asking the server: JSON with the form token, and back to sign-in when the session has ended.
const token = document.querySelector("meta[name=csrf-token]").content;

const AT_IT = 202;
const AGAIN_MS = 300;

// What takes the server longer than a moment is asked for again until it is there.
export async function ask(url, options = {}) {
  const headers = { Accept: "application/json", "X-CSRFToken": token, ...options.headers };
  let answer = await fetch(url, { ...options, headers });
  while (answer.status === AT_IT) {
    await new Promise((done) => setTimeout(done, AGAIN_MS));
    answer = await fetch(url, { ...options, headers });
  }
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer;
}

// Run `task` every `milliseconds`, one at a time; `onLine` hears whether it came through.
export function every(milliseconds, task, onLine = () => {}) {
  const round = async () => {
    try {
      await task();
      onLine(true);
    } catch {
      onLine(false);
    }
    setTimeout(round, milliseconds);
  };
  setTimeout(round, milliseconds);
}
