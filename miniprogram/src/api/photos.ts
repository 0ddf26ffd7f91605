/** Photos: picked, kept as files of the program, uploaded. */
import { Failure, failureOf, unreachable } from "../domain/failure";
import { address, bearer, headerOf } from "./request";
import { as } from "./session";
import type { Photo } from "./types";

export interface PickedPhoto {
  path: string;
  bytes: number;
}

const UPLOAD_TIMEOUT_MS = 60_000;

/** Lets the person take or choose photos; an empty list when they change their mind. */
export function pickPhotos(count: number): Promise<PickedPhoto[]> {
  return new Promise((resolve, reject) => {
    wx.chooseMedia({
      count,
      mediaType: ["image"],
      sizeType: ["compressed"],
      success: ({ tempFiles }) => resolve(tempFiles.map(({ tempFilePath, size }) => ({ path: tempFilePath, bytes: size }))),
      fail: ({ errMsg }) => {
        if (errMsg.includes("cancel")) resolve([]);
        else reject(new Failure("refused", "打不开相机或相册。请在微信设置里允许使用后再试。", { code: "no_camera" }));
      },
    });
  });
}

/** Makes a picked file stay until it is sent: WeChat clears away what it hands out. */
export function keepPhoto(path: string): Promise<string> {
  return new Promise((resolve) => {
    wx.getFileSystemManager().saveFile({
      tempFilePath: path,
      success: ({ savedFilePath }) => resolve(savedFilePath),
      // A full store still leaves the photo usable until the program is closed.
      fail: () => resolve(path),
    });
  });
}

/** Removes a kept file once it is sent or dropped. One that is gone already is no fault. */
export function dropPhoto(path: string): void {
  wx.getFileSystemManager().removeSavedFile({ filePath: path, fail: () => undefined });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function uploadFailure(errMsg: string): Failure {
  if (/no such file|not (?:exist|found)|file doesn't exist/i.test(errMsg)) {
    return new Failure("refused", "有一张照片已经不在手机上。请移除它或重新添加。", { code: "photo_missing" });
  }
  return unreachable();
}

export type OnProgress = (percent: number) => void;

/** Where a file goes, and what goes with it. */
interface Destination {
  path: string;
  form?: Readonly<Record<string, string>>;
}

function upload(to: Destination, path: string, token: string | null, onProgress: OnProgress): Promise<Photo> {
  return new Promise((resolve, reject) => {
    const task = wx.uploadFile({
      url: address(to.path),
      filePath: path,
      name: "file",
      formData: to.form ?? {},
      header: bearer(token),
      timeout: UPLOAD_TIMEOUT_MS,
      success: (answer) => {
        const body = parsed(answer.data);
        if (answer.statusCode >= 200 && answer.statusCode < 300) resolve(body as Photo);
        else reject(failureOf(answer.statusCode, body, headerOf("header" in answer ? answer.header : undefined, "Retry-After")));
      },
      fail: ({ errMsg }) => reject(uploadFailure(errMsg)),
    });
    task.onProgressUpdate(({ progress }) => onProgress(progress));
  });
}

/** @throws Failure */
export function uploadTo(to: Destination, path: string, onProgress: OnProgress = () => undefined): Promise<Photo> {
  return as("member", (token) => upload(to, path, token, onProgress));
}

/** @throws Failure */
export function uploadPhoto(campaign: number, path: string, onProgress?: OnProgress): Promise<Photo> {
  return uploadTo({ path: `/campaigns/${campaign}/photos` }, path, onProgress);
}
