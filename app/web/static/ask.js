// Asking the server: JSON with the form token, and back to sign-in when the session has ended.
const token = document.querySelector("meta[name=csrf-token]").content;

export async function ask(url, options = {}) {
  const headers = { Accept: "application/json", "X-CSRFToken": token, ...options.headers };
  const answer = await fetch(url, { ...options, headers });
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
