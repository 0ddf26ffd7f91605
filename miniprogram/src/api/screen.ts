/** The screen while a code is shown: it stays on and is bright enough for another phone's camera. */

const BRIGHT = 0.9;
/** Gives the brightness back to the system. */
const AS_SYSTEM = -1;

/** What fails here costs comfort only. */
const ignore = { fail: () => undefined };

/** @returns a function that lets the screen be as it was. */
export function keepBright(): () => void {
  wx.setKeepScreenOn({ keepScreenOn: true, ...ignore });
  wx.setScreenBrightness({ value: BRIGHT, ...ignore });
  return () => {
    wx.setKeepScreenOn({ keepScreenOn: false, ...ignore });
    wx.setScreenBrightness({ value: AS_SYSTEM, ...ignore });
  };
}
