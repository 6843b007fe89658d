// Tells tampering with our registrations from our own changes of them: what stands is neither right nor what we left there
// (INV-1). Pure: what was found -> what somebody did, in which fields, and by whom where the API server noted that.
import { CONTROLLER_MANAGER } from '../../api/installation.ts';
import type { KubeObject } from '../../kube/object.ts';
import { isMap, isSame, mapOf, type Content } from '../../api/same-content.ts';
import { contentOf, isAsLeft, isAsWanted, type Looked, type Wanted } from '../ensure.ts';
import type { Tampering } from '../../domain/message/tampered.ts';
import { changedFields } from './changed-fields.ts';

/** What is known beside what was found. */
export interface Circumstances {
  /** The object as an installation brings it, before any policy: whoever installs or upgrades puts that there. */
  readonly shipped?: Wanted | undefined;
  /** Whether any policy was told before that it is in force. */
  readonly wasInForce: boolean;
}

/** Undefined: it is right, it is a change of our own, or it was just installed. */
export function tamperingOf(looked: Looked, { shipped, wasInForce }: Circumstances): Tampering | undefined {
  const { done, wanted, left, stood } = looked;
  if (done === 'right') return undefined;
  const about = {
    kind: wanted.kind as Tampering['kind'],
    name: wanted.metadata.name,
    wasAway: left === undefined,
    isRestored: true,
  };
  if (stood === undefined) {
    // What an upgrade adds was not there before either; of webhook configurations there have always been the same.
    const wasThere = left !== undefined || (wasInForce && wanted.kind.endsWith('WebhookConfiguration'));
    return wasThere ? { ...about, deed: 'deleted', fields: [], by: [] } : undefined;
  }
  if (shipped && isAsWanted(stood, shipped)) return undefined;
  const by = managersOf(stood, left?.stored);
  if (!isForeign(looked, stood, by, wasInForce)) return undefined;
  return { ...about, deed: 'edited', fields: changedFields(stood, left?.stored ?? wanted), by };
}

/**
 * At the first look nothing but the managers tells: policies may have changed, or Assent, while nobody ran. Whoever only takes
 * away is noted nowhere.
 */
const isForeign = (looked: Looked, stood: KubeObject, by: readonly string[], wasInForce: boolean): boolean =>
  looked.left === undefined
    ? by.length > 0 || (wasInForce && isEmptied(stood, looked.wanted))
    : !isAsLeft(stood, looked.left);

/** Whether no webhook is left. Policies that were in force have always had some. */
const isEmptied = (stood: KubeObject, wanted: Wanted): boolean =>
  wanted.kind.endsWith('WebhookConfiguration') &&
  isSame(contentOf(stood)['webhooks'], []) &&
  !isSame(wanted['webhooks'], []);

/**
 * Who wrote its content since it was left: by what the API server noted about its fields. Whoever edits may call themselves
 * as they like, so it is a hint.
 */
function managersOf(stood: KubeObject, stored: KubeObject | undefined): string[] {
  const entries = noted(stood);
  const ours = entries.filter(({ manager }) => manager === CONTROLLER_MANAGER).map(({ time }) => time);
  const before = new Set(noted(stored).map((one) => JSON.stringify(one)));
  const isLater = (one: Noted): boolean =>
    stored === undefined
      ? ours.length > 0 && ours.every((time) => time < one.time)
      : !before.has(JSON.stringify(one));
  const others = entries.filter((one) => one.manager !== CONTROLLER_MANAGER && isLater(one));
  return [...new Set(others.map(({ manager }) => manager))].toSorted();
}

interface Noted {
  readonly manager: string;
  /** RFC 3339 in seconds, UTC: as texts they sort by time. */
  readonly time: string;
  readonly fields: Content;
}

/** Entries of `metadata.managedFields` that hold content. */
function noted(object: KubeObject | undefined): Noted[] {
  const all = (object?.metadata as { readonly managedFields?: unknown } | undefined)?.managedFields;
  return (Array.isArray(all) ? all : []).filter(isMap).flatMap((entry) => {
    const fields = mapOf(entry['fieldsV1']);
    const { manager, time } = entry;
    if (typeof manager !== 'string' || typeof time !== 'string') return [];
    return 'f:webhooks' in fields || 'f:spec' in fields ? [{ manager, time, fields }] : [];
  });
}
