/** What is written to a case: an answer or a measure with photos, a callback, a request for closing or more time. */
import { addMeasure, answerCase, askClosing, callBack, extendCase } from "../../../api/desk";
import type { Outcome } from "../../../api/desk-types";
import { uploadPicture } from "../../../api/pictures";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import type { Upload } from "../../../behaviors/taking-photos";
import { takingPhotos } from "../../../behaviors/taking-photos";
import type { Writing } from "../../../domain/desk";
import { isWriting, MOST_PICTURES, OUTCOMES, PICTURE_BYTES, WRITING, writingProblem } from "../../../domain/desk";

const upload: Upload = (path, onProgress) => uploadPicture("case", path, onProgress);

Component({
  behaviors: [comfort, submitting, takingPhotos],

  data: {
    id: "",
    origin: 0,
    kind: "answer" as Writing,
    form: WRITING.answer,
    text: "",
    problem: "",
    internal: false,
    outcome: "",
    outcomes: OUTCOMES,
    mostPictures: MOST_PICTURES,
  },

  methods: {
    onLoad(query: { id?: string; kind?: string; origin?: string }) {
      const kind = isWriting(query.kind ?? "") ? (query.kind as Writing) : "answer";
      const form = WRITING[kind];
      void wx.setNavigationBarTitle({ title: form.title });
      this.setData({ id: query.id ?? "", origin: Number(query.origin ?? 0), kind, form });
    },

    onShow() {
      this.refreshComfort();
    },

    onText(event: { detail: { value: string } }) {
      this.setData({ text: event.detail.value, problem: "" });
    },

    onOutcome(event: { detail: { value: string } }) {
      this.setData({ outcome: event.detail.value, problem: "" });
    },

    onInternal() {
      this.setData({ internal: !this.data.internal });
    },

    onAddPhotos() {
      void this.once(() => this.addPhotos(upload, MOST_PICTURES, PICTURE_BYTES));
    },

    onRetryPhoto(event: { detail: { path: string } }) {
      void this.sendPhoto(upload, event.detail.path);
    },

    onSend() {
      const { kind, text, outcome, photos } = this.data;
      const problem = writingProblem(kind, text, outcome);
      this.setData({ problem });
      if (problem !== "") return;
      if (this.isUploading()) {
        this.setData({ notice: "照片还在上传，请稍候。" });
        return;
      }
      if (photos.some(({ state }) => state !== "done")) {
        this.setData({ notice: "有照片没有传上去。请重新上传，或先移除。" });
        return;
      }
      void this.once(async () => {
        await this.send();
        void wx.showToast({ title: "已提交", icon: "success", duration: 2000 });
        void wx.navigateBack();
      });
    },

    /** Sent again after a lost answer, it changes nothing: the service knows the words. */
    async send(): Promise<void> {
      const { kind, id, origin, text, outcome, internal, photos } = this.data;
      const pictures = photos.flatMap(({ id: picture }) => (picture === null ? [] : [picture]));
      if (kind === "answer") await answerCase(id, { text: text.trim(), pictures });
      else if (kind === "measure") await addMeasure(id, { text: text.trim(), pictures, internal });
      else if (kind === "call_back") await callBack(origin, outcome as Outcome, text.trim());
      else if (kind === "ask_closing") await askClosing(id, text.trim());
      else await extendCase(id, text.trim());
    },
  },
});
