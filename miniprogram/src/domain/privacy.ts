/** The privacy statement that a person agrees to, and its version. A changed text needs a new version. */

export const PRIVACY_VERSION = "2026-11-23";

export interface PrivacySection {
  heading: string;
  paragraphs: string[];
}

export const PRIVACY_SUMMARY: readonly string[] = [
  "登录：提交评价时使用您的微信身份，只用来保证一人一评。被评价部门看不到您是谁。",
  "匿名：默认匿名。您不填写，我们就没有您的姓名和电话。",
  "照片、扫码、剪贴板：只在您点按相应按钮时使用。",
  "本机：回执、未发送的评价和草稿只保存在这部手机里。",
];

export const ANONYMITY: readonly string[] = [
  "默认匿名，不需要姓名、电话和定位。",
  "您的评价用一个假名存放。假名由这次评价的专用密钥算出，评价结束时密钥销毁，此后没有人能从评价找到您。",
  "在评价结束之前，只有保管密钥的系统程序可能把人和评价对应起来。它只用来防止一人多评，工作人员看不到。",
  "集中评价结束之前，任何人都看不到评分，包括管理员。",
  "少于 10 人的分组不公布，避免被猜出是谁评的。",
  "请不要在意见和照片里写出或拍到自己的姓名、电话、证件，这些内容工作人员能看到。",
];

export const PRIVACY_SECTIONS: readonly PrivacySection[] = [
  {
    heading: "我们收集什么",
    paragraphs: [
      "微信登录标识（openid）：在您登录时取得，加密保存，用来保证一人一评，不会显示给任何人。",
      "评价内容：等级、标签、意见和您自己添加的照片。照片里的拍摄地点等附加信息会在服务器上删除。",
      "联系方式：只有您选择“留下联系方式”时才有，单独加密保存，用于回访。",
    ],
  },
  {
    heading: "我们不收集什么",
    paragraphs: ["不收集位置、通讯录、手机号，也不读取您的相册。您没有选中的照片不会被访问。"],
  },
  { heading: "匿名是怎么做到的", paragraphs: [...ANONYMITY] },
  {
    heading: "保存在这部手机上的内容",
    paragraphs: [
      "回执（评价活动、部门、日期和回执码）、没有发出的评价、草稿和显示设置，只保存在这部手机里。评价发出后，手机里不再保存您选了什么等级。",
      "换手机或删除小程序后，这些内容会消失。您可以把回执码抄下来，以后凭它找回。",
    ],
  },
  {
    heading: "保存多久",
    paragraphs: [
      "内容审核需要的登录标识在审核完成后删除。数据库的备份最多保留 35 天。",
      "访问日志保存 6 个月，其中不含您的评价。",
    ],
  },
  {
    heading: "您可以做什么",
    paragraphs: [
      "凭回执在评价结束前更正或撤回评价；在“我的”页面解除企业绑定、注销账号。",
      "不同意本说明，仍可以浏览评价活动和公布的结果，但不能提交评价。",
    ],
  },
];
