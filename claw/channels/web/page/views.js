// The views of the page: each has a place in the navigation, and a module (with its style) that is loaded when it is first looked at.
//
// Such a module exports open(root, page). It is called once; root is an empty <section class="view NAME">, and page is
//   session, status            who is signed in ({ person, rights, warnings }) and how Claw is (/api/status), always the newest
//   may(right)                 whether this sign-in has the right
//   get(path), post(path, b)   ask Claw; what fails is a Failure with a sentence for a person
//   sheet(title, body)         opens the sheet over the page
//   say(text)                  says something in the conversation, and shows it
//   tell(text, status)         puts words of ours into the conversation
//   why(number)                opens an entry of the log
//   house                      the rooms: nameOf(entity), areaOf(area)
//   on(type, f)                f(event) for each event of the stream of that type ("log", "state", "pending", ...), and for
//                              "shown" and "hidden" (after the first time), and "fresh" (something may have been missed: load anew)
import { el, icon } from "./dom.js";

const load = {
  log: () => import("./log.js"),
  memory: () => import("./memory.js"),
  skills: () => import("./skills.js"),
  routines: () => import("./routines.js"),
  policy: () => import("./policy.js"),
  health: () => import("./health.js"),
  people: () => import("./people.js"),
};

// name, what it is called, its picture; the first four have a place at the bottom of a phone, the others under "More".
export const VIEWS = [
  ["talk", "Talk", "M4 5h16v11H9l-5 4z"],
  ["rooms", "House", "M4 11l8-7 8 7v9h-5v-6H9v6H4z"],
  ["waiting", "Waiting", "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M9 12l2.200 2.200L15.500 10"],
  ["log", "Log", "M5 6h14M5 12h14M5 18h9"],
  ["routines", "Routines", "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7v5l3 2"],
  ["skills", "Skills", "M12 4l2.300 5.200 5.700.500-4.300 3.800 1.300 5.500-5-3-5 3 1.300-5.500L4 9.700l5.700-.500z"],
  ["memory", "Memory", "M6 4h12v16l-6-4-6 4z"],
  ["policy", "Policy", "M12 3l7 3v6c0 4-3 7-7 9c-4-2-7-5-7-9V6z"],
  ["health", "Health", "M3 12h4l3-7 4 14 3-7h4"],
  ["people", "People", "M9 11a3.500 3.500 0 1 0 0-7a3.500 3.500 0 1 0 0 7M3 20c0-4 2.500-6 6-6s6 2 6 6M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14.500c2 .800 3 2.600 3 5.500"],
];
const FIRST = 4;
const STYLED = new Set(["log", "policy", "health", "people"]); // have a style of their own, NAME.css

export class Views {
  #nav;
  #root;
  #page;
  #opened = new Map(); // view -> its listeners by type
  #shown = "";
  #changed;

  // nav and root are filled; page is what each view gets; changed(name) is told which view is looked at.
  constructor(nav, root, page, changed) {
    this.#nav = nav;
    this.#root = root;
    this.#page = page;
    this.#changed = changed;
    const buttons = VIEWS.map(([name, title, paths]) =>
      el("button", { type: "button", "data-to": name, onclick: () => this.show(name) }, icon(paths), el("span", {}, title)),
    );
    const more = el("button", { type: "button", class: "more", "aria-expanded": "false", "aria-controls": "rest", onclick: () => this.#more(!nav.classList.contains("open")) }, icon("M5 12h.01M12 12h.01M19 12h.01"), el("span", {}, "More"));
    nav.replaceChildren(...buttons.slice(0, FIRST), more, el("div", { class: "rest", id: "rest" }, ...buttons.slice(FIRST)));
    nav.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !nav.classList.contains("open")) return;
      this.#more(false);
      more.focus();
    });
    document.addEventListener("click", (event) => !event.target.closest(".tabs") && this.#more(false));
    for (const name of Object.keys(load)) root.append(el("section", { class: `view ${name}`, "data-is": name, "aria-label": title(name) }));
    addEventListener("hashchange", () => this.show(location.hash.slice(1)));
  }

  // Shows a view: in the address too, so that "back" goes back.
  show(wanted) {
    const name = VIEWS.some(([one]) => one === wanted) ? wanted : "talk";
    this.#more(false);
    if (name === this.#shown) return;
    this.#tell(this.#shown, "hidden", {});
    this.#shown = name;
    document.body.dataset.view = name;
    for (const view of document.querySelectorAll(".view")) view.classList.toggle("looked", view.dataset.is === name);
    if (location.hash.slice(1) !== name) history[location.hash ? "pushState" : "replaceState"](null, "", `#${name}`);
    for (const button of this.#nav.querySelectorAll("[data-to]")) {
      if (button.dataset.to === name) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    this.#changed(name);
    if (this.#opened.has(name)) this.#tell(name, "shown", {});
    else if (load[name]) this.#open(name);
  }

  // Passes an event on to every view that was opened and asked for it.
  told(type, event) {
    for (const name of this.#opened.keys()) this.#tell(name, type, event);
  }

  badge(name, count, words) {
    const button = this.#nav.querySelector(`[data-to="${name}"]`);
    button.querySelector(".count")?.remove();
    if (count) button.append(el("span", { class: "count" }, String(count), el("span", { class: "unseen" }, ` ${words}`)));
  }

  async #open(name) {
    const root = this.#root.querySelector(`[data-is="${name}"]`);
    const heard = new Map();
    this.#opened.set(name, heard);
    const on = (type, f) => heard.set(type, [...(heard.get(type) ?? []), f]);
    root.setAttribute("aria-busy", "true");
    root.replaceChildren(el("p", { class: "empty" }, "One moment…"));
    try {
      const [module] = await Promise.all([load[name](), STYLED.has(name) && styled(name), this.#page.ready]);
      root.replaceChildren();
      await module.open(root, Object.create(this.#page, { on: { value: on } }));
    } catch (error) {
      this.#opened.delete(name);
      root.replaceChildren(el("p", { class: "empty", role: "alert" }, "This part of the page could not be loaded. Reload the page when Claw answers again."));
      reportError(error);
    }
    root.removeAttribute("aria-busy");
  }

  #tell(name, type, event) {
    for (const f of this.#opened.get(name)?.get(type) ?? []) {
      try {
        f(event);
      } catch (error) {
        reportError(error); // one view that stumbles takes no other along, least of all the stop
      }
    }
  }

  #more(open) {
    this.#nav.classList.toggle("open", open);
    this.#nav.querySelector(".more").setAttribute("aria-expanded", String(open));
  }
}

const title = (name) => VIEWS.find(([one]) => one === name)[1];

const sheets = new Map();

// Adds the style once, and waits until it holds: a view is not drawn half dressed.
function styled(name) {
  if (!sheets.has(name)) {
    sheets.set(name, new Promise((done) => {
      document.head.append(el("link", { rel: "stylesheet", href: `page/${name}.css`, onload: done, onerror: done }));
    }));
  }
  return sheets.get(name);
}
