/** What a page for Party members shows in place of its content: that it loads, or what is missing to open it. */
const WORDS: Readonly<Record<string, { text: string; action: string; kind: string }>> = {
  loading: { kind: "loading", text: "", action: "" },
  consent: { kind: "empty", text: "党员活动需要用您的微信身份登录。请先阅读并同意隐私说明。", action: "阅读并同意" },
  unbound: {
    kind: "empty",
    text: "这里是党员的活动。请先把微信和您在支部花名册里的名字绑定：向支部书记要一个绑定码，或用登记的手机号。",
    action: "去绑定",
  },
};

Component({
  properties: {
    /** Gate of behaviors/member-page. */
    gate: { type: String, value: "loading" },
    message: String,
  },

  data: { kind: "loading", text: "", action: "" },

  observers: {
    "gate, message"(gate: string, message: string) {
      this.setData(WORDS[gate] ?? { kind: "failed", text: message, action: "重新加载" });
    },
  },

  methods: {
    onAction() {
      this.triggerEvent("action");
    },
  },
});
