/** `wx.setStorage` and its kin, in the browser's storage, apart for each sandbox person: one person, one phone. */
import { call } from "./call";

type Area = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export function createStorage(area: Area, person: string): Record<string, unknown> {
  const prefix = `wx:${person}:`;

  const keys = (): string[] => {
    const all = Array.from({ length: area.length }, (_, index) => area.key(index));
    return all.flatMap((key) => (key?.startsWith(prefix) ? [key.slice(prefix.length)] : []));
  };
  const set = (key: string, value: unknown): void => area.setItem(prefix + key, JSON.stringify({ value }));
  const get = (key: string): unknown => {
    const text = area.getItem(prefix + key);
    // What WeChat answers for a name that holds nothing.
    return text === null ? "" : (JSON.parse(text) as { value: unknown }).value;
  };
  const remove = (key: string): void => area.removeItem(prefix + key);
  const clear = (): void => keys().forEach(remove);
  const info = (): object => ({ keys: keys(), currentSize: 0, limitSize: 10240 });

  return {
    setStorageSync: set,
    getStorageSync: get,
    removeStorageSync: remove,
    clearStorageSync: clear,
    getStorageInfoSync: info,
    setStorage: call<{ key: string; data: unknown }>("setStorage", ({ key, data }) => set(key, data)),
    getStorage: call<{ key: string }>("getStorage", ({ key }) => {
      if (!keys().includes(key)) throw new Error("data not found");
      return { data: get(key) };
    }),
    removeStorage: call<{ key: string }>("removeStorage", ({ key }) => remove(key)),
    clearStorage: call("clearStorage", clear),
    getStorageInfo: call("getStorageInfo", info),
  };
}
