/** The phone's own calendar. */
import type { Activity } from "./activity-types";
import { calendarEntry } from "../domain/activities";
import { Failure } from "../domain/failure";

/** @returns whether it was added; not when the person changes their mind. @throws Failure when the phone refuses. */
export function addToCalendar(activity: Activity): Promise<boolean> {
  return new Promise((resolve, reject) => {
    wx.addPhoneCalendar({
      ...calendarEntry(activity),
      success: () => resolve(true),
      fail: ({ errMsg }) => {
        if (errMsg.includes("cancel")) resolve(false);
        else reject(new Failure("refused", "没有加入日历。请在微信设置里允许使用日历后再试。", { code: "no_calendar" }));
      },
    });
  });
}
