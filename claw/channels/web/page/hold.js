// A control that must be held: it shows from what to what, and letting go too soon does nothing.
import { el } from "./dom.js";

export const HOLD_MS = 1200;
const LONGEST_FRAME_MS = 250; // a page that stands still shows nothing, so that time is not counted as held

// Where a press on a thing leads: the state it shows, the action, and what it becomes.
const WAYS = {
  lock: { locked: ["lock.unlock", "unlocked"], unlocked: ["lock.lock", "locked"] },
  cover: { closed: ["cover.open_cover", "open"], open: ["cover.close_cover", "closed"] },
  valve: { closed: ["valve.open_valve", "open"], open: ["valve.close_valve", "closed"] },
  alarm_control_panel: {
    disarmed: ["alarm_control_panel.alarm_arm_home", "armed home"],
    armed_home: ["alarm_control_panel.alarm_disarm", "disarmed"],
    armed_away: ["alarm_control_panel.alarm_disarm", "disarmed"],
    armed_night: ["alarm_control_panel.alarm_disarm", "disarmed"],
    armed_vacation: ["alarm_control_panel.alarm_disarm", "disarmed"],
  },
};

export const isHeld = (entity) => entity.entity_id.slice(0, entity.entity_id.indexOf(".")) in WAYS;

export const way = (entity) => WAYS[entity.entity_id.slice(0, entity.entity_id.indexOf("."))]?.[entity.state];

// done({ name, from }) is called once the control was held long enough; draw(entity) shows another state.
export function hold(entity, done) {
  const words = el("span", {});
  const button = el("button", { class: "hold", type: "button" }, words, el("small", {}, "hold"));
  let shown = entity;
  let held = 0;
  let last = 0;
  let frame = 0;

  function begin() {
    if (frame || button.hasAttribute("aria-busy")) return; // one after the other
    held = 0;
    last = performance.now();
    button.dataset.held = "true";
    frame = requestAnimationFrame(step);
  }

  function step() {
    if (!button.isConnected) return end(); // the rooms were drawn anew: nobody would hear it let go
    const now = performance.now();
    held += Math.min(now - last, LONGEST_FRAME_MS);
    last = now;
    const share = Math.min(1, held / HOLD_MS);
    button.style.setProperty("--held", share);
    if (share < 1) {
      frame = requestAnimationFrame(step);
      return;
    }
    const [name] = way(shown);
    const from = shown.state;
    end();
    done({ name, from });
  }

  function end() {
    cancelAnimationFrame(frame);
    frame = 0;
    delete button.dataset.held;
    button.style.setProperty("--held", 0);
  }

  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    begin();
  });
  for (const over of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) button.addEventListener(over, end);
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press asks for a menu on a phone
  button.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) begin();
  });
  button.addEventListener("keyup", end);

  function draw(now) {
    if (now.state !== shown.state) end(); // what was held is not what is there now
    shown = now;
    const to = way(now)?.[1];
    button.hidden = to === undefined;
    if (to === undefined) return;
    const from = now.state.replaceAll("_", " ");
    words.textContent = `${from} → ${to}`;
    button.setAttribute("aria-label", `${now.name}: from ${from} to ${to}, press and hold`);
  }
  draw(entity);
  return { button, draw };
}
