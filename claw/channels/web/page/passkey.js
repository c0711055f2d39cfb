// A passkey of this browser: what Claw asks it to make or to sign, and what it brings, in the standard's JSON.

// Whether this browser has any here at all.
export const possible = () => isSecureContext && "PublicKeyCredential" in window;

// Each takes the options that Claw gives; null, where nothing has to be signed, stays null.
export const make = (options) =>
  brought(() => navigator.credentials.create({ publicKey: { ...known(options, "excludeCredentials"), user: { ...options.user, id: bytes(options.user.id) } } }));

export const sign = (options) => options && brought(() => navigator.credentials.get({ publicKey: known(options, "allowCredentials") }));

const known = (options, list) => ({
  ...options,
  challenge: bytes(options.challenge),
  [list]: options[list].map((key) => ({ ...key, id: bytes(key.id) })),
});

async function brought(ask) {
  if (!possible()) throw new Error("This browser has no passkeys at this address.");
  let credential;
  try {
    credential = await ask();
  } catch (error) {
    throw new Error(WHY[error.name] ?? "Nothing was signed: it was called off, or took too long.");
  }
  const response = {};
  for (const part of PARTS) if (credential.response[part]) response[part] = text(credential.response[part]);
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
}

const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
const WHY = {
  InvalidStateError: "This device has a passkey for you here already.",
  SecurityError: "Browsers use no passkeys at this address.",
};

const bytes = (written) => Uint8Array.from(atob(written.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
