// A control that must be held: it shows from what to what, and letting go too soon does nothing.
import { el } from "./dom.js";

export const HOLD_MS = 1200;

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
  let began = 0;
  let frame = 0;

  function begin() {
    if (began || button.disabled) return;
    began = performance.now();
    button.dataset.held = "true";
    frame = requestAnimationFrame(step);
  }

  function step() {
    const share = Math.min(1, (performance.now() - began) / HOLD_MS);
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
    began = 0;
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
