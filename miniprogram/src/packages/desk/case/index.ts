/** A case at the desk: what is behind it, what was done, and the steps that are open now. */
import { acceptCase, contactOf, deskCase, ratingOf } from "../../../api/desk";
import type { CaseContact, CaseDetail, CaseStep } from "../../../api/desk-types";
import { addressOfPicture, viewPictures } from "../../../api/pictures";
import { ensureConsent } from "../../../api/privacy";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { formatMoment } from "../../../domain/dates";
import type { ShownLine, ShownOrigin, ShownRating } from "../../../domain/desk";
import { buttonsOf, LINK_PAGE, shownCase, shownLine, shownOrigin, shownRating } from "../../../domain/desk";
import { asFailure, consentMissing, fullMessage } from "../../../domain/failure";

interface OriginTap {
  currentTarget: { dataset: { id: number } };
}

Component({
  behaviors: [comfort, submitting],

  data: {
    id: "",
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    unlinked: false,
    head: null as ReturnType<typeof shownCase> | null,
    facts: [] as { name: string; value: string }[],
    origins: [] as ShownOrigin[],
    ratings: {} as Record<number, ShownRating>,
    lines: [] as ShownLine[],
    buttons: [] as { step: CaseStep; label: string; main: boolean }[],
    /** The rating whose contact is asked for. */
    asking: 0,
    contact: null as (CaseContact & { origin: number }) | null,
  },

  methods: {
    onLoad(query: { id?: string }) {
      this.setData({ id: query.id ?? "" });
    },

    onShow() {
      this.refreshComfort();
      void this.load();
    },

    async onPullDownRefresh() {
      await this.load();
      void wx.stopPullDownRefresh();
    },

    async load() {
      try {
        if (!(await ensureConsent())) throw consentMissing();
        this.show(await deskCase(this.data.id));
      } catch (reason) {
        const failure = asFailure(reason);
        this.setData({ state: "failed", message: fullMessage(failure), unlinked: failure.code === "phone_not_linked" });
      }
    },

    show(detail: CaseDetail) {
      const now = Date.now();
      const mayCall = detail.steps.includes("call_back");
      this.setData({
        state: "ready",
        message: "",
        head: shownCase(detail, now),
        facts: this.factsOf(detail),
        origins: detail.origins.map((origin) => shownOrigin(origin, mayCall, now)),
        lines: detail.timeline.map(shownLine),
        buttons: buttonsOf(detail),
      });
    },

    factsOf(detail: CaseDetail): { name: string; value: string }[] {
      const facts = [
        { name: "挂号", value: formatMoment(detail.registered_at) },
        { name: "答复时限", value: formatMoment(detail.due_at) + (detail.provisional ? "（节假日未定，暂按周末推算）" : "") },
        { name: "事项", value: detail.summary },
        { name: "依据", value: detail.basis },
        { name: "延期理由", value: detail.extension_reason },
        { name: "销号说明", value: detail.closing_note },
      ];
      return facts.filter(({ value }) => value !== "");
    },

    onFailed() {
      if (this.data.unlinked) void wx.redirectTo({ url: LINK_PAGE });
      else void this.load();
    },

    onRating(event: OriginTap) {
      const { id } = event.currentTarget.dataset;
      void this.once(async () => {
        const { photos, ...rating } = shownRating(await ratingOf(id));
        const shown = photos.map((photo) => ({ ...photo, address: addressOfPicture(photo.address) ?? "" }));
        this.setData({ ratings: { ...this.data.ratings, [id]: { ...rating, photos: shown } } });
      });
    },

    onPhoto(event: { currentTarget: { dataset: { id: number; address: string } } }) {
      const { id, address } = event.currentTarget.dataset;
      viewPictures((this.data.ratings[id]?.photos ?? []).map((photo) => photo.address), address);
    },

    onContact(event: OriginTap) {
      this.setData({ asking: event.currentTarget.dataset.id });
    },

    onCancel() {
      this.setData({ asking: 0 });
    },

    /** Each look is on record, so it happens on a second tap only. */
    onContactConfirmed() {
      const origin = this.data.asking;
      this.onCancel();
      void this.once(async () => {
        this.setData({ contact: { ...(await contactOf(origin)), origin } });
      });
    },

    onDial() {
      const { contact } = this.data;
      if (contact !== null) wx.makePhoneCall({ phoneNumber: contact.phone, fail: () => undefined });
    },

    onCallback(event: OriginTap) {
      this.write("call_back", event.currentTarget.dataset.id);
    },

    onStep(event: { currentTarget: { dataset: { step: CaseStep } } }) {
      const { step } = event.currentTarget.dataset;
      if (step === "accept") void this.once(async () => this.show(await acceptCase(this.data.id)));
      else this.write(step, null);
    },

    write(kind: CaseStep, origin: number | null) {
      const about = origin === null ? "" : `&origin=${origin}`;
      void wx.navigateTo({ url: `/packages/desk/answer/index?id=${this.data.id}&kind=${kind}${about}` });
    },
  },
});
