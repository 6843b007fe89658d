// Tells tampering: a line of the record, a metric, an Event on the object, and a message in the channel. The record first, tried
// until it is written (INV-5); the others are a courtesy, and whatever is wrong with one of them hinders nothing.
import { tamperedText, type Tampering } from '../../domain/message/tampered.ts';
import { tamperedJson } from '../../domain/record/tampered-line.ts';
import { clusterUid } from '../../kube/cluster-uid.ts';
import { createEvent } from '../../kube/events.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { KubeClient } from '../../kube/transport.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { RecordSink } from '../requests/live-ports.ts';
import { Untold, type Found } from './untold.ts';

/** What telling needs. */
export interface TellPorts {
  readonly client: KubeClient;
  readonly sink: RecordSink;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** Tells people, where there is a channel. It rejects never, and may take its time. */
  readonly alarm?: ((text: string, key: string) => void) | undefined;
}

/** Tells what is found. */
export interface Teller {
  /** Somebody did something. It is counted. @param stands the object as it is now; undefined: it is gone */
  readonly found: (tampering: Tampering, stands: KubeObject | undefined) => void;
  /** Tells what is due. What cannot be written is told by a later call. It rejects never. */
  readonly tell: () => Promise<void>;
}

const CONTROLLER = 'assent.dev/controller';
const LONGEST_ID = 22;

/** Makes the teller. */
export function teller(ports: TellPorts): Teller {
  const { log, metrics, now } = ports;
  const untold = new Untold();
  const tellOne = lineAndEvent(ports);
  let telling: Promise<void> | undefined;
  const tellDue = async () => {
    for (const one of untold.due(now())) {
      const isWritten = await tellOne(one, () => untold.isTold(one)).then(
        () => true,
        (err: unknown) => {
          log.error({ err, object: one.tampering.name }, 'tampering could not be recorded, will retry');
          return false;
        },
      );
      if (!isWritten) metrics.count('recordFailures', {});
    }
  };
  return {
    found(tampering, stands) {
      const { kind, deed } = tampering;
      metrics.count('tampering', { kind, deed });
      untold.add({ tampering, stands, at: now() });
    },
    tell() {
      telling ??= tellDue().finally(() => {
        telling = undefined;
      });
      return telling;
    },
  };
}

/** Writes the line, then the rest. It rejects where the line could not be written. */
function lineAndEvent({ client, sink, log, alarm }: TellPorts) {
  let cluster: string | undefined;
  return async ({ tampering, stands, at }: Found, written: () => void): Promise<void> => {
    const text = tamperedText(tampering);
    const { kind, name, deed, fields, by, times } = tampering;
    log.error({ kind, object: name, deed, fields, by, times }, 'somebody changed what Assent registered');
    cluster ??= await clusterUid(client).catch(() => undefined);
    const { uid, resourceVersion } = stands?.metadata ?? { uid: name, resourceVersion: String(at) };
    const id = `${uid}.${resourceVersion}`;
    await sink.write(tamperedJson(tampering, { id, now: at, cluster: cluster ?? '' }));
    written();
    alarm?.(text, id);
    try {
      await createEvent(client, {
        regarding: { apiVersion: stands?.apiVersion ?? VERSIONS[kind], kind, name, uid },
        type: 'Warning',
        reason: deed === 'edited' ? 'Edited' : 'Deleted',
        note: text,
        action: tampering.isRestored ? 'Restored' : 'Noticed',
        controller: CONTROLLER,
        instance: sink.instance,
        id: `guard-${resourceVersion}`.slice(0, LONGEST_ID),
      });
    } catch (error) {
      sink.eventFailed(error);
    }
  };
}

const ADMISSION = 'admissionregistration.k8s.io/v1';
const VERSIONS: Readonly<Record<Tampering['kind'], string>> = {
  ValidatingWebhookConfiguration: ADMISSION,
  MutatingWebhookConfiguration: ADMISSION,
  ValidatingAdmissionPolicy: ADMISSION,
  ValidatingAdmissionPolicyBinding: ADMISSION,
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
  APIService: 'apiregistration.k8s.io/v1',
};
