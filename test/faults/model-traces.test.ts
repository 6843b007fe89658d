// Traces of the explorer against the real code and a real API server: what the model says of a step is what happens.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STEPS } from '../model/step.ts';
import { REPLAYED, type Replayed } from './model-objects.ts';
import { Replay, viewOf } from './model-replay.ts';
import { startReplayStage, type ReplayStage } from './model-stage.ts';
import { directWalks, randomWalk, shownBy, type Walk } from './model-walks.ts';
import { randomOf } from './races-random.ts';

const SEED = 4;
/** Seeded traces for each kind of change. */
const SEEDED = 6;

let stage: ReplayStage;
beforeAll(async () => {
  stage = await startReplayStage();
});
afterAll(() => stage.stop());

async function replay(kind: Replayed, walk: Walk): Promise<void> {
  await stage.sweep(kind);
  const replayed = new Replay(stage, kind);
  const texts: string[] = [];
  for (const walked of walk) {
    texts.push(walked.step.text);
    const trace = `seed ${SEED}, ${kind}, after\n${texts.join('\n')}\n`;
    expect(await replayed.play(walked), trace).toEqual(viewOf(kind, walked));
  }
  await replayed.end();
}

describe('a trace of the explorer', () => {
  const shown = new Set<string>();

  it.each(REPLAYED)('goes with %s as the model says, step by step', async (kind) => {
    const random = randomOf(SEED);
    // Scale goes as update does, and token as create, but for what they say and look at.
    const walks: Walk[] = kind === 'update' || kind === 'create' ? [...(await directWalks(kind))] : [];
    for (let i = 0; i < SEEDED; i++) walks.push(await randomWalk(kind, random));
    for (const walk of walks) {
      await replay(kind, walk);
      for (const what of shownBy(walk)) shown.add(what);
    }
    expect(walks.length).toBeGreaterThanOrEqual(SEEDED);
  });

  it('has shown every kind of step, and every answer', () => {
    const answers = [
      'allowed',
      'allowed again',
      'Reserved again',
      'denied: spent',
      'denied: approval-required',
    ];
    const effects = ['effect', 'conflict', 'same effect again', 'write lost its race'];
    const ahead = ['side by side', 'one of several fails'];
    expect(
      [...Object.keys(STEPS), ...answers, ...effects, ...ahead].filter((what) => !shown.has(what)),
    ).toEqual([]);
  });
});
