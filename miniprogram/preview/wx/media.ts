/** Pictures and codes: from a file of the computer, and from typed text. */
import { actionButton, overlay } from "./dialogs";
import { call, CallFailure } from "./call";
import type { Files } from "./files";
import { privacy } from "./privacy";
import { askCode } from "./sheets";

function pick(count: number, accept: string): Promise<File[]> {
  return new Promise((resolve, reject) => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = count > 1;
    input.accept = accept;
    input.hidden = true;
    document.body.append(input);
    input.addEventListener("cancel", () => {
      input.remove();
      reject(new CallFailure("cancel"));
    });
    input.addEventListener("change", () => {
      input.remove();
      resolve([...(input.files ?? [])].slice(0, count));
    });
    input.click();
  });
}

interface MediaOptions {
  count?: number;
  mediaType?: string[];
}

async function chooseMedia(files: Files, { count = 9, mediaType = ["image", "video"] }: MediaOptions): Promise<object> {
  await privacy.require();
  const accept = mediaType.map((type) => (type === "mix" ? "image/*,video/*" : `${type}/*`)).join(",");
  const picked = await pick(count, accept);
  const tempFiles = picked.map((file) => ({
    tempFilePath: files.addTemporary(file),
    size: file.size,
    fileType: file.type.startsWith("video/") ? "video" : "image",
  }));
  return { type: mediaType.length === 1 ? mediaType[0] : "mix", tempFiles };
}

async function chooseImage(files: Files, { count = 9 }: { count?: number }): Promise<object> {
  await privacy.require();
  const picked = await pick(count, "image/*");
  const tempFiles = picked.map((file) => ({ path: files.addTemporary(file), size: file.size }));
  return { tempFilePaths: tempFiles.map(({ path }) => path), tempFiles };
}

async function imageInfo(files: Files, src: string): Promise<object> {
  const image = new Image();
  image.src = files.addressOf(src) ?? src;
  await image.decode();
  return {
    width: image.naturalWidth,
    height: image.naturalHeight,
    path: src,
    orientation: "up",
    type: src.split(".").at(-1),
  };
}

async function previewImage(files: Files, { urls, current }: { urls: string[]; current?: string }): Promise<void> {
  await overlay<void>("picture-view", "查看图片", (box, answer) => {
    const picture = document.createElement("img");
    const source = current ?? urls[0] ?? "";
    picture.src = files.addressOf(source) ?? source;
    picture.alt = "图片";
    box.append(
      picture,
      actionButton("关闭", "picture-close", () => answer()),
    );
  });
}

/** A mini-program's code brings a path with its scene, another code only its text. */
async function scanCode(): Promise<object> {
  const text = await askCode();
  if (text === undefined || text === "") throw new CallFailure("cancel");
  const isPath = /^\/?(?:pages|packages)\//.test(text);
  return {
    result: text,
    scanType: isPath ? "WX_CODE" : "QR_CODE",
    charSet: "utf-8",
    rawData: "",
    ...(isPath ? { path: text } : {}),
  };
}

export function mediaCalls(files: Files): Record<string, unknown> {
  return {
    chooseMedia: call<MediaOptions>("chooseMedia", (options) => chooseMedia(files, options)),
    chooseImage: call<{ count?: number }>("chooseImage", (options) => chooseImage(files, options)),
    getImageInfo: call<{ src: string }>("getImageInfo", ({ src }) => imageInfo(files, src)),
    compressImage: call<{ src: string }>("compressImage", ({ src }) => ({ tempFilePath: src })),
    previewImage: call<{ urls: string[]; current?: string }>("previewImage", (options) => {
      void previewImage(files, options);
    }),
    scanCode: call("scanCode", scanCode),
  };
}
