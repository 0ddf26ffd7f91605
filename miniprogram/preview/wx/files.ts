/** Files of the program: what was picked (gone with the page) and what was saved (kept in the browser). */
import { CallFailure, call } from "./call";

/** Where saved files outlive the page. */
export interface FileKeeper {
  all: () => Promise<Map<string, Blob>>;
  put: (path: string, file: Blob) => Promise<void>;
  remove: (path: string) => Promise<void>;
}

const STORE = "files";

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB refused"));
  });
}

/** Keeps files in the browser's database, apart for each sandbox person. */
export function browserKeeper(person: string): FileKeeper {
  const opened = new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(`preview:${person}`, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB refused"));
  });
  const store = async (mode: IDBTransactionMode): Promise<IDBObjectStore> =>
    (await opened).transaction(STORE, mode).objectStore(STORE);
  return {
    async all() {
      const files = await store("readonly");
      const [paths, contents] = await Promise.all([answered(files.getAllKeys()), answered(files.getAll())]);
      return new Map(paths.map((path, index) => [String(path), contents[index] as Blob]));
    },
    async put(path, file) {
      await answered((await store("readwrite")).put(file, path));
    },
    async remove(path) {
      await answered((await store("readwrite")).delete(path));
    },
  };
}

function endingOf(file: Blob): string {
  return file.type.split("/")[1]?.replace("jpeg", "jpg") ?? "bin";
}

export class Files {
  private readonly contents = new Map<string, Blob>();
  private readonly addresses = new Map<string, string>();

  constructor(private readonly keeper: FileKeeper) {}

  /** Brings back what was saved before. */
  async load(): Promise<void> {
    for (const [path, file] of await this.keeper.all()) this.contents.set(path, file);
  }

  addTemporary(file: Blob): string {
    const path = `wxfile://tmp_${crypto.randomUUID()}.${endingOf(file)}`;
    this.contents.set(path, file);
    return path;
  }

  /** @throws CallFailure when there is no such file */
  read(path: string): Blob {
    const file = this.contents.get(path);
    if (file === undefined) throw new CallFailure(`no such file or directory ${path}`, 1300002);
    return file;
  }

  /** An address the browser can show; undefined for what isn't a file here. */
  addressOf(path: string): string | undefined {
    const file = this.contents.get(path);
    if (file === undefined) return undefined;
    const address = this.addresses.get(path) ?? URL.createObjectURL(file);
    this.addresses.set(path, address);
    return address;
  }

  /** Moves a picked file to where it stays. */
  async save(temporary: string): Promise<string> {
    const file = this.read(temporary);
    const path = temporary.replace("tmp_", "store_");
    await this.keeper.put(path, file);
    this.contents.set(path, file);
    this.forget(temporary);
    return path;
  }

  async remove(path: string): Promise<void> {
    this.read(path);
    await this.keeper.remove(path);
    this.forget(path);
  }

  saved(): { filePath: string; size: number; createTime: number }[] {
    return [...this.contents]
      .filter(([path]) => path.includes("store_"))
      .map(([filePath, { size }]) => ({ filePath, size, createTime: 0 }));
  }

  private forget(path: string): void {
    const address = this.addresses.get(path);
    if (address !== undefined) URL.revokeObjectURL(address);
    this.addresses.delete(path);
    this.contents.delete(path);
  }
}

async function contentOf(file: Blob, encoding?: string): Promise<string | ArrayBuffer> {
  if (encoding === undefined) return file.arrayBuffer();
  if (encoding === "utf8" || encoding === "utf-8") return file.text();
  if (encoding !== "base64") throw new CallFailure(`encoding ${encoding} is not in the preview`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export function fileCalls(files: Files): Record<string, unknown> {
  const manager = {
    saveFile: call<{ tempFilePath: string }>("saveFile", async ({ tempFilePath }) => ({
      savedFilePath: await files.save(tempFilePath),
    })),
    removeSavedFile: call<{ filePath: string }>("removeSavedFile", ({ filePath }) => files.remove(filePath)),
    unlink: call<{ filePath: string }>("unlink", ({ filePath }) => files.remove(filePath)),
    getSavedFileList: call("getSavedFileList", () => ({ fileList: files.saved() })),
    getFileInfo: call<{ filePath: string }>("getFileInfo", ({ filePath }) => ({ size: files.read(filePath).size })),
    access: call<{ path: string }>("access", ({ path }) => void files.read(path)),
    readFile: call<{ filePath: string; encoding?: string }>("readFile", async ({ filePath, encoding }) => ({
      data: await contentOf(files.read(filePath), encoding),
    })),
  };
  return { getFileSystemManager: () => manager };
}
