/** Asks for consent to the privacy statement. Every page that signs in or makes a privacy call carries one. */
import { AGREE_BUTTON, decide, openStatement, showWith } from "../../api/privacy";
import { PRIVACY_SUMMARY } from "../../domain/privacy";

/** The popups on the pages below stay registered with their page; the one shown last answers. */
const releases = new WeakMap<object, () => void>();

Component({
  data: { visible: false, summary: PRIVACY_SUMMARY, buttonId: AGREE_BUTTON },

  lifetimes: {
    attached() {
      this.register();
    },
    detached() {
      releases.get(this)?.();
    },
  },

  pageLifetimes: {
    show() {
      this.register();
    },
  },

  methods: {
    register() {
      releases.set(this, showWith(() => this.setData({ visible: true })));
    },

    onAgree() {
      this.setData({ visible: false });
      decide(true);
    },

    onDecline() {
      this.setData({ visible: false });
      decide(false);
    },

    onReadAll() {
      openStatement();
    },
  },
});
