// Talks to Claw. Every failure is a Failure with a sentence for a person.

export class Failure extends Error {
  constructor(status, kind, text) {
    super(text);
    this.status = status;
    this.kind = kind;
  }
}

export const get = (path) => ask(path, { method: "GET" });

export const post = (path, body) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const remove = (path) => ask(path, { method: "DELETE" });

export const signOut = () => remove("/api/session");

// Whatever stands before the page's own address, as behind a proxy, stands before these too.
export const address = (path) => path.replace(/^\//, "");

async function ask(path, options) {
  let response;
  try {
    response = await fetch(address(path), { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new Failure(0, "unreachable", "Claw does not answer.");
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  const said = await response.json().catch(() => null);
  const { kind = "failed", text = `Claw answered with ${response.status}.` } = said?.error ?? {};
  if (kind === "unauthenticated" && !location.pathname.endsWith("/login")) location.replace("login");
  throw new Failure(response.status, kind, text);
}
