import { recoverCheckIns, sendCheckIns } from "./api/check-ins";
import { entryOutbox } from "./api/entry-outbox";
import { recoverOutbox, flush } from "./api/outbox";
import { answerWeChat } from "./api/privacy";

App({
  onLaunch() {
    answerWeChat();
    recoverOutbox();
    recoverCheckIns();
    entryOutbox.recover();
    wx.onNetworkStatusChange(({ isConnected }) => {
      if (!isConnected) return;
      void flush();
      void sendCheckIns();
      void entryOutbox.flush();
    });
  },

  onShow() {
    void flush();
    void sendCheckIns();
    void entryOutbox.flush();
  },
});
