/** The phone itself: its measures, clipboard, and small things that a browser hasn't got. */
import { phone } from "../runtime/phone";
import { call } from "./call";
import { showNotice, showToast } from "./dialogs";

const LIBRARY_VERSION = "3.8.12";
const MENU_BUTTON = { width: 87, height: 32, top: 6, right: 10 };

function windowInfo(): object {
  const { clientWidth: windowWidth, clientHeight: windowHeight } = phone.viewport;
  const { clientWidth: screenWidth, clientHeight: screenHeight } = phone.frame;
  const safeArea = {
    top: 0,
    left: 0,
    right: screenWidth,
    bottom: screenHeight,
    width: screenWidth,
    height: screenHeight,
  };
  return {
    windowWidth,
    windowHeight,
    screenWidth,
    screenHeight,
    screenTop: 0,
    statusBarHeight: 0,
    pixelRatio: window.devicePixelRatio,
    safeArea,
  };
}

function deviceInfo(): object {
  return {
    platform: "devtools",
    system: "preview",
    brand: "preview",
    model: "preview",
    benchmarkLevel: 1,
    memorySize: "",
  };
}

function appBaseInfo(): object {
  return {
    SDKVersion: LIBRARY_VERSION,
    version: "8.0.50",
    language: "zh_CN",
    theme: "light",
    enableDebug: false,
    host: { appId: "" },
  };
}

const systemInfo = (): object => ({ ...windowInfo(), ...deviceInfo(), ...appBaseInfo() });

function menuButton(): object {
  const right = phone.frame.clientWidth - MENU_BUTTON.right;
  const { width, height, top } = MENU_BUTTON;
  return { width, height, top, bottom: top + height, left: right - width, right };
}

let clipboard = "";

/** Listeners of what never changes here. */
const nothingToHear = (): void => undefined;

export function deviceCalls(): Record<string, unknown> {
  return {
    getWindowInfo: windowInfo,
    getDeviceInfo: deviceInfo,
    getAppBaseInfo: appBaseInfo,
    getSystemInfoSync: systemInfo,
    getSystemInfo: call("getSystemInfo", systemInfo),
    getAppAuthorizeSetting: () => ({ cameraAuthorized: "authorized", albumAuthorized: "authorized" }),
    getSetting: call("getSetting", () => ({ authSetting: {} })),
    openSetting: call("openSetting", () => ({ authSetting: {} })),
    getMenuButtonBoundingClientRect: menuButton,
    getAccountInfoSync: () => ({ miniProgram: { appId: "preview", envVersion: "develop", version: "" } }),
    canIUse: () => true,
    nextTick: (callback: () => void) => queueMicrotask(callback),
    setClipboardData: call<{ data: string }>("setClipboardData", ({ data }) => {
      clipboard = data;
      // The browser may refuse, as without a secure address; reading it back here works all the same.
      void navigator.clipboard?.writeText(data).catch(nothingToHear);
      showToast({ title: "内容已复制", duration: 1500 });
    }),
    getClipboardData: call("getClipboardData", () => ({ data: clipboard })),
    makePhoneCall: call<{ phoneNumber: string }>("makePhoneCall", ({ phoneNumber }) =>
      showNotice("拨打电话", phoneNumber),
    ),
    addPhoneCalendar: call<{ title: string }>("addPhoneCalendar", ({ title }) => showNotice("加入手机日历", title)),
    setKeepScreenOn: call("setKeepScreenOn", () => ({})),
    setScreenBrightness: call("setScreenBrightness", () => ({})),
    vibrateShort: call("vibrateShort", () => ({})),
    hideKeyboard: call("hideKeyboard", () => (document.activeElement as HTMLElement | null)?.blur()),
    onThemeChange: nothingToHear,
    offThemeChange: nothingToHear,
    onKeyboardHeightChange: nothingToHear,
    offKeyboardHeightChange: nothingToHear,
    onMenuButtonBoundingClientRectWeightChange: nothingToHear,
    offMenuButtonBoundingClientRectWeightChange: nothingToHear,
    onWindowResize: nothingToHear,
    offWindowResize: nothingToHear,
    getUpdateManager: () => ({
      onCheckForUpdate: (listener: (answer: object) => void) => listener({ hasUpdate: false }),
      onUpdateReady: nothingToHear,
      onUpdateFailed: nothingToHear,
      applyUpdate: nothingToHear,
    }),
    env: { USER_DATA_PATH: "wxfile://usr" },
  };
}
