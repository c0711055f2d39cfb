// The red button where nothing else of the page runs: before anybody is signed in, and where some other part did not load.
import { get, post } from "./api.js";
import { el } from "./dom.js";

const button = document.getElementById("stop");
const said = el("div");
const line = (text, role = null) => el("p", { class: "banner", "data-tone": "alarm", role }, text);
const tell = (text) => said.replaceChildren(line(text, "alert"));
button.closest("header").after(said);

// What is not safe about this connection stands here too: it is where codes and passwords are typed.
if (document.body.classList.contains("door")) {
  get("/api/door").then(({ warnings }) => said.after(...warnings.map((text) => line(text))), () => {});
}

button.addEventListener("click", async () => {
  if ("led" in button.dataset) return; // the whole page is there, and does it with more words
  button.setAttribute("aria-busy", "true");
  try {
    await post("/api/stop", { reason: "the red button on the page" });
    tell("Stopped. Nothing moves.");
  } catch (error) {
    const why = error.kind === "unauthenticated" ? "Nobody is signed in on this browser." : error.message;
    tell(`NOT STOPPED: ${why} Sign in and press again, run “claw stop” at the machine, or say “stop everything” where Claw listens.`);
  } finally {
    button.removeAttribute("aria-busy");
  }
});
