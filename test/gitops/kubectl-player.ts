// The real kubectl as a player of scripts: it reads the commit from stdin or from a folder, and each run ends with a code
// that the script expects.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { objectsOf } from './manifests.ts';
import { Player, type Step } from './script.ts';
import { expectHarmless } from './wire.ts';

/** kubectl, as the agent, in the namespace of the commit. */
export class Kubectl extends Player {
  code = 0;
  stdout = '';

  /** Runs kubectl in the namespace; `-f -` reads the commit. */
  async run(...args: string[]) {
    const { plane } = this.stage.assent;
    const input = this.list();
    const done = await plane.kubectl(this.stage.agent, ['-n', this.commit.namespace, ...args], { input });
    expectHarmless(done.stderr);
    this.code = done.code;
    this.stdout = done.stdout;
    return { ok: done.code === 0, message: done.stderr };
  }

  /** The commit as one List. */
  private list(): string {
    return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objectsOf(this.commit) });
  }

  /** A folder with the commit for `-k`. */
  async folder(): Promise<string> {
    const folder = join(this.stage.assent.plane.runDir, `kustomize-${this.commit.name}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'app.json'), this.list());
    await writeFile(join(folder, 'kustomization.yaml'), 'resources: [app.json]\n');
    return folder;
  }
}
/** The words of a command. */
export type Args = (kubectl: Kubectl) => readonly string[] | Promise<readonly string[]>;
/** One step of a script for kubectl. */
export type KubectlStep = Step<Kubectl>;

/** Ends with code 0. */
export const done =
  (args: Args): KubectlStep =>
  async (player) => {
    const words = await args(player);
    const { ok, message } = await player.watch(() => player.run(...words));
    expect(message).not.toContain('denied the request');
    expect(ok, message).toBe(true);
  };

/** Ends with code 0, and the gate was not called at all. */
export const quiet =
  (args: Args): KubectlStep =>
  async (player) => {
    await done(args)(player);
    expect(player.asked).toEqual({});
  };

/** Ends with code 1; as many refusals as said, each with a request. */
export const held =
  (args: Args, refusals = 1): KubectlStep =>
  async (player) => {
    const words = await args(player);
    const { message } = await player.watch(() => player.run(...words));
    expect(player.code, message).toBe(1);
    expect(message.match(/Approval (?:required|already used)/g)).toHaveLength(refusals);
    expect(message.match(/^ {2}request: +\S+/gm)).toHaveLength(refusals);
  };

/** The last run told this too. */
export const said =
  (words: RegExp): KubectlStep =>
  (player) => {
    expect(player.last.message).toMatch(words);
    return Promise.resolve();
  };

/** Ends with this code and these words. */
export const ends =
  (code: number, args: Args, ...words: RegExp[]): KubectlStep =>
  async (player) => {
    const given = await args(player);
    const { message } = await player.watch(() => player.run(...given));
    expect(player.code, message).toBe(code);
    for (const word of words) expect(`${player.stdout}\n${message}`).toMatch(word);
  };
