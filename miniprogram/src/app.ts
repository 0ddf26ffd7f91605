import { recoverOutbox, flush } from "./api/outbox";
import { answerWeChat } from "./api/privacy";

App({
  onLaunch() {
    answerWeChat();
    recoverOutbox();
    wx.onNetworkStatusChange(({ isConnected }) => {
      if (isConnected) void flush();
    });
  },

  onShow() {
    void flush();
  },
});
