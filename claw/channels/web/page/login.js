// Exchanges a sign-in code for a session; the code goes in a body, never in an address.
import { post } from "./api.js";

const form = document.getElementById("login");
const code = document.getElementById("code");
const trouble = document.getElementById("trouble");
const button = form.querySelector("button");

code.addEventListener("input", () => {
  const bare = code.value.toUpperCase().replace(/[^0-9A-Z]/g, "").slice(0, 8);
  code.value = bare.length > 4 ? `${bare.slice(0, 4)}-${bare.slice(4)}` : bare;
  trouble.textContent = "";
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    await post("/api/login", { code: code.value });
    location.replace("/");
  } catch (error) {
    trouble.textContent = error.message;
    code.select();
  } finally {
    button.disabled = false;
  }
});
