// Waiting without looking at a clock: whoever changes something tells, and whoever waits looks again then.
import { EventEmitter } from 'node:events';

/** Tells those who wait. */
export class Changes {
  private readonly told = new EventEmitter().setMaxListeners(0);

  /** Something is another way now. */
  tell(): void {
    this.told.emit('change');
  }

  /** Resolves as soon as the condition holds; looked at on every change that was told. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.told.off('change', look);
        resolve();
      };
      this.told.on('change', look);
      look();
    });
  }
}
