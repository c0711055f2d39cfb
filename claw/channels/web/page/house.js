// The rooms, live: areas by floor, what can be switched as tiles, the rest as lines.
import { post } from "./api.js";
import { el, icon } from "./dom.js";
import { hold, isHeld } from "./hold.js";
import { READ_ONLY, TILES, domain, isKnown, isOn, isShown, picture, rank, shortName, stateWords, tone } from "./words.js";

const GLANCE = 4; // lines of what needs a look
const NOWHERE = "\u0000"; // no area has this id

export class House {
  #root;
  #trouble;
  #drawnAll;
  #entities = new Map();
  #drawn = new Map();
  #areas = new Map();
  #changed = new Set();

  // trouble(text) is told when what a tile asked for was not done.
  // drawn() is told after the page shows something new of the house.
  constructor(root, { trouble, drawn }) {
    this.#drawnAll = drawn;
    this.#root = root;
    this.#trouble = trouble;
    root.replaceChildren(...Array.from({ length: 4 }, () => el("div", { class: "area ghost", "aria-hidden": "true" })));
  }

  nameOf(id) {
    return this.#entities.get(id)?.name ?? id;
  }

  areaOf(id) {
    return this.#areas.get(id)?.name ?? id;
  }

  // The few things worth knowing at a glance, each with its tone.
  glance() {
    const all = [...this.#entities.values()].filter(isShown);
    const shown = all.filter(isKnown);
    const loud = shown.filter((entity) => ["alarm", "note"].includes(tone(entity)));
    const lit = shown.filter((entity) => domain(entity.entity_id) === "light" && isOn(entity)).length;
    // A lock that does not answer is not locked.
    const locks = all.filter((entity) => domain(entity.entity_id) === "lock");
    const lines = loud
      .sort((one, other) => tone(one).localeCompare(tone(other)))
      .slice(0, GLANCE)
      .map((entity) => ({ text: `${entity.name}: ${stateWords(entity).toLowerCase()}`, tone: tone(entity) }));
    if (lit) lines.push({ text: lit === 1 ? "One light is on" : `${lit} lights are on`, tone: "calm" });
    if (locks.length && locks.every((lock) => lock.state === "locked")) lines.push({ text: "Everything is locked", tone: "calm" });
    return lines;
  }

  load({ floors, areas, entities }) {
    this.#entities = new Map(entities.map((entity) => [entity.entity_id, entity]));
    this.#areas = new Map();
    this.#drawn.clear();
    const byArea = Map.groupBy
      ? Map.groupBy(entities.filter(isShown), (entity) => entity.area ?? NOWHERE)
      : group(entities.filter(isShown), (entity) => entity.area ?? NOWHERE);
    for (const area of areas) this.#areas.set(area.id, { name: area.name, entities: byArea.get(area.id) ?? [] });
    const known = [...floors].sort((one, other) => (one.level ?? 99) - (other.level ?? 99));
    const sections = known.map((floor) => this.#floor(floor.name, areas.filter((area) => area.floor === floor.id)));
    const homeless = areas.filter((area) => !floors.some((floor) => floor.id === area.floor));
    sections.push(this.#floor(floors.length ? "Outside and elsewhere" : "Rooms", homeless));
    const rest = byArea.get(NOWHERE) ?? [];
    if (rest.length) {
      this.#areas.set(NOWHERE, { name: "The whole house", entities: rest });
      sections.push(this.#floor("The whole house", [{ id: NOWHERE, name: "" }]));
    }
    const shown = sections.filter((section) => section !== null);
    this.#root.replaceChildren(...(shown.length ? shown : [emptyHouse()]));
    this.#drawnAll();
  }

  changed({ entity_id: id, state, attributes }) {
    const entity = this.#entities.get(id);
    if (!entity) return;
    entity.state = state;
    entity.attributes = attributes;
    // A house may change thousands of times a second; the page is drawn once a frame.
    if (this.#changed.size === 0) requestAnimationFrame(() => this.#redraw());
    this.#changed.add(id);
  }

  #redraw() {
    const areas = new Set();
    for (const id of this.#changed) {
      const entity = this.#entities.get(id);
      this.#drawn.get(id)?.(entity);
      areas.add(entity.area ?? NOWHERE);
    }
    this.#changed.clear();
    for (const id of areas) this.#areas.get(id)?.summarise?.();
    this.#drawnAll();
  }

  #floor(name, areas) {
    const cards = areas.map((area) => this.#area(area)).filter((card) => card !== null);
    if (!cards.length) return null;
    return el("section", { class: "floor" }, el("h3", {}, name), el("div", { class: "areas" }, ...cards));
  }

  #area({ id, name }) {
    const area = this.#areas.get(id);
    if (!area.entities.length) return null;
    const order = [...area.entities].sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
    const tiles = order.filter((entity) => TILES.has(domain(entity.entity_id)));
    const warmth = order.find(isAreaTemperature);
    const rest = order.filter((entity) => !tiles.includes(entity) && entity !== warmth);
    const readings = rest.filter((entity) => READ_ONLY.has(domain(entity.entity_id)));
    const lines = rest.filter((entity) => !readings.includes(entity));
    const lit = el("span", { class: "area-lit" });
    const degrees = el("span", { class: "area-warmth" });
    area.summarise = () => {
      const on = area.entities.filter((entity) => domain(entity.entity_id) === "light" && isOn(entity)).length;
      lit.textContent = on ? `${on} ${on === 1 ? "light" : "lights"} on` : "";
      degrees.textContent = warmth && isKnown(warmth) ? stateWords(warmth) : "";
    };
    area.summarise();
    const head = name ? el("div", { class: "area-head" }, el("h4", {}, name), lit, degrees) : null;
    return el(
      "article",
      { class: "area" },
      head,
      tiles.length ? el("div", { class: "tiles" }, ...tiles.map((entity) => this.#tile(entity, name))) : null,
      lines.length ? el("ul", { class: "lines" }, ...lines.map((entity) => this.#line(entity, name, "line"))) : null,
      readings.length ? el("ul", { class: "readings" }, ...readings.map((entity) => this.#line(entity, name, "reading"))) : null,
    );
  }

  #tile(entity, area) {
    const words = el("span", { class: "tile-state" });
    const tile = el(
      "button",
      { class: "tile", type: "button", role: "switch", "data-entity": entity.entity_id, onclick: () => this.#toggle(tile, entity) },
      el("span", { class: "tile-icon" }, icon(picture(entity))),
      el("span", { class: "tile-words" }, el("span", { class: "tile-name" }, shortName(entity.name, area)), words),
    );
    const draw = (now) => {
      tile.setAttribute("aria-checked", String(isOn(now)));
      tile.dataset.domain = domain(now.entity_id);
      tile.disabled = !isKnown(now);
      tile.style.setProperty("--level", isOn(now) && now.attributes.brightness ? now.attributes.brightness / 255 : 1);
      words.textContent = stateWords(now);
      tile.setAttribute("aria-label", `${now.name}, ${words.textContent}`);
    };
    draw(entity);
    this.#drawn.set(entity.entity_id, draw);
    return tile;
  }

  #line(entity, area, kind) {
    const words = el("span", { class: "line-state" });
    const mark = el("span", { class: "line-icon" });
    const line = el(
      "li",
      { class: kind, "data-entity": entity.entity_id },
      mark,
      el("span", { class: "line-name" }, shortName(entity.name, area)),
      words,
    );
    const held = isHeld(entity) ? hold(entity, (wish) => this.#held(held.button, entity, wish)) : null;
    if (held) line.append(held.button);
    const draw = (now) => {
      held?.draw(now);
      line.dataset.tone = tone(now);
      mark.replaceChildren(icon(picture(now)));
      words.textContent = stateWords(now);
    };
    draw(entity);
    this.#drawn.set(entity.entity_id, draw);
    return line;
  }

  #toggle(tile, entity) {
    const name = `${domain(entity.entity_id)}.turn_${isOn(entity) ? "off" : "on"}`;
    return this.#ask(tile, { name, entities: [entity.entity_id] });
  }

  // What was shown goes along: it counts as a yes only while it is so.
  #held(button, entity, { name, from }) {
    return this.#ask(button, { name, entities: [entity.entity_id], held: { [entity.entity_id]: from } });
  }

  async #ask(control, wish) {
    control.setAttribute("aria-busy", "true");
    try {
      const reply = await post("/api/actions", wish);
      if (!["done", "started"].includes(reply.status)) this.#trouble(reply.text);
    } catch (error) {
      this.#trouble(error.message);
    } finally {
      control.removeAttribute("aria-busy");
    }
  }
}

const isAreaTemperature = (entity) => domain(entity.entity_id) === "sensor" && entity.device_class === "temperature" && entity.area !== null;

function group(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

function emptyHouse() {
  return el("p", { class: "empty" }, "No rooms yet. They appear as soon as the house answers.");
}
