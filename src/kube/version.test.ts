import { expect, it } from 'vitest';
import { isOlderVersion } from './version.ts';

it.each([
  ['9', '10', true],
  ['10', '9', false],
  ['10', '10', false],
  ['9007199254740993', '9007199254740992', false],
  ['9007199254740992', '9007199254740993', true],
  ['', '10', false],
  ['abc', '10', false],
  ['9', 'abd', false],
])('version "%s" is older than "%s": %s; strings other than integers say nothing', (one, other, older) => {
  expect(isOlderVersion(one, other)).toBe(older);
});
