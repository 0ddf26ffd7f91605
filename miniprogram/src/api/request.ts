/** One exchange with the service. The only caller of wx.request. */
import { API_ROOT } from "../config";
import { failureOf, unreachable } from "../domain/failure";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface Call {
  method: Method;
  /** Below the API's root, with a slash in front. */
  path: string;
  query?: Readonly<Record<string, string | number | null>>;
  body?: object;
  headers?: Readonly<Record<string, string>>;
}

/** After this a rater has waited long enough; what can be sent again waits in the outbox. */
export const TIMEOUT_MS = 15_000;

export function address(path: string, query: Call["query"] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === null || value === "" ? [] : [`${name}=${encodeURIComponent(String(value))}`],
  );
  return API_ROOT + path + (pairs.length > 0 ? `?${pairs.join("&")}` : "");
}

export function bearer(token: string | null): Record<string, string> {
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

export function headerOf(headers: unknown, name: string): string | undefined {
  if (typeof headers !== "object" || headers === null) return undefined;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : String(found[1]);
}

/** @throws Failure when the service refuses or can't be reached. */
export function request<T>(call: Call, token: string | null): Promise<T> {
  return new Promise((resolve, reject) => {
    wx.request({
      url: address(call.path, call.query),
      // WeChat's types leave a body out by its absence, not by undefined.
      ...(call.body === undefined ? {} : { data: call.body }),
      method: call.method,
      header: { "Content-Type": "application/json", Accept: "application/json", ...bearer(token), ...call.headers },
      timeout: TIMEOUT_MS,
      success: ({ statusCode, data, header }) => {
        if (statusCode >= 200 && statusCode < 300) resolve(data as T);
        else reject(failureOf(statusCode, data, headerOf(header, "Retry-After")));
      },
      fail: () => reject(unreachable()),
    });
  });
}

/** A file of the service that only this member may see. @throws Failure as `request` does. */
export function requestBytes(path: string, token: string | null): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    wx.request({
      url: address(path),
      method: "GET",
      responseType: "arraybuffer",
      header: bearer(token),
      timeout: TIMEOUT_MS,
      success: ({ statusCode, data, header }) => {
        if (statusCode >= 200 && statusCode < 300) resolve(data as ArrayBuffer);
        else reject(failureOf(statusCode, null, headerOf(header, "Retry-After")));
      },
      fail: () => reject(unreachable()),
    });
  });
}
