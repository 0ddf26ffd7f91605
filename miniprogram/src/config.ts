/**
 * Where the service answers.
 *
 * A deployment writes its own HTTPS address here, the same that it lists under
 * "服务器域名" in the WeChat console. The default serves WeChat DevTools beside
 * a server that runs on the developer's machine.
 */
const SERVICE_ADDRESS = "http://127.0.0.1:8000";

/** Opened in a browser (the preview), the service is where the page came from; WeChat has no `location`. */
function browserOrigin(): string | undefined {
  if (typeof globalThis !== "object") return undefined;
  return (globalThis as { location?: { origin?: string } }).location?.origin;
}

/** Pictures and web pages lie beside the API. */
export const SERVICE_ROOT = browserOrigin() ?? SERVICE_ADDRESS;

export const API_ROOT = `${SERVICE_ROOT}/api/v1`;

/** Where a map opens before there is anything on it (GCJ-02): the deployment's city. */
export const CITY_CENTRE = { longitude: 121.4737, latitude: 31.2304, scale: 12 };
