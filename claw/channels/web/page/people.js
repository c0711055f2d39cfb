// The household: oneself (password, passkeys, where one is signed in); for an owner, everybody.
import { clock, day, el, head } from "./dom.js";
import { sentence } from "./words.js";
import * as keys from "./keys.js";

const ROLES = ["owner", "adult", "child", "guest", "service"];

export async function open(root, page) {
  const { get, post, sheet, on } = page;
  const folk = el("ul", { class: "folk-list", "aria-label": "The household" });
  const browsers = el("ul", { class: "folk-list", "aria-label": "Browsers and programs" });
  const trouble = el("p", { class: "trouble", role: "alert" });
  const others = button("Sign out everywhere else", () => doing(async () => {
    await post("/api/clients/end_others", {});
    await load();
  }), "secondary");
  const own = el("section", { "aria-label": "Your password" });
  const body = el("div", { class: "folk memories" }, trouble, folk);
  let owner = false;
  let me = null;

  root.append(head("People"), body);
  const adding = newcomer();
  const passkeys = el("section", {});
  body.append(adding, own, passkeys, el("section", { "aria-label": "Signed in" }, el("h3", {}, "Signed in"), browsers, others));
  await Promise.all([load(), keys.open(passkeys, page)]);
  on("shown", load);
  on("fresh", load);

  function load() {
    return doing(async () => {
      const [everybody, clients] = await Promise.all([get("/api/people"), get("/api/clients")]);
      me = everybody.find(({ id }) => id === page.session.person);
      owner = me?.role === "owner";
      adding.hidden = !owner;
      folk.replaceChildren(...(owner ? everybody.map(person) : []));
      browsers.replaceChildren(...clients.map((one) => client(one, everybody)));
      others.hidden = clients.filter(({ kind, person: whose }) => kind === "session" && whose === me?.id).length < 2;
      own.replaceChildren(...(me ? password() : []));
    });
  }

  async function doing(what) {
    trouble.textContent = "";
    try {
      return await what();
    } catch (error) {
      trouble.textContent = error.message;
      trouble.scrollIntoView({ block: "nearest" });
      return null;
    }
  }

  function person(one) {
    const ways = [
      count(one.browsers, "browser"),
      count(one.programs, "program"),
      one.password && "a password",
      one.configured && "from the configuration",
    ];
    const said = [sentence(one.role), one.barred ? "shut out" : "", ...ways].filter(Boolean).join(" · ");
    const act = (path, answer) => () => doing(async () => answer(await post(`/api/people/${encodeURIComponent(one.id)}/${path}`, {})));
    return el(
      "li",
      { "data-person": one.id },
      el(
        "div",
        { class: "folk-row" },
        el("span", {}, el("strong", { "data-barred": one.barred }, one.name), el("small", {}, said)),
        one.barred ? button("Let in again", act("admit", load)) : button("Code", act("invite", told), "quiet", `Make a code for ${one.name}`),
        one.configured || one.barred ? null : roles(one),
        one.barred ? null : button("Shut out", () => sure(one, act("revoke", out)), "quiet danger", `Shut ${one.name} out`),
      ),
    );
  }

  function roles(one) {
    const select = el("select", { class: "quiet", "aria-label": `Role of ${one.name}`, onchange: () => doing(async () => {
      try {
        await post(`/api/people/${encodeURIComponent(one.id)}/role`, { role: select.value });
      } finally {
        await load();
      }
    }) }, ...ROLES.map((role) => el("option", { value: role, selected: role === one.role }, sentence(role))));
    return select;
  }

  function sure(one, yes) {
    const words = `${one.name} is signed out everywhere, at once. Tokens, codes, password, passkeys, chats and what waits for a yes end too. Nothing of ${one.name}'s counts until an owner lets them in again.`;
    sheet(`Shut ${one.name} out?`, el("div", { class: "stacked" }, el("p", {}, words), el("button", { type: "button", class: "primary danger", onclick: yes }, "Shut out now")));
  }

  function out({ ended }) {
    const lines = Object.entries(ended).map(([what, many]) => el("li", {}, `${many} ${what}`));
    sheet("Shut out", el("div", { class: "stacked" }, el("p", { role: "status" }, lines.length ? "This has ended:" : "Nothing of theirs was open."), el("ul", { class: "steps" }, ...lines)));
    return load();
  }

  function told({ code, person: whose }) {
    const words = "It signs in once, within ten minutes. Whoever has it is them: tell it to nobody else.";
    sheet(`A code for ${sentence(whose)}`, el("div", { class: "stacked" }, el("p", { class: "one-code", role: "status" }, `${code.slice(0, 4)}-${code.slice(4)}`), el("p", {}, words)));
  }

  function newcomer() {
    const name = el("input", { id: "new-name", class: "field", maxlength: "60", required: true, autocomplete: "off" });
    const role = el("select", { id: "new-role", class: "field" }, ...ROLES.map((one) => el("option", { value: one, selected: one === "adult" }, sentence(one))));
    const submit = (event) => {
      event.preventDefault();
      doing(async () => {
        told(await post("/api/people", { name: name.value, role: role.value }));
        name.value = "";
        await load();
      });
    };
    return el("section", { "aria-label": "Let somebody in", hidden: true }, el("h3", {}, "Let somebody in"), el(
      "form",
      { class: "stacked", onsubmit: submit },
      el("label", { for: "new-name" }, "Name"), name,
      el("label", { for: "new-role" }, "Role"), role,
      el("button", { class: "secondary", type: "submit" }, "Let in, with a code"),
    ));
  }

  // One's own password: what it is now is asked for, unless one has just signed in.
  function password() {
    const has = me.password;
    const old = el("input", { id: "old-password", class: "field", type: "password", autocomplete: "current-password", maxlength: "200" });
    const fresh = el("input", { id: "new-password", class: "field", type: "password", autocomplete: "new-password", minlength: "10", maxlength: "200", required: true });
    const change = (path, more) => doing(async () => {
      await post(path, { old: old.value, ...more });
      sheet("Password", el("p", { role: "status" }, more.new ? "You can sign in with it now. Your other browsers are signed out." : "You have none any more."));
      await load();
    });
    const submit = (event) => {
      event.preventDefault();
      change("/api/password", { new: fresh.value });
    };
    return [
      el("h3", {}, "Your password"),
      el("form", { class: "stacked", onsubmit: submit },
        el("input", { type: "text", autocomplete: "username", value: me.name, hidden: true }),
        ...(has ? [el("label", { for: "old-password" }, "The one you have"), old] : []),
        el("label", { for: "new-password" }, has ? "A new one" : "Ten characters or more; you need none"), fresh,
        el("button", { class: "secondary", type: "submit" }, has ? "Change it" : "Set it"),
        has ? el("button", { class: "quiet", type: "button", onclick: () => change("/api/password/remove", {}) }, "Have none") : null,
      ),
    ];
  }

  function client(one, everybody) {
    const whose = owner ? `${everybody.find(({ id }) => id === one.person)?.name ?? one.person} · ` : "";
    const kind = { session: "", token: "program · ", model: "for a model · " }[one.kind];
    const used = one.last_used ? `last used ${day(one.last_used)}, ${clock(one.last_used)}` : `since ${day(one.created)}`;
    const end = () => doing(async () => {
      await post(`/api/clients/${one.id}/end`, {});
      await load();
    });
    return el("li", {}, el(
      "div",
      { class: "folk-row" },
      el("span", {}, el("strong", {}, one.name), el("small", {}, `${whose}${kind}${used}`)),
      one.current ? el("small", {}, "This browser") : button("Sign out", end, "quiet", `Sign ${one.name} out`),
    ));
  }
}

const count = (many, what) => (many ? `${many} ${what}${many === 1 ? "" : "s"}` : "");

function button(words, onclick, looks = "quiet", label = null) {
  return el("button", { class: looks, type: "button", onclick, "aria-label": label }, words);
}
