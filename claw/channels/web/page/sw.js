// Keeps the page's own files, so that it opens when Claw does not answer and can say so. It keeps nothing else: what the
// house says is asked anew each time or not shown, and whatever is not named here goes past this file untouched.
const STORE = "claw-page";
const PATIENCE_MS = 4000; // a network that hangs is as good as none
const PAGE = "./";
const FILES = []; // the names of the page's files, put in by who serves them: when one comes or changes, this file does

const scope = new URL(PAGE, self.registration.scope);
const ours = new Set([PAGE, ...FILES.map(([name]) => `page/${name}`)].map((path) => new URL(path, scope).href));

async function keep(url, response) {
  // A page that was led elsewhere, as to the sign-in, is not the page that was asked for.
  if (response.status === 200 && !response.redirected) await (await caches.open(STORE)).put(url, response);
}

async function fill() {
  await Promise.allSettled([...ours].map(async (url) => keep(url, await fetch(url, { cache: "no-cache" }))));
  const store = await caches.open(STORE);
  const old = (await store.keys()).filter(({ url }) => !ours.has(url));
  await Promise.all(old.map((request) => store.delete(request)));
}

// The newest where there is one; what was kept only where nothing comes.
async function newest(request, url) {
  const asked = fetch(request);
  const late = new Promise((_, fail) => setTimeout(fail, PATIENCE_MS, new Error("too late")));
  try {
    const response = await Promise.race([asked, late]);
    if (response.status === 200) keep(url, response.clone()).catch(() => {});
    return response;
  } catch {
    return (await (await caches.open(STORE)).match(url)) ?? asked;
  }
}

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = request.url.split(/[?#]/)[0];
  if (request.method === "GET" && ours.has(url)) event.respondWith(newest(request, url));
});
