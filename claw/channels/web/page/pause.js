// A pause: nothing new for a while. It is weaker than the stop and is kept well away from the red button.
import { post } from "./api.js";
import { clock, el } from "./dom.js";

export class Pause {
  #state = { paused: false };
  #banner;
  may = { pause: false, resume: false };

  // banner(text) shows a line above everything, null takes it away.
  constructor({ banner }) {
    this.#banner = banner;
  }

  load(state) {
    this.#state = state;
    const until = state.until ? ` until ${clock(state.until)}` : "";
    this.#banner(state.paused ? `Claw is paused${until}: nothing new is begun, but what guards life goes on. This is not a stop.` : null);
  }

  // The part of the account sheet that pauses and resumes.
  words() {
    const trouble = el("p", { class: "trouble", role: "alert" });
    const { paused } = this.#state;
    if (!(paused ? this.may.resume : this.may.pause)) return null;
    const change = async (event) => {
      event.target.disabled = true;
      try {
        this.load(await post(paused ? "/api/resume" : "/api/pause", paused ? {} : { reason: "from the page", seconds: 1800 }));
        box.replaceWith(this.words() ?? "");
      } catch (error) {
        trouble.textContent = error.message;
        event.target.disabled = false;
      }
    };
    const box = el(
      "div",
      { class: "pause" },
      el("p", {}, paused ? "Claw is paused." : "Peace for a while: nothing new is begun, what runs goes on."),
      el("button", { class: "quiet", type: "button", onclick: change }, paused ? "Go on" : "Pause for half an hour"),
      trouble,
    );
    return box;
  }
}
