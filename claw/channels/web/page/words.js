// What a state is called, how it looks and which picture stands for it. No drawing, no requests: a table with a few rules.

const ICONS = {
  light: "M9 18h6M10 21h4M12 3a6 6 0 0 1 3.6 10.8c-.7.6-1.1 1.3-1.1 2.2h-5c0-.9-.4-1.6-1.1-2.2A6 6 0 0 1 12 3z",
  switch: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
  fan: "M12 12m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M12 10c-2-3-1-7 2-7s3 4-1 7M14 12c3-2 7-1 7 2s-4 3-7-1M12 14c2 3 1 7-2 7s-3-4 1-7M10 12c-3 2-7 1-7-2s4-3 7 1",
  cover: "M4 4h16M5 4v16h14V4M5 8h14M5 12h14M5 16h14",
  garage: "M3 20V9l9-5 9 5v11M7 20v-8h10v8M7 16h10",
  lock: "M6 11h12v9H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11M12 14.5v2",
  unlocked: "M6 11h12v9H6zM8.5 11V7a3.5 3.5 0 0 1 6.8-1.2M12 14.5v2",
  climate: "M10 14V5a2 2 0 1 1 4 0v9a4 4 0 1 1-4 0zM12 9v8",
  media: "M7 3h10v18H7zM12 15m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M12 7h.01",
  robot: "M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0M12 12m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0M12 3v3",
  water: "M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z",
  alarm: "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6zM9 12l2 2 4-4",
  camera: "M3 7h13v10H3zM16 11l5-3v8l-5-3",
  motion: "M13 4m-1.500 0a1.500 1.500 0 1 0 3 0a1.500 1.500 0 1 0-3 0M8 21l3-6-2-3 2-5 4 2 2 3M11 15l4 2v4",
  window: "M5 3h14v18H5zM12 3v18M5 12h14",
  door: "M6 21V3h12v18M4 21h16M14.500 12v1",
  smoke: "M12 21a6 6 0 0 1-6-6c0-4 4-5 4-9 3 1 4 4 4 6 1-.5 1.500-1.500 1.500-2.500 1.700 1.500 2.500 3.500 2.500 5.500a6 6 0 0 1-6 6z",
  sensor: "M4 16a8 8 0 1 1 16 0M12 16l4-5M4 20h16",
  battery: "M3 8h15v8H3zM21 11v2M6 11v2M9 11v2",
  power: "M13 2L5 14h6l-1 8 8-12h-6z",
  person: "M12 8m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0M4 21c1-5 4-7 8-7s7 2 8 7",
  sky: "M7 18h10a4 4 0 0 0 .5-8A6 6 0 0 0 6 11a3.500 3.500 0 0 0 1 7z",
  time: "M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0M12 7v5l3 2",
  list: "M9 6h11M9 12h11M9 18h11M4.500 6h.01M4.500 12h.01M4.500 18h.01",
  toggle: "M8 7h8a5 5 0 0 1 0 10H8A5 5 0 0 1 8 7zM16 12m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
  dial: "M4 8h8M18 8h2M15 8m-2.500 0a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0M4 16h2M12 16h8M9 16m-2.500 0a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0",
  dot: "M12 12m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0",
};

const BY_DOMAIN = {
  light: "light", switch: "switch", fan: "fan", cover: "cover", lock: "lock", climate: "climate",
  media_player: "media", vacuum: "robot", lawn_mower: "robot", valve: "water", water_heater: "water",
  humidifier: "water", alarm_control_panel: "alarm", siren: "alarm", camera: "camera", sensor: "sensor",
  person: "person", weather: "sky", sun: "sky", timer: "time", input_datetime: "time", todo: "list",
  input_boolean: "toggle", script: "list", number: "dial", select: "dial", input_number: "dial", input_select: "dial",
};

const BY_CLASS = {
  garage: "garage", temperature: "climate", humidity: "water", moisture: "water", battery: "battery",
  power: "power", energy: "power", motion: "motion", occupancy: "motion", window: "window", door: "door",
  opening: "door", garage_door: "garage", smoke: "smoke", gas: "smoke", carbon_monoxide: "smoke",
};

