/** QR codes as pictures, drawn on the phone. */
import qrcode from "qrcode-generator";

/** Pixels of a module; the picture is shown smaller than it is, so that it stays sharp. */
const MODULE_PX = 8;
/** The quiet edge that the standard asks for, in modules. */
const EDGE = 4;
const AUTOMATIC = 0;

/** @returns a data address that an image shows. */
export function qrPicture(text: string): string {
  const code = qrcode(AUTOMATIC, "M");
  code.addData(text, "Byte");
  code.make();
  return code.createDataURL(MODULE_PX, EDGE * MODULE_PX);
}
