/** The camera as a reader of codes. */
import { Failure } from "../domain/failure";

/** What a code says, or null when the person changes their mind. @throws Failure when nothing was read. */
export function scan(): Promise<string | null> {
  return new Promise((resolve, reject) => {
    wx.scanCode({
      scanType: ["qrCode", "wxCode"],
      success: ({ result, path }) => resolve(path || result),
      fail: ({ errMsg }) => {
        if (errMsg.includes("cancel")) resolve(null);
        else reject(new Failure("refused", "没有扫到码。请对准二维码，靠近一些再试。", { code: "no_code" }));
      },
    });
  });
}
