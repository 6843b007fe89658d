// Short stories of access for a time, one for each end but the one that people make: its time is over, the write of a single use
// was made, the agent is frozen (INV-4).
import type { EndedWhy } from '../../src/api/access.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { askedFor, gone, offered, untilSo, used } from './kills-access.ts';
import { applied, as, decided, whole } from './kills-steps.ts';
import { OURS } from './races-cluster.ts';
import type { Play, Story } from './kills-world.ts';

const FREEZES = `${OURS}/agentfreezes`;
/** A few seconds beyond what granting takes. */
const SHORT_S = 4;

/** From the ask to the proof that the access is gone. @param end what makes it end, once it is granted */
const story =
  (why: EndedWhy, over: object, end: (play: Play, request: ApprovalRequest) => Promise<void>): Story =>
  async (play) => {
    await applied(play);
    await offered(play);
    const request = await askedFor(play, over);
    await decided(play, request.metadata.name, 'Approve');
    await untilSo(play, request, 'the access is granted', ({ grant }) => grant?.createdAt !== undefined);
    await end(play, request);
    await gone(play, request, why);
    await unfrozen(play);
    await whole(play);
  };

/** Somebody pulls the kill switch. */
async function frozen(play: Play): Promise<void> {
  const body = {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'AgentFreeze',
    metadata: { name: 'kills' },
    spec: { serviceAccount: 'agents/asker' },
  };
  await play.step({
    what: 'the agent is frozen',
    needs: ['gate'],
    take: () => as(play, 'alice')('POST', FREEZES, body),
    isDone: ({ status }) => status === 201 || status === 409,
  });
}

async function unfrozen(play: Play): Promise<void> {
  await play.step({
    what: 'nobody is frozen',
    needs: [],
    take: () => as(play, 'admin')('DELETE', `${FREEZES}/kills`),
    isDone: ({ status }) => status === 200 || status === 404,
  });
}

/** The stories by name. The first one reaches what only a freeze writes, so that it is listed as its own. */
export const ENDS: Readonly<Record<string, Story>> = {
  'end by freeze': story('Frozen', {}, frozen),
  'end by time': story('Expired', { seconds: SHORT_S }, async () => {}),
  'end by use': story('Used', { once: true }, used),
};
