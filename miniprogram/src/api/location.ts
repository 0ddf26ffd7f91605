/** Where the phone is: asked once, on a tap, after consent. The only caller of wx.getLocation. */
import { Failure } from "../domain/failure";
import type { Point } from "../domain/fences";

export interface Position {
  place: Point;
  /** Metres. */
  accuracy: number;
  /** Whether the phone says that the position is made up. */
  mock: boolean;
}

const NOT_FOUND = "手机没有取得位置，请到开阔处再试，或用别的方式。";

/** Android says it of positions that another program makes up; WeChat's typings leave it out. */
function isMock(answer: object): boolean {
  return (answer as { isMock?: unknown }).isMock === true;
}

/** The position, or null for who doesn't want it used, which is nobody's fault. @throws Failure when it can't be found. */
export function currentPosition(): Promise<Position | null> {
  return new Promise((resolve, reject) => {
    wx.getLocation({
      type: "gcj02",
      isHighAccuracy: true,
      highAccuracyExpireTime: 6000,
      success: (answer) =>
        resolve({ place: [answer.longitude, answer.latitude], accuracy: answer.accuracy, mock: isMock(answer) }),
      fail: ({ errMsg }) => {
        if (/auth|deny|privacy/i.test(errMsg)) resolve(null);
        else reject(new Failure("refused", NOT_FOUND, { code: "location_unknown" }));
      },
    });
  });
}
