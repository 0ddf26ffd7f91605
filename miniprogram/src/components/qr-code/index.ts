/** A QR code, drawn on the phone. */
import { qrPicture } from "../../domain/qr";

Component({
  properties: {
    /** What the code says. */
    text: String,
    /** What it is, for screen readers. */
    label: String,
    /** For a page that shows nothing else. */
    large: Boolean,
  },

  data: { picture: "" },

  observers: {
    text(text: string) {
      this.setData({ picture: text === "" ? "" : qrPicture(text) });
    },
  },
});
