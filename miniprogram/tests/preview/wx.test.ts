/** The stand-in for `wx`, as far as it needs no browser. */
import assert from "node:assert/strict";
import test from "node:test";
import { arrayBufferToBase64, base64ToArrayBuffer, bufferCalls } from "../../preview/wx/buffers";
import { call, type Call } from "../../preview/wx/call";
import { fileCalls, Files, type FileKeeper } from "../../preview/wx/files";
import { networkCalls } from "../../preview/wx/network";
import { loginCalls, personOf } from "../../preview/wx/person";
import { requestCalls } from "../../preview/wx/request";
import { createStorage } from "../../preview/wx/storage";

class MemoryArea {
  private readonly entries = new Map<string, string>();

  get length(): number {
    return this.entries.size;
  }

  key(index: number): string | null {
    return [...this.entries.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.entries.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.entries.set(key, value);
  }

  removeItem(key: string): void {
    this.entries.delete(key);
  }
}

function memoryKeeper(kept = new Map<string, Blob>()): FileKeeper {
  return {
    all: () => Promise.resolve(new Map(kept)),
    put: (path, file) => Promise.resolve(void kept.set(path, file)),
    remove: (path) => Promise.resolve(void kept.delete(path)),
  };
}

type AnyCall = Call<Record<string, unknown>>;

const JSON_ANSWER = { status: 201, headers: { "content-type": "application/json", "Retry-After": "3" } };

test("a call without callbacks is a promise, with them it answers by them", async () => {
  const double = call<{ value: number }>("double", ({ value }) => ({ doubled: value * 2 }));
  assert.deepEqual(await double({ value: 2 }), { errMsg: "double:ok", doubled: 4 });
  const heard: object[] = [];
  const answer = double({ value: 3, success: (given) => heard.push(given), complete: (given) => heard.push(given) });
  assert.equal(answer, undefined);
  await new Promise(setImmediate);
  assert.deepEqual(heard, [
    { errMsg: "double:ok", doubled: 6 },
    { errMsg: "double:ok", doubled: 6 },
  ]);
});

test("a call that fails says why in WeChat's form", async () => {
  const refuse = call("refuse", () => {
    throw new Error("no such thing");
  });
  await assert.rejects(refuse() ?? Promise.resolve(), { errMsg: "refuse:fail no such thing" });
});

test("each sandbox person has a storage of their own", () => {
  const area = new MemoryArea();
  const [first, second] = ["zhang", "li"].map((person) => createStorage(area, person)) as Record<
    string,
    (...given: unknown[]) => unknown
  >[];
  first?.["setStorageSync"]?.("receipts", [{ a: 1 }]);
  assert.deepEqual(first?.["getStorageSync"]?.("receipts"), [{ a: 1 }]);
  assert.equal(second?.["getStorageSync"]?.("receipts"), "");
  second?.["clearStorageSync"]?.();
  assert.deepEqual(first?.["getStorageInfoSync"]?.(), { keys: ["receipts"], currentSize: 0, limitSize: 10240 });
});

test("the person is the address's, else one made up once for the browser", () => {
  const area = new MemoryArea();
  assert.equal(personOf("?as=zhang", area), "zhang");
  const madeUp = personOf("", area);
  assert.match(madeUp, /^guest-[0-9a-f]{8}$/);
  assert.equal(personOf("?scene=d1", area), madeUp);
});

test("a sign-in code names the sandbox person and is new each time", async () => {
  const login = loginCalls("zhang")["login"] as AnyCall;
  const codes = (await Promise.all([login(), login()])).map((answer) => (answer as { code: string }).code);
  for (const code of codes) assert.match(code, /^sandbox:zhang:[0-9a-f-]{36}$/);
  assert.notEqual(codes[0], codes[1]);
});

test("a request sends JSON without cookies and hands back status and headers", async () => {
  const sent: [string, RequestInit][] = [];
  const fetcher = (url: string, init: RequestInit): Promise<Response> => {
    sent.push([url, init]);
    return Promise.resolve(new Response('{"id":7}', JSON_ANSWER));
  };
  const { request } = requestCalls(fetcher, new Files(memoryKeeper())) as {
    request: (options: object) => Promise<object>;
  };
  const answer = await request({
    url: "http://here/api",
    method: "POST",
    data: { level: 5 },
    header: { Authorization: "Bearer t" },
  });
  assert.deepEqual(
    { ...answer, header: undefined },
    { errMsg: "request:ok", data: { id: 7 }, statusCode: 201, header: undefined, cookies: [] },
  );
  const [url, init] = sent[0] ?? ["", {}];
  assert.equal(url, "http://here/api");
  assert.equal(init.body, '{"level":5}');
  assert.equal(init.credentials, "omit");
  assert.equal(new Headers(init.headers).get("authorization"), "Bearer t");
});

test("a request without a network fails, and so does one without a full address", async () => {
  const unreachable = (): Promise<Response> => Promise.reject(new TypeError("Failed to fetch"));
  const { request } = requestCalls(unreachable, new Files(memoryKeeper())) as {
    request: (options: object) => Promise<object>;
  };
  await assert.rejects(request({ url: "http://here/api" }), {
    errMsg: "request:fail net::ERR_CONNECTION_FAILED",
    errno: 600001,
  });
  await assert.rejects(request({ url: "/api" }), { errMsg: 'request:fail invalid url "/api"', errno: 600009 });
});

test("a saved file outlives the page, a picked one doesn't", async () => {
  const kept = new Map<string, Blob>();
  const files = new Files(memoryKeeper(kept));
  const picked = files.addTemporary(new Blob(["甲"], { type: "image/jpeg" }));
  const left = files.addTemporary(new Blob(["乙"], { type: "image/png" }));
  const saved = await files.save(picked);
  assert.match(saved, /^wxfile:\/\/store_.+\.jpg$/);
  assert.throws(() => files.read(picked), /no such file/);
  const again = new Files(memoryKeeper(kept));
  await again.load();
  assert.equal(await again.read(saved).text(), "甲");
  assert.throws(() => again.read(left), /no such file/);
});

test("an upload sends the file under its field with its progress", async () => {
  const forms: FormData[] = [];
  const fetcher = (_url: string, init: RequestInit): Promise<Response> => {
    forms.push(init.body as FormData);
    return Promise.resolve(new Response('{"id":"p"}', JSON_ANSWER));
  };
  const files = new Files(memoryKeeper());
  const { uploadFile } = requestCalls(fetcher, files) as {
    uploadFile: (
      options: object,
    ) => Promise<object> & { onProgressUpdate: (hear: (given: { progress: number }) => void) => void };
  };
  const task = uploadFile({
    url: "http://here/photos",
    filePath: files.addTemporary(new Blob(["图"], { type: "image/png" })),
    name: "file",
  });
  const progress: number[] = [];
  task.onProgressUpdate((given) => progress.push(given.progress));
  assert.equal(((await task) as { data: string }).data, '{"id":"p"}');
  assert.deepEqual(progress, [100]);
  assert.equal((forms[0]?.get("file") as File).size, 3);
  await assert.rejects(uploadFile({ url: "http://here/photos", filePath: "wxfile://gone", name: "file" }), {
    errMsg: "uploadFile:fail no such file or directory wxfile://gone",
    errno: 1300002,
  });
});

test("the file manager reads as text, base64 and bytes", async () => {
  const files = new Files(memoryKeeper());
  const path = files.addTemporary(new Blob(["ab"]));
  const manager = (fileCalls(files)["getFileSystemManager"] as () => Record<string, AnyCall>)();
  const read = async (encoding?: string): Promise<unknown> =>
    (
      (await manager["readFile"]?.({ filePath: path, ...(encoding === undefined ? {} : { encoding }) })) as {
        data: unknown;
      }
    ).data;
  assert.equal(await read("utf8"), "ab");
  assert.equal(await read("base64"), "YWI=");
  assert.equal(((await read()) as ArrayBuffer).byteLength, 2);
});

test("who listens hears the network come and go", async () => {
  let online = true;
  const source = new EventTarget();
  const calls = networkCalls(source, () => online);
  const heard: boolean[] = [];
  (calls["onNetworkStatusChange"] as (listener: (status: { isConnected: boolean }) => void) => void)(
    ({ isConnected }) => heard.push(isConnected),
  );
  online = false;
  source.dispatchEvent(new Event("offline"));
  assert.deepEqual(heard, [false]);
  assert.deepEqual(await (calls["getNetworkType"] as AnyCall)(), { errMsg: "getNetworkType:ok", networkType: "none" });
});

test("bytes survive base64, and randomness has the length asked for", async () => {
  const bytes = Uint8Array.from([0, 1, 254, 255]);
  assert.deepEqual(new Uint8Array(base64ToArrayBuffer(arrayBufferToBase64(bytes.buffer))), bytes);
  const random = (await (bufferCalls()["getRandomValues"] as AnyCall)({ length: 32 })) as { randomValues: ArrayBuffer };
  assert.equal(random.randomValues.byteLength, 32);
});
