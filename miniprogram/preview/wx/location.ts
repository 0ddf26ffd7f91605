/**
 * Where the phone is: the middle of the demo city, since a test must not depend on the computer's place,
 * or where `?at=longitude,latitude,accuracy` in the address says. WeChat asks the person once.
 */
import { actionButton, element, overlay, showNotice } from "./dialogs";
import { call, CallFailure } from "./call";
import { privacy } from "./privacy";

const DEMO_PLACE = { latitude: 31.2304, longitude: 121.4737, accuracy: 20 };

type Area = Pick<Storage, "getItem" | "setItem">;

function place(search: string): typeof DEMO_PLACE {
  const at = new URLSearchParams(search).get("at");
  if (at === null) return DEMO_PLACE;
  const [longitude = 0, latitude = 0, accuracy = DEMO_PLACE.accuracy] = at.split(",").map(Number);
  return { longitude, latitude, accuracy };
}

function ask(): Promise<boolean> {
  return overlay<boolean>("dialog", "位置信息", (box, answer) => {
    const buttons = element("div", "dialog-buttons");
    buttons.append(
      actionButton("拒绝", "dialog-button", () => answer(false)),
      actionButton("允许", "dialog-button dialog-confirm", () => answer(true)),
    );
    box.append(
      element("div", "dialog-title", "位置信息"),
      element("div", "dialog-content", "小程序申请获取您的位置信息。"),
      buttons,
    );
  });
}

/** What the person once answered holds until the settings are opened, as on a phone. */
async function authorise(area: Area, person: string): Promise<void> {
  const key = `location:${person}`;
  const answer = area.getItem(key) ?? ((await ask()) ? "allowed" : "refused");
  area.setItem(key, answer);
  if (answer !== "allowed") throw new CallFailure("auth deny");
}

export function locationCalls(area: Area, person: string, search: string): Record<string, unknown> {
  return {
    getLocation: call("getLocation", async () => {
      await privacy.require();
      await authorise(area, person);
      const { longitude, latitude, accuracy } = place(search);
      const rest = { altitude: 0, speed: -1, verticalAccuracy: 0, horizontalAccuracy: accuracy };
      return { longitude, latitude, accuracy, ...rest };
    }),
    openLocation: call<{ longitude: number; latitude: number; name?: string }>("openLocation", ({ name = "地点" }) => {
      void showNotice(name, "在微信里，这里会打开地图。");
    }),
  };
}
