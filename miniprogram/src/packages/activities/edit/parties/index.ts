/** With whom an activity is held: its organiser, its partners, the community that it is for, the agreement behind it. */
import type { AgreementChoice } from "../../../../api/activity-types";
import type { Named } from "../../../../api/types";
import type { ActivityForm } from "../../../../domain/activity-form";
import { agreementChoices, MOST_PARTNERS, withPartner } from "../../../../domain/activity-form";

const NO_AGREEMENT = "不属于联建协议";

Component({
  properties: {
    /** Named[]: those that the member may organise for. */
    organisations: { type: Array, value: [] as Named[] },
    organiser: Number,
    partners: { type: Array, value: [] as Named[] },
    /** Named or null. */
    community: { type: Object, value: null as Named | null },
    /** AgreementChoice[]: those in force of the organiser. */
    offered: { type: Array, value: [] as AgreementChoice[] },
    /** AgreementChoice or null. */
    agreement: { type: Object, value: null as AgreementChoice | null },
  },

  data: {
    organiserIndex: 0,
    /** Who can't be added as a partner. */
    taken: [] as { id: number }[],
    mostPartners: MOST_PARTNERS,
    agreements: [] as AgreementChoice[],
    agreementTitles: [] as string[],
    agreementIndex: 0,
  },

  observers: {
    "organisations, organiser, partners": function (organisations: Named[], organiser: number, partners: Named[]) {
      const organiserIndex = Math.max(0, organisations.findIndex(({ id }) => id === organiser));
      this.setData({ organiserIndex, taken: [{ id: organiser }, ...partners] });
    },

    "offered, agreement": function (offered: AgreementChoice[], agreement: AgreementChoice | null) {
      const agreements = agreementChoices(offered, agreement);
      this.setData({
        agreements,
        agreementTitles: [NO_AGREEMENT, ...agreements.map(({ title }) => title)],
        agreementIndex: 1 + agreements.findIndex(({ id }) => id === agreement?.id),
      });
    },
  },

  methods: {
    changed(change: Partial<ActivityForm>) {
      this.triggerEvent("change", { change });
    },

    onOrganiser(event: { detail: { value: string | number } }) {
      const organiser = (this.data.organisations as Named[])[Number(event.detail.value)]?.id;
      if (organiser !== undefined && organiser !== this.data.organiser) this.triggerEvent("organiser", { organiser });
    },

    onAddPartner(event: { detail: { organisation: Named } }) {
      this.changed({ partners: withPartner(this.data.partners as Named[], event.detail.organisation) });
    },

    onDropPartner(event: { currentTarget: { dataset: { id: number } } }) {
      const { id } = event.currentTarget.dataset;
      this.changed({ partners: (this.data.partners as Named[]).filter((partner) => partner.id !== Number(id)) });
    },

    onCommunity(event: { detail: { organisation: Named } }) {
      this.changed({ community: event.detail.organisation });
    },

    onDropCommunity() {
      this.changed({ community: null });
    },

    onAgreement(event: { detail: { value: string | number } }) {
      this.changed({ agreement: this.data.agreements[Number(event.detail.value) - 1] ?? null });
    },
  },
});
