// The red button. One press stops; the page says so only once Claw has confirmed it, and says loudly when it has not.
import { post } from "./api.js";
import { clock, el } from "./dom.js";
import { sentence } from "./words.js";

export class Stop {
  #button;
  #panel;
  #alarm;
  #engaged = null;
  #shown = "";
  #mayReset = true;

  // alarm(text) shows something that nobody may overlook.
  constructor(button, panel, { alarm }) {
    this.#button = button;
    this.#panel = panel;
    this.#alarm = alarm;
    button.dataset.led = "";
    button.addEventListener("click", () => this.#press());
  }

  set mayReset(right) {
    this.#mayReset = right;
  }

  load(state) {
    // What somebody is writing into the form is not taken from under their fingers for nothing.
    const shown = JSON.stringify([state.engaged, state.reason, state.by, state.since, state.local, state.resumes]);
    if (shown === this.#shown && state.engaged) return;
    this.#shown = shown;
    this.#engaged = state.engaged;
    document.body.classList.toggle("is-stopped", state.engaged);
    document.title = state.engaged ? "STOPPED · Claw" : "Claw";
    this.#button.querySelector("span").textContent = state.engaged ? "Stopped" : "Stop";
    this.#panel.hidden = !state.engaged;
    this.#panel.replaceChildren(...(state.engaged ? this.#words(state) : []));
  }

  async #press() {
    if (this.#engaged) {
      this.#panel.querySelector("input")?.focus();
      return;
    }
    this.#button.setAttribute("aria-busy", "true");
    try {
      this.load(await post("/api/stop", { reason: "the red button on the page" }));
      this.#alarm(null);
    } catch (error) {
      this.#alarm(`NOT STOPPED: ${error.message} Press again, or run “claw stop”.`);
    } finally {
      this.#button.removeAttribute("aria-busy");
    }
  }

  #words(state) {
    const who = state.by ? ` by ${sentence(state.by)}` : "";
    const when = state.since ? ` at ${clock(state.since)}` : "";
    return [
      el(
        "div",
        { class: "stopped-words" },
        el("h2", {}, "Stopped. Nothing moves."),
        el("p", {}, `The switch was thrown${who}${when}.`),
        el("p", { class: "reason" }, state.reason),
        state.unwatched ? el("p", { class: "unwatched" }, state.unwatched) : null,
      ),
      this.#resetForm(state),
    ];
  }

  #resetForm(state) {
    if (state.local) {
      return el("p", { class: "console" }, "This stop can only be lifted at the machine itself: ", el("code", {}, "claw reset --reason \"…\""));
    }
    if (!this.#mayReset) return el("p", { class: "console" }, "An adult of the household can lift this stop.");
    const reason = el("input", { id: "reset-reason", name: "reason", type: "text", maxlength: "200", required: true, placeholder: "Why is it safe again?" });
    const trouble = el("p", { class: "trouble", role: "alert" });
    const button = el("button", { class: "secondary", type: "submit" }, "Let Claw move again");
    const form = el(
      "form",
      { class: "reset", autocomplete: "off" },
      el("p", {}, "After a reset:"),
      el("ul", { class: "resumes" }, ...(state.resumes ?? []).map((line) => el("li", {}, line))),
      el("label", { for: "reset-reason" }, "To reset, say why"),
      el("div", { class: "reset-row" }, reason, button),
      trouble,
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      try {
        this.load(await post("/api/stop/reset", { reason: reason.value }));
        this.#button.focus();
      } catch (error) {
        trouble.textContent = error.message;
        button.disabled = false;
      }
    });
    return form;
  }
}