// What a binary sensor's "on" and "off" mean, and how loud "on" is.
const BINARY = {
  window: ["Open", "Closed", "note"], door: ["Open", "Closed", "note"], opening: ["Open", "Closed", "note"],
  garage_door: ["Open", "Closed", "note"], motion: ["Motion", "Still", "calm"], occupancy: ["Occupied", "Empty", "calm"],
  presence: ["Home", "Away", "calm"], smoke: ["Smoke", "Clear", "alarm"], gas: ["Gas", "Clear", "alarm"],
  carbon_monoxide: ["CO", "Clear", "alarm"], moisture: ["Wet", "Dry", "alarm"], battery: ["Low", "Fine", "note"],
  problem: ["Problem", "Fine", "note"], safety: ["Unsafe", "Safe", "alarm"], lock: ["Unlocked", "Locked", "note"],
  connectivity: ["Connected", "Offline", "calm"],
};

const NOTABLE = {
  lock: new Set(["unlocked", "unlocking", "open", "jammed"]),
  alarm_control_panel: new Set(["pending", "triggered"]),
  siren: new Set(["on"]),
};

const ARRIVED = {
  unlock: "unlocked", lock: "locked", open: "open", turn_on: "on", turn_off: "off", toggle: "the other way",
  open_cover: "open", close_cover: "closed", open_valve: "open", close_valve: "closed", alarm_disarm: "disarmed",
  alarm_arm_home: "armed", alarm_arm_away: "armed away", alarm_arm_night: "armed for the night", start: "running",
  start_mowing: "mowing", dock: "docked", return_to_base: "docked",
};

export const TILES = new Set(["light", "switch", "fan", "input_boolean", "humidifier"]);

// Things that are pressed rather than looked at have no state worth a line.
const STATELESS = new Set(["button", "scene", "notify", "input_button", "event", "conversation", "stt", "tts", "zone"]);

// In a room: what is switched, what moves, what is only read.
const ORDER = ["light", "fan", "switch", "humidifier", "input_boolean", "cover", "lock", "valve", "climate", "water_heater", "media_player"];

export const READ_ONLY = new Set(["binary_sensor", "sensor"]);

export function rank(entity) {
  const place = ORDER.indexOf(domain(entity.entity_id));
  return place < 0 ? ORDER.length : place;
}

export const domain = (id) => id.slice(0, id.indexOf("."));

export const isShown = (entity) => !entity.hidden && !STATELESS.has(domain(entity.entity_id));

export const isKnown = (entity) => entity.state !== null && entity.state !== "unavailable" && entity.state !== "unknown";

export const isOn = (entity) => entity.state === "on";

export function picture(entity) {
  const kind = domain(entity.entity_id);
  if (kind === "lock" && entity.state !== "locked") return ICONS.unlocked;
  return ICONS[BY_CLASS[entity.device_class] ?? BY_DOMAIN[kind] ?? "dot"];
}

// calm, live (something runs), note (worth a look), alarm, or off (not known)
export function tone(entity) {
  if (!isKnown(entity)) return "off";
  const kind = domain(entity.entity_id);
  if (NOTABLE[kind]?.has(entity.state)) return entity.state === "triggered" || kind === "siren" ? "alarm" : "note";
  if (kind === "binary_sensor") return isOn(entity) ? (BINARY[entity.device_class]?.[2] ?? "calm") : "calm";
  if (kind === "cover" && ["garage", "door", "gate"].includes(entity.device_class)) {
    return entity.state === "closed" ? "calm" : "note";
  }
  return ["playing", "cleaning", "mowing", "opening", "closing"].includes(entity.state) ? "live" : "calm";
}

