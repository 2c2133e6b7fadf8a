// Threads of WebAssembly share memory, which browsers allow to isolated pages only: those that come with two headers.  Where
// the server does not send them, a service worker adds them (../isolate.js), and the page is loaded once more.

const TRIED = "darknet_py.isolation";
const PATIENCE = 3000; // milliseconds

/** Isolate this page if that is possible.  @returns {Promise<boolean>}  false: the page is being loaded again */
export async function isolate() {
  if (globalThis.crossOriginIsolated || !navigator.serviceWorker || sessionStorage.getItem(TRIED)) return true;
  try {
    sessionStorage.setItem(TRIED, "yes");
    await navigator.serviceWorker.register(new URL("../isolate.js", import.meta.url));
    if (!(await Promise.race([navigator.serviceWorker.ready, later()]))) return true;
  } catch {
    return true;
  }
  location.reload();
  return false;
}

/** Some browsers take a service worker and never start it. */
const later = () => new Promise((resolve) => setTimeout(resolve, PATIENCE));
