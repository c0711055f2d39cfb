// The live stream: events as they come, and a fresh start whenever some may have been missed.
import { get } from "./api.js";

const SILENCE_MS = 40_000; // the server beats every 15 s: two missed beats mean a dead connection
const LONGEST_WAIT_MS = 30_000;
const HIDDEN_MS = 30_000; // a tab that nobody looks at gives its connection back
const TYPES = ["state", "house", "pending", "stop", "pause", "link", "degraded", "log", "message", "doing", "lost", "beat"];

// resync() must load everything anew; told(event) gets each event; connected(bool) follows the connection.
export function follow({ resync, told, connected }) {
  let source = null;
  let heard = 0;
  let wait = 1000;
  let waiting = null; // events that came while a resync was under way
  let again = false;
  let leaving = 0;

  async function freshStart() {
    if (waiting) {
      again = true;
      return;
    }
    waiting = [];
    try {
      await resync();
      connected(true);
      wait = 1000;
    } catch {
      connected(false);
      later();
    }
    const missed = waiting;
    waiting = null;
    missed.forEach(told);
    if (again) {
      again = false;
      freshStart();
    }
  }

  function open() {
    source?.close();
    heard = performance.now();
    source = new EventSource("api/events");
    source.onopen = freshStart;
    source.onerror = () => {
      connected(false);
      // A closed stream was refused: for a browser that is the end, so ask why (it may mean signing in) and try again.
      if (source.readyState === EventSource.CLOSED) {
        get("/api/session").catch(() => {});
        later();
      }
    };
    for (const type of TYPES) {
      source.addEventListener(type, (message) => {
        heard = performance.now();
        const event = JSON.parse(message.data);
        if (type === "lost" || type === "house") freshStart();
        else if (waiting) waiting.push(event);
        else told(event);
      });
    }
  }

  function later() {
    source?.close();
    setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }

  function reviveIfSilent() {
    if (document.visibilityState === "visible" && performance.now() - heard > SILENCE_MS) {
      connected(false);
      open();
    }
  }

  function lookedAt() {
    clearTimeout(leaving);
    if (document.visibilityState === "hidden") leaving = setTimeout(() => source.close(), HIDDEN_MS);
    else if (source.readyState === EventSource.CLOSED) open();
    else reviveIfSilent();
  }

  open();
  setInterval(reviveIfSilent, 5000);
  document.addEventListener("visibilitychange", lookedAt);
}
