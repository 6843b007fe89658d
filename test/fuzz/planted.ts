// A mistake behind four comparisons, for the test of the search itself: chance finds it in one of four billion inputs.
import { bytesOf, type Target } from '../../tools/fuzz/target.ts';

function planted(input: Uint8Array): void {
  if (input[0] !== 0x67) return;
  if (input[1] !== 0x61) return;
  if (input[2] !== 0x74) return;
  if (input[3] !== 0x65) return;
  throw new Error('planted');
}

/** Throws for inputs that begin with `gate`. */
export const plantedTarget: Target = {
  name: 'planted',
  holds: 'nothing',
  code: ['/test/fuzz/planted.ts'],
  isJson: false,
  words: [],
  seeds: () => [bytesOf('????')],
  run: (input) => {
    planted(input);
    return '';
  },
};
