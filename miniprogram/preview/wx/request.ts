/** `wx.request` and `wx.uploadFile`. Cookies are left out, as on a phone. */
import { CallFailure, calls, settle, type Callbacks } from "./call";
import type { Files } from "./files";

interface RequestOptions extends Callbacks {
  url: string;
  method?: string;
  data?: unknown;
  header?: Record<string, string>;
  timeout?: number;
  dataType?: string;
  responseType?: "text" | "arraybuffer";
}

interface UploadOptions extends Callbacks {
  url: string;
  filePath: string;
  name: string;
  header?: Record<string, string>;
  formData?: Record<string, string>;
  timeout?: number;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;
type Progress = (progress: { progress: number; totalBytesSent: number; totalBytesExpectedToSend: number }) => void;

const DEFAULT_TIMEOUT_MS = 60_000;

/** Methods that carry their data in the address. */
const IN_ADDRESS = new Set(["GET", "HEAD"]);

function checkAddress(url: string): void {
  if (!/^https?:\/\//.test(url)) throw new CallFailure(`invalid url "${url}"`, 600009);
}

function addressOf({ url, method = "GET", data }: RequestOptions): string {
  if (!IN_ADDRESS.has(method.toUpperCase()) || typeof data !== "object" || data === null) return url;
  const query = new URLSearchParams(Object.entries(data).map(([name, value]) => [name, String(value)])).toString();
  return query === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${query}`;
}

function bodyOf({ method = "GET", data }: RequestOptions, type: string): BodyInit | undefined {
  if (IN_ADDRESS.has(method.toUpperCase()) || data === undefined) return undefined;
  if (typeof data === "string" || data instanceof ArrayBuffer) return data;
  if (type.includes("urlencoded")) return new URLSearchParams(Object.entries(data as object)).toString();
  return JSON.stringify(data);
}

async function contentOf(
  response: Response,
  { dataType = "json", responseType = "text" }: RequestOptions,
): Promise<unknown> {
  if (responseType === "arraybuffer") return response.arrayBuffer();
  const text = await response.text();
  if (dataType !== "json") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** What WeChat says when it gets no answer. */
function withoutAnswer(error: unknown): CallFailure {
  if (error instanceof CallFailure) return error;
  const name = error instanceof Error ? error.name : "";
  if (name === "AbortError") return new CallFailure("abort");
  if (name === "TimeoutError") return new CallFailure("timeout", 5);
  return new CallFailure("net::ERR_CONNECTION_FAILED", 600001);
}

function signalOf(abort: AbortController, timeout = DEFAULT_TIMEOUT_MS): AbortSignal {
  return AbortSignal.any([abort.signal, AbortSignal.timeout(timeout)]);
}

async function exchange(fetcher: Fetch, options: RequestOptions, abort: AbortController): Promise<object> {
  checkAddress(options.url);
  const headers = new Headers({ "content-type": "application/json" });
  for (const [name, value] of Object.entries(options.header ?? {})) headers.set(name, value);
  const body = bodyOf(options, headers.get("content-type") ?? "");
  try {
    const response = await fetcher(addressOf(options), {
      method: (options.method ?? "GET").toUpperCase(),
      headers,
      credentials: "omit",
      signal: signalOf(abort, options.timeout),
      ...(body === undefined ? {} : { body }),
    });
    const data = await contentOf(response, options);
    return { data, statusCode: response.status, header: Object.fromEntries(response.headers), cookies: [] };
  } catch (error) {
    throw withoutAnswer(error);
  }
}

async function upload(
  fetcher: Fetch,
  files: Files,
  options: UploadOptions,
  abort: AbortController,
  progress: Progress[],
): Promise<object> {
  checkAddress(options.url);
  const file = files.read(options.filePath);
  const form = new FormData();
  for (const [name, value] of Object.entries(options.formData ?? {})) form.append(name, value);
  form.append(options.name, file, options.filePath.split("/").at(-1));
  const headers = new Headers(options.header);
  // The boundary is for the browser to write.
  headers.delete("content-type");
  try {
    const response = await fetcher(options.url, {
      method: "POST",
      headers,
      body: form,
      credentials: "omit",
      signal: signalOf(abort, options.timeout),
    });
    for (const listener of progress)
      listener({ progress: 100, totalBytesSent: file.size, totalBytesExpectedToSend: file.size });
    return { statusCode: response.status, data: await response.text(), header: Object.fromEntries(response.headers) };
  } catch (error) {
    throw withoutAnswer(error);
  }
}

/** A task that is a promise too where the caller gave no callbacks. */
function asTask(result: Promise<object> | undefined, abort: AbortController, extra: object = {}): object {
  return Object.assign(result ?? {}, {
    abort: () => abort.abort(),
    onHeadersReceived: () => undefined,
    offHeadersReceived: () => undefined,
    ...extra,
  });
}

export function requestCalls(fetcher: Fetch, files: Files): Record<string, unknown> {
  return {
    request(options: RequestOptions) {
      calls.push({ name: "request", options });
      const abort = new AbortController();
      return asTask(settle("request", exchange(fetcher, options, abort), options), abort);
    },
    uploadFile(options: UploadOptions) {
      calls.push({ name: "uploadFile", options });
      const abort = new AbortController();
      const progress: Progress[] = [];
      const result = settle("uploadFile", upload(fetcher, files, options, abort, progress), options);
      return asTask(result, abort, {
        onProgressUpdate: (listener: Progress) => void progress.push(listener),
        offProgressUpdate: () => void progress.splice(0),
      });
    },
  };
}
