/** One action at a time: a second tap does nothing, a failure is shown in `notice`. */
import { asFailure, fullMessage } from "../domain/failure";

export const submitting = Behavior({
  data: { busy: false, notice: "" },

  methods: {
    async once(work: () => Promise<void>): Promise<void> {
      if (this.data.busy) return;
      this.setData({ busy: true, notice: "" });
      try {
        await work();
      } catch (reason) {
        this.setData({ notice: fullMessage(asFailure(reason)) });
      } finally {
        this.setData({ busy: false });
      }
    },
  },
});
