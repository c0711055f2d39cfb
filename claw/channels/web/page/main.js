// Puts the page together: what comes from the stream goes to the part that shows it.
import { get, signOut } from "./api.js";
import { el } from "./dom.js";
import { House } from "./house.js";
import { follow } from "./live.js";
import { Log } from "./log.js";
import { Memory } from "./memory.js";
import { Pause } from "./pause.js";
import { Pending } from "./pending.js";
import { Routines } from "./routines.js";
import { Skills } from "./skills.js";
import { Stop } from "./stop.js";
import { Talk } from "./talk.js";
import { sentence } from "./words.js";

const $ = (id) => document.getElementById(id);

const LINKS = {
  ready: "",
  connecting: "I am still connecting to the house.",
  lost: "I cannot reach the house. I keep trying; nothing can be switched until it answers.",
  refused: "The house refuses my token. Give me a new one in the configuration and start me again.",
  closed: "I am not connected to the house.",
};

const banners = new Map();
let session = { rights: [] };
let audit = null;
let reachable = false;
let stopped = false;
let inTouch = false;

function banner(name, text, tone = "note") {
  banners.get(name)?.remove();
  banners.delete(name);
  if (!text) return;
  const shown = el("p", { class: "banner", "data-tone": tone }, text);
  banners.set(name, shown);
  $("banners").append(shown);
}

function sheet(title, body) {
  $("sheet-title").textContent = title;
  $("sheet-body").replaceChildren(body);
  if (!$("sheet").open) $("sheet").showModal();
}

function pulse(text, tone) {
  if ($("pulse").textContent !== text) $("pulse").textContent = text;
  $("pulse").dataset.tone = tone;
}

// What the house looked like before it was lost is nothing to rely on, so it is not said.
const glance = () => talk.glance(() => (reachable ? house.glance() : []));
const house = new House($("house"), { trouble: passing, drawn: glance });
const log = new Log($("entries"), $("verified"), { house, sheet });
const talk = new Talk($("thread"), $("ask"), { why: (number) => log.why(number) });
const pending = new Pending($("pending"), { house, answered: (...said) => talk.tell(...said) });
const memory = new Memory($("memories"), $("remember"), { sheet });
const routines = new Routines($("routines"), $("later"), { sheet });
const skills = new Skills($("skills"), { sheet, say: (text) => (show("talk"), talk.say(text)) });
const stop = new Stop($("stop"), $("stopped"), { alarm: (text) => banner("alarm", text, "alarm") });
const pause = new Pause({ banner: (text) => banner("pause", text) });

let passingTimer = 0;
function passing(text) {
  banner("passing", text);
  clearTimeout(passingTimer);
  passingTimer = setTimeout(() => banner("passing", null), 8000);
}

function linked({ status, detail }) {
  const text = LINKS[status] ?? LINKS.lost;
  banner("link", text && detail && status !== "ready" ? `${text} (${detail})` : text, status === "refused" ? "alarm" : "note");
  reachable = status === "ready";
  glance();
  feel();
}

// The one line that says how it is; the stop outranks everything, and a page out of touch knows nothing.
function feel() {
  if (!inTouch) pulse("Out of touch", "off");
  else if (stopped) pulse("Stopped", "stop");
  else pulse(reachable ? "All is well" : "House lost", reachable ? "good" : "note");
}

function switched(state) {
  stop.load(state);
  stopped = state.engaged;
  feel();
}

async function resync() {
  session = await get("/api/session");
  const mayRead = session.rights.includes("read_log");
  pending.may = session.rights.includes("approve");
  memory.may = { approve: session.rights.includes("approve") };
  skills.may = { approve: session.rights.includes("approve"), look: mayRead };
  stop.mayReset = session.rights.includes("reset");
  pause.may = { pause: session.rights.includes("stop"), resume: session.rights.includes("reset") };
  const [status, rooms, questions, entries] = await Promise.all([
    get("/api/status"),
    get("/api/house"),
    get("/api/pending"),
    mayRead ? get("/api/log?newest_first=true&limit=100") : null,
  ]);
  switched(status.stop);
  pause.load(status.pause);
  linked(status.link);
  house.load(rooms);
  pending.load(questions);
  audit = status.audit;
  log.load(entries, audit);
  memory.load();
  routines.load();
  skills.load();
  $("account").textContent = sentence(session.person);
  $("account").hidden = false;
}

function told(event) {
  switch (event.type) {
    case "state": return house.changed(event);
    case "pending": return pending.load(event.pending);
    case "stop": return switched(event);
    case "pause": return pause.load(event);
    case "link": return linked(event);
    case "message": return talk.tell(event.text, event.kind === "alarm" ? "failed" : null);
    case "beat": {
      pending.now = event.now;
      return undefined;
    }
    case "log": {
      log.add(event.entry);
      routines.touched(event.entry);
      audit = { ...audit, entries: event.entry.seq };
      return log.holds(audit);
    }
    default: return undefined;
  }
}

let lostTimer = 0;
function connected(is) {
  if (is) {
    clearTimeout(lostTimer);
    lostTimer = 0;
    banner("page", null);
    inTouch = true;
    feel();
    return;
  }
  // A reconnect of a moment is not worth a word; every failed try tells again, and only the first one counts.
  lostTimer ||= setTimeout(() => {
    inTouch = false;
    feel();
    banner("page", "This page has lost touch with Claw, so it may be out of date. Reconnecting…", "off");
  }, 2500);
}

function show(view) {
  document.body.dataset.view = view;
  memory.shown = view === "memory";
  routines.shown = view === "routines";
  skills.shown = view === "skills";
  for (const button of document.querySelectorAll(".tabs button")) {
    if (button.dataset.to === view) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
}

for (const button of document.querySelectorAll(".tabs button")) {
  button.addEventListener("click", () => show(button.dataset.to));
}

$("sheet-close").addEventListener("click", () => $("sheet").close());
$("sheet").addEventListener("click", (event) => {
  if (event.target === $("sheet")) $("sheet").close();
});

$("account").addEventListener("click", () => {
  const until = new Date(session.expires).toLocaleDateString([], { day: "numeric", month: "long" });
  const leave = async () => {
    await signOut().catch(() => {});
    location.replace("/login");
  };
  sheet(
    sentence(session.person),
    el(
      "div",
      {},
      el("p", {}, `Signed in on this browser until ${until}. It may: ${session.rights.map(sentence).join(", ").toLowerCase()}.`),
      pause.words(),
      el("button", { class: "secondary", type: "button", onclick: leave }, "Sign out"),
    ),
  );
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, dialog")) return;
  event.preventDefault();
  show("talk");
  talk.focus();
});

follow({ resync, told, connected });
