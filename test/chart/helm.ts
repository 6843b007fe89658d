// The real helm, on the chart of this checkout, with values.
import type { KubectlResult } from '../../tools/controlplane/kubectl.ts';
import { template } from '../../tools/plain/render.ts';

/** Where the chart is rendered for. */
export const RELEASE_NAMESPACE = 'approvals';

/** Renders the chart with values. Nothing of a cluster is asked. */
export const helmTemplate = (values: object, words: readonly string[] = []): Promise<KubectlResult> =>
  template(RELEASE_NAMESPACE, ['--values', '-', ...words], { input: JSON.stringify(values) });
