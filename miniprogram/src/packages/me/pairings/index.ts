/** What a representative may rate in the name of a community or village: the paired departments, by open campaign. */
import { ownPairings } from "../../../api/pairings";
import { ensureConsent, hasConsented } from "../../../api/privacy";
import { keptReceipts } from "../../../api/receipts";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { asFailure, fullMessage } from "../../../domain/failure";
import { ratePath } from "../../../domain/home";
import type { PairedCampaign, PairedDepartment, SigningOrganisation } from "../../../domain/signing";
import { signingOrganisations } from "../../../domain/signing";

interface DepartmentTap {
  currentTarget: { dataset: { organisation: number; campaign: number; department: number } };
}

interface Tapped {
  organisation: SigningOrganisation;
  campaign: PairedCampaign;
  department: PairedDepartment;
}

Component({
  behaviors: [comfort, submitting],

  data: {
    state: "loading" as "loading" | "ready" | "failed" | "consent",
    message: "",
    organisations: [] as SigningOrganisation[],
  },

  methods: {
    onShow() {
      this.refreshComfort();
      void this.load();
    },

    async onPullDownRefresh() {
      await this.load();
      void wx.stopPullDownRefresh();
    },

    async load() {
      if (!hasConsented()) {
        this.setData({ state: "consent" });
        return;
      }
      try {
        const organisations = signingOrganisations(await ownPairings(), keptReceipts(), Date.now());
        this.setData({ organisations, state: "ready", notice: "" });
      } catch (reason) {
        const message = fullMessage(asFailure(reason));
        // What was loaded before stays: a department can be rated without a network.
        if (this.data.state === "ready") this.setData({ notice: message });
        else this.setData({ state: "failed", message });
      }
    },

    onRetry() {
      this.setData({ state: "loading" });
      void this.load();
    },

    async onAgree() {
      if (await ensureConsent()) this.onRetry();
    },

    tapped({ currentTarget: { dataset } }: DepartmentTap): Tapped | null {
      const organisation = this.data.organisations.find(({ id }) => id === dataset.organisation);
      const campaign = organisation?.campaigns.find(({ id }) => id === dataset.campaign);
      const department = campaign?.departments.find(({ id }) => id === dataset.department);
      return organisation && campaign && department ? { organisation, campaign, department } : null;
    },

    onDepartment(event: DepartmentTap) {
      const found = this.tapped(event);
      if (found === null) return;
      const { organisation, campaign, department } = found;
      if (department.receipt !== "") {
        void wx.navigateTo({ url: `/packages/evaluation/receipt/index?key=${department.receipt}` });
      } else if (department.rated) {
        this.setData({ notice: `“${organisation.name}”已经评价过“${department.name}”。回执在当时提交的手机上，不能再评一次。` });
      } else if (campaign.paused) {
        this.setData({ notice: "这次评价暂停接收，请过些时候再来。" });
      } else {
        const query = { organisation: organisation.id, organisationName: organisation.name };
        void wx.navigateTo({ url: ratePath({ campaign: campaign.id, department: department.id, ...query }) });
      }
    },

    onInvitation() {
      void wx.navigateTo({ url: "/packages/me/invitation/index" });
    },
  },
});
