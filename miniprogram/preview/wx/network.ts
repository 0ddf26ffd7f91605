/** Whether there is a network: as the browser says. */
import { call } from "./call";

interface Status {
  isConnected: boolean;
  networkType: "wifi" | "none";
}

type Listener = (status: Status) => void;

/** @param source `window`, or what stands for it; `isOnline` is asked at each event */
export function networkCalls(source: EventTarget, isOnline: () => boolean): Record<string, unknown> {
  const listeners = new Set<Listener>();
  const status = (): Status => ({ isConnected: isOnline(), networkType: isOnline() ? "wifi" : "none" });
  for (const type of ["online", "offline"]) {
    source.addEventListener(type, () => {
      for (const listener of listeners) listener(status());
    });
  }
  return {
    getNetworkType: call("getNetworkType", () => ({ networkType: status().networkType })),
    onNetworkStatusChange: (listener: Listener) => void listeners.add(listener),
    offNetworkStatusChange: (listener?: Listener) => {
      if (listener === undefined) listeners.clear();
      else listeners.delete(listener);
    },
  };
}
