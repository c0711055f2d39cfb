// Exchanges what somebody knows, or the signature of a passkey, for a session. It goes in a body, never in an address.
import { get, post } from "./api.js";
import { possible, sign } from "./passkey.js";

const $ = (id) => document.getElementById(id);
const trouble = $("trouble");
const LEAD = { login: "Type the sign-in code.", named: "Sign in with your password.", first: "Nobody is known here yet. Make the first account: it is yours, and you own this house." };
const OTHER = { login: "Use a password", named: "Use a code" };

function show(which) {
  for (const id of Object.keys(LEAD)) $(id).hidden = id !== which;
  $("lead").textContent = LEAD[which];
  $("other").textContent = OTHER[which] ?? "";
  $("others").hidden = $("hint").hidden = which === "first";
  trouble.textContent = "";
  $(which).querySelector("input").focus();
}

function spaced({ target }) {
  const bare = target.value.toUpperCase().replace(/[^0-9A-Z]/g, "").slice(0, 8);
  target.value = bare.length > 4 ? `${bare.slice(0, 4)}-${bare.slice(4)}` : bare;
  trouble.textContent = "";
}

async function enter(button, how) {
  button.disabled = true;
  trouble.textContent = "";
  try {
    await how();
    location.replace("./");
  } catch (error) {
    trouble.textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

function submits(id, how) {
  $(id).addEventListener("submit", (event) => {
    event.preventDefault();
    enter($(id).querySelector("[type=submit]"), how);
  });
}

submits("login", () => post("/api/login", { code: $("code").value }).catch((error) => {
  $("code").select();
  throw error;
}));
submits("named", () => post("/api/login", { name: $("name").value, password: $("password").value }));
submits("first", () => post("/api/first", { code: $("first-code").value, name: $("first-name").value, password: $("first-password").value }));
$("code").addEventListener("input", spaced);
$("first-code").addEventListener("input", spaced);
$("other").addEventListener("click", () => show($("login").hidden ? "login" : "named"));
$("other").hidden = false; // not before it does something
$("passkey").hidden = !possible();
$("passkey").addEventListener("click", () =>
  enter($("passkey"), async () => {
    const asked = await post("/api/login/passkey/begin", {});
    await post("/api/login/passkey", { credential: await sign(asked.sign) });
  }),
);

get("/api/door").then(({ first }) => first && show("first"), () => {}); // one who is known comes in by the code
