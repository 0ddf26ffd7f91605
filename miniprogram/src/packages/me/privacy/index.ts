/** The privacy statement in full. */
import { openPrivacyGuide } from "../../../api/privacy";
import { comfort } from "../../../behaviors/comfort";
import { PRIVACY_SECTIONS, PRIVACY_VERSION } from "../../../domain/privacy";

Component({
  behaviors: [comfort],

  data: { sections: PRIVACY_SECTIONS, version: PRIVACY_VERSION },

  methods: {
    onShow() {
      this.refreshComfort();
    },

    onGuide() {
      openPrivacyGuide();
    },
  },
});
