/** Pictures side by side; a tap shows one in full. */
import { addressOfPicture, viewPictures } from "../../api/pictures";

interface PictureTap {
  currentTarget: { dataset: { address: string } };
}

interface Given {
  id: string;
  address: string | null;
}

Component({
  properties: {
    /** {id, address}[] as the service gives them. */
    pictures: { type: Array, value: [] as Given[] },
  },

  /** Those that the service doesn't show yet. */
  data: { shown: [] as { id: string; address: string }[], checking: 0 },

  observers: {
    pictures(pictures: Given[]) {
      const shown = pictures.flatMap(({ id, address }) => {
        const whole = addressOfPicture(address);
        return whole === null ? [] : [{ id, address: whole }];
      });
      this.setData({ shown, checking: pictures.length - shown.length });
    },
  },

  methods: {
    onError(event: { currentTarget: { dataset: { id: string } } }) {
      const shown = this.data.shown.filter(({ id }) => id !== event.currentTarget.dataset.id);
      this.setData({ shown, checking: this.data.pictures.length - shown.length });
    },

    onTap(event: PictureTap) {
      viewPictures(this.data.shown.map(({ address }) => address), event.currentTarget.dataset.address);
    },
  },
});
