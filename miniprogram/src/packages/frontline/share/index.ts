/** 成效检验: how those who were served come to rate: a poster's QR code, or links for one rating each. */
import { effectLinks } from "../../../api/frontline";
import { viewPictures } from "../../../api/pictures";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { formatPlainDate } from "../../../domain/dates";
import { linkCount, linksText, MOST_LINKS, wholeAddress } from "../../../domain/effect";
import { SERVICE_ROOT } from "../../../config";

Component({
  behaviors: [comfort, submitting],

  data: {
    id: "",
    poster: "",
    posterUntil: "",
    size: "5",
    most: MOST_LINKS,
    links: [] as string[],
    linksUntil: "",
  },

  methods: {
    onLoad(query: { id?: string }) {
      this.setData({ id: query.id ?? "" });
      void this.once(() => this.loadPoster());
    },

    onShow() {
      this.refreshComfort();
    },

    /** The poster is one and the same, however often it is asked for. */
    async loadPoster() {
      const { poster, expires_on: until } = await effectLinks(this.data.id, "poster");
      if (poster === null) return;
      this.setData({ poster: wholeAddress(poster.address, SERVICE_ROOT), posterUntil: formatPlainDate(until) });
    },

    onEnlarge() {
      viewPictures([this.data.poster], this.data.poster);
    },

    onRetry() {
      void this.once(() => this.loadPoster());
    },

    onSize(event: { detail: { value: string } }) {
      this.setData({ size: event.detail.value, notice: "" });
    },

    onLinks() {
      const size = linkCount(this.data.size);
      if (size === null) {
        this.setData({ notice: `请填 1 到 ${MOST_LINKS} 的数字。` });
        return;
      }
      void this.once(async () => {
        const { codes, expires_on: until } = await effectLinks(this.data.id, "one_time", size);
        this.setData({ links: codes.map(({ address }) => wholeAddress(address, SERVICE_ROOT)), linksUntil: formatPlainDate(until) });
      });
    },

    onCopy() {
      void wx.setClipboardData({ data: linksText(this.data.links) });
    },

    onCopyOne(event: { currentTarget: { dataset: { link: string } } }) {
      void wx.setClipboardData({ data: linksText([event.currentTarget.dataset.link]) });
    },
  },
});
