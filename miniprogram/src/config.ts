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

export const API_ROOT = `${browserOrigin() ?? SERVICE_ADDRESS}/api/v1`;
