// One's own passkeys: what each is called and when it signed last; a new one, and one that goes.
import { day, el } from "./dom.js";
import { make, possible, sign } from "./passkey.js";

// Part of the view of people: root gets a part of its own, which is kept as it is on the server.
export async function open(root, { get, post, on }) {
  document.head.append(el("link", { rel: "stylesheet", href: "page/keys.css" }));
  const list = el("ul", { class: "keys" });
  const note = el("p", { class: "hint" });
  const trouble = el("p", { class: "trouble", role: "alert" });
  const name = el("input", { class: "field", type: "text", id: "key-name", maxlength: "60", required: true, autocomplete: "off", placeholder: "My phone" });
  const add = el("button", { class: "secondary", type: "submit" }, "Add a passkey");
  const form = el("form", { class: "stacked", hidden: true, onsubmit: added }, el("label", { for: "key-name" }, "What to call a new one"), name, add);
  const words = "With one you sign in without a code, and say yes where a rule asks for a signature.";
  root.append(
    el("section", { class: "own-keys", "aria-label": "Your passkeys" }, el("h3", {}, "Your passkeys"), el("p", { class: "hint" }, words), list, note, form, trouble),
  );
  on("shown", load);
  await load();

  function draw({ keys, problem, fresh }) {
    const stuck = problem || (possible() ? "" : "this browser has none at this address");
    const stale = !fresh && !keys.some((key) => key.here);
    note.textContent = stuck
      ? `Here none can be added or used: ${stuck}.`
      : stale ? "To add the first one at this address, sign out and in again." : "";
    form.hidden = Boolean(stuck) || stale;
    list.replaceChildren(...keys.map((key) => row(key, stuck)));
  }

  function row(key, stuck) {
    const used = key.last_used ? `last used ${day(key.last_used)}` : "not used yet";
    const where = key.here ? "" : ` · for ${key.site}`;
    return el(
      "li",
      {},
      el("span", {}, el("strong", {}, key.name), el("small", {}, `Added ${day(key.created)}, ${used}${where}`)),
      stuck ? null : el("button", { class: "quiet", type: "button", "aria-label": `Remove ${key.name}`, onclick: () => removed(key) }, "Remove"),
    );
  }

  async function added(event) {
    event.preventDefault();
    await doing(async () => {
      const asked = await post("/api/passkeys/begin", { name: name.value });
      const proof = await sign(asked.sign);
      const credential = await make(asked.create);
      draw(await post("/api/passkeys", { name: name.value, credential, proof }));
      name.value = "";
    });
  }

  async function removed({ id }) {
    await doing(async () => {
      const asked = await post("/api/passkeys/remove/begin", { id });
      draw(await post("/api/passkeys/remove", { id, proof: await sign(asked.sign) }));
    });
  }

  async function load() {
    await doing(async () => draw(await get("/api/passkeys")));
  }

  async function doing(what) {
    trouble.textContent = "";
    add.disabled = true;
    try {
      await what();
    } catch (error) {
      trouble.textContent = error.message;
    } finally {
      add.disabled = false;
    }
  }
}
