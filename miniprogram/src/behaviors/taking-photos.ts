/** The photos of a form on its page: picked, kept, uploaded while the person goes on, removed. */
import type { OnProgress } from "../api/photos";
import { dropPhoto, keepPhoto, pickPhotos } from "../api/photos";
import { ensureConsent } from "../api/privacy";
import { asFailure, consentMissing, fullMessage } from "../domain/failure";
import type { ShownPhoto } from "../domain/photos";
import { photoRefusal, shownPhoto, withoutPhoto, withPhotoChanged, withPhotoForward } from "../domain/photos";

interface PhotoEvent {
  detail: { path: string };
}

/** Sends a kept file to where the form wants it. */
export type Upload = (path: string, onProgress: OnProgress) => Promise<{ id: string }>;

export const takingPhotos = Behavior({
  data: { photos: [] as ShownPhoto[], photoNotice: "" },

  methods: {
    isUploading(): boolean {
      return this.data.photos.some(({ state }) => state === "uploading");
    },

    /** @param most photos that the form takes; @param bytes the largest file. */
    async addPhotos(upload: Upload, most: number, bytes: number): Promise<void> {
      if (!(await ensureConsent())) throw consentMissing();
      const picked = await pickPhotos(most - this.data.photos.length);
      let notice = "";
      for (const photo of picked) {
        const refusal = photoRefusal(photo.bytes, bytes);
        if (refusal === null) await this.takePhoto(upload, photo.path);
        else notice = refusal;
      }
      this.setData({ photoNotice: notice });
    },

    async takePhoto(upload: Upload, picked: string): Promise<void> {
      const path = await keepPhoto(picked);
      this.setData({ photos: [...this.data.photos, shownPhoto({ path, id: null })] });
      this.photosChanged();
      void this.sendPhoto(upload, path);
    },

    /** Uploads in the background. Without a network the photo waits and goes with the form. */
    async sendPhoto(upload: Upload, path: string): Promise<void> {
      this.changePhoto(path, { state: "uploading", progress: 0, message: "" });
      try {
        const { id } = await upload(path, (progress) => this.changePhoto(path, { progress }));
        this.changePhoto(path, { state: "done", progress: 100, id });
      } catch (reason) {
        const failure = asFailure(reason);
        const change: Partial<ShownPhoto> =
          failure.kind === "unreachable"
            ? { state: "waiting", message: "没有网络，提交时再上传" }
            : { state: "failed", message: fullMessage(failure) };
        this.changePhoto(path, change);
      }
      this.photosChanged();
    },

    changePhoto(path: string, change: Partial<ShownPhoto>) {
      this.setData({ photos: withPhotoChanged(this.data.photos, path, change) });
    },

    /** For the page, which keeps the draft. */
    photosChanged(): void {},

    onForwardPhoto(event: PhotoEvent) {
      this.setData({ photos: withPhotoForward(this.data.photos, event.detail.path) });
      this.photosChanged();
    },

    onRemovePhoto(event: PhotoEvent) {
      const { path } = event.detail;
      this.setData({ photos: withoutPhoto(this.data.photos, path), photoNotice: "" });
      dropPhoto(path);
      this.photosChanged();
    },
  },
});
