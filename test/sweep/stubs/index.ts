// All stubs: whatever the API server serves and is not here is a surprise.
import { KUBERNETES_VERSION, minorOf } from '../../../tools/controlplane/version.ts';
import { stubsOn, type Stub } from '../stub.ts';
import { APPS, AROUND_APPS } from './apps.ts';
import { CERTIFICATES } from './certificates.ts';
import { ACCESS, COORDINATION, EXTENSION, SCHEDULING } from './cluster.ts';
import { CORE } from './core.ts';
import { CUSTOM, OWN_KINDS } from './custom.ts';
import { ADMISSION, REVIEWS } from './never-held.ts';
import { DEVICES, NETWORK, STORAGE } from './network.ts';

export { DEFINITIONS } from './custom.ts';

/** One object, at least, of every kind that the Kubernetes of this run serves. */
export const STUBS: readonly Stub[] = stubsOn(minorOf(KUBERNETES_VERSION), [
  ...CORE,
  ...APPS,
  ...AROUND_APPS,
  ...ACCESS,
  ...COORDINATION,
  ...SCHEDULING,
  ...EXTENSION,
  ...NETWORK,
  ...STORAGE,
  ...DEVICES,
  ...CERTIFICATES,
  ...ADMISSION,
  ...REVIEWS,
  ...CUSTOM,
  ...OWN_KINDS,
]);