export function stateWords(entity) {
  if (entity.state === null || entity.state === "unavailable") return "Unavailable";
  if (entity.state === "unknown") return "Not known";
  const kind = domain(entity.entity_id);
  const a = entity.attributes;
  switch (kind) {
    case "light":
      return isOn(entity) && a.brightness ? `On, ${percent(a.brightness / 255)}` : sentence(entity.state);
    case "fan":
      return isOn(entity) && a.percentage ? `On, ${Math.round(a.percentage)} %` : sentence(entity.state);
    case "cover":
    case "valve": {
      const partly = entity.state === "open" && a.current_position > 0 && a.current_position < 100;
      return partly ? `Open, ${Math.round(a.current_position)} %` : sentence(entity.state);
    }
    case "climate":
    case "water_heater":
      return warmth(entity);
    case "humidifier":
      return isOn(entity) && a.humidity ? `On, ${a.humidity} %` : sentence(entity.state);
    case "media_player":
      return a.media_title && entity.state === "playing" ? `Playing ${a.media_title}` : sentence(entity.state);
    case "binary_sensor": {
      const [on, off] = BINARY[entity.device_class] ?? ["On", "Off"];
      return isOn(entity) ? on : off;
    }
    case "sensor":
    case "number":
    case "input_number":
      return measure(entity.state, a.unit_of_measurement);
    case "vacuum":
      return a.battery_level === undefined ? sentence(entity.state) : `${sentence(entity.state)}, ${a.battery_level} %`;
    case "person":
      return { home: "Home", not_home: "Away" }[entity.state] ?? entity.state;
    case "input_text":
    case "todo":
      return entity.state || "Empty";
    case "weather":
      return a.temperature === undefined ? sentence(entity.state) : `${sentence(entity.state)}, ${a.temperature}°`;
    default:
      return sentence(entity.state);
  }
}

// A name without the room it stands in: "Kitchen Ceiling" in the kitchen is "Ceiling".
export function shortName(name, area) {
  if (!area) return name;
  const rest = name.toLowerCase().startsWith(`${area.toLowerCase()} `) ? name.slice(area.length + 1) : name;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

// What an act does that moves nothing in the house; null for one that does.
export function deed({ name, data }) {
  switch (name) {
    case "claw.notify": return `Said: ${data.text}`;
    case "claw.remember": {
      const done = { keep: "Remembered", correct: "Put right", settle: data.yes ? "Believed from now on" : "Turned down", pin: "Kept from fading", consent: "Agreed" }[data.op] ?? name;
      return data.sentence ? `${done}: ${data.sentence}` : done;
    }
    case "claw.forget": return "Forgotten";
    case "claw.schedule": return `Set for later: ${called(data.spec)}`;
    case "claw.routine_change": return `Changed: ${called(data.spec)}`;
    default: return name.startsWith("claw.routine_") ? `${ROUTINE[name.slice(13)] ?? sentence(name.slice(13))}: ${data.routine}` : name.startsWith("claw.skill_") ? `${SKILL[name.slice(11)] ?? sentence(name.slice(11))}: ${String(data.skill).replaceAll("-", " ")}` : null;
  }
}

const ROUTINE = {
  pause: "A routine paused", resume: "A routine resumed", skip: "A day left out of a routine", remove: "A routine removed",
  adopt: "A routine adopted", run: "A routine run by hand",
};

// What a routine is called, from how it is written; the words themselves where they are somebody else's.
function called(spec) {
  try {
    return JSON.parse(spec).name;
  } catch {
    return spec;
  }
}

const SKILL = {
  learn: "A skill to learn", import: "A skill brought", accept: "A skill accepted", enable: "A skill turned on",
  disable: "A skill turned off", rollback: "A skill taken back", retire: "A skill laid aside",
};

export function goal(action) {
  const verb = action.name.slice(action.name.indexOf(".") + 1);
  const values = Object.entries(action.data).map(([key, value]) => `${sentence(key).toLowerCase()} ${value}`);
  return [ARRIVED[verb] ?? sentence(verb).toLowerCase(), ...values].join(", ");
}

export function sentence(word) {
  const text = String(word).replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function measure(value, unit) {
  const number = Number(value);
  const text = value !== "" && Number.isFinite(number) ? String(Math.round(number * 10) / 10) : String(value);
  return unit ? `${text} ${unit}` : text;
}

function warmth(entity) {
  const { current_temperature: now, temperature: wanted, hvac_action: doing } = entity.attributes;
  const parts = [];
  if (now !== undefined && now !== null) parts.push(`${now}°`);
  if (entity.state === "off") parts.push("off");
  else if (wanted !== undefined && wanted !== null) parts.push(`set to ${wanted}°`);
  else parts.push(sentence(entity.state).toLowerCase());
  if (doing === "heating" || doing === "cooling") parts.push(doing);
  const text = parts.join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const percent = (share) => `${Math.max(1, Math.round(share * 100))} %`;
