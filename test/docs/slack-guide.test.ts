// docs/guide/slack.md against the code: settings, flags, variables, paths and names that it tells an administrator are those that
// there are. The steps themselves are played in test/controlplane/slack-guide.test.ts.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { APP_SCOPE } from '../../src/channels/slack/scopes.ts';
import { parseCommand } from '../../src/cli/arguments.ts';
import { SLACK_PATH } from '../../src/connector/callbacks.ts';
import { SETTINGS } from '../../src/platform/config.ts';
import { METRICS } from '../../src/platform/metric-table.ts';
import { GuidePage } from '../builders/guide-page.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = new GuidePage('slack.md');
const flagsIn = (text: string): string[] => [...text.matchAll(/(?<= )--[a-z-]+/g)].map(([flag]) => flag);
const words = (block: string): string[] => block.replaceAll('\\\n', ' ').trim().split(/\s+/);
interface Manifest {
  readonly features: { readonly bot_user: { readonly display_name: string } };
  readonly settings: { readonly interactivity: { readonly request_url: string } };
}
const manifest = (name: string): Manifest =>
  parse(readFileSync(join(ROOT, `manifests/slack/${name}.yaml`), 'utf8')) as Manifest;

describe('docs/guide/slack.md', () => {
  it('has a table of settings that there are, with all of Slack but the address of its API', () => {
    const rows = page.table('Setting');
    for (const [path, flag] of rows) expect(SETTINGS).toContainEqual(expect.objectContaining({ path, flag }));
    const slack = SETTINGS.filter(({ path }) => path.startsWith('slack.')).map(({ path }) => path);
    expect(rows.map(([path]) => path)).toEqual(
      expect.arrayContaining(slack.filter((path) => path !== 'slack.apiUrl')),
    );
  });

  it('starts Assent and its doctor with flags that there are, the same ones for Slack', () => {
    const known = new Set(SETTINGS.map(({ flag }) => flag));
    const run = flagsIn(page.block('bin/assent run'));
    const doctor = page.block('kubectl assent doctor slack');
    expect(run.filter((flag) => !known.has(flag))).toEqual([]);
    expect(flagsIn(doctor)).toEqual(run.filter((flag) => flag.startsWith('--slack-')));
    expect(parseCommand(words(doctor).slice(2))).toMatchObject({ ok: true, command: { verb: 'doctor' } });
    expect(run).toEqual(expect.arrayContaining(flagsIn(new GuidePage('install.md').block('bin/assent run'))));
  });

  it('names variables that there are to the container, for files that the Secret has', () => {
    const pod = parse(page.block('env:', 'yaml')) as {
      env: { name: string; value: string }[];
      volumeMounts: { mountPath: string }[];
    };
    const made = [...page.block('umask').matchAll(/^cat > ~\/assent-slack\/(\S+)$/gm)].map(
      ([, name]) => name,
    );
    for (const { name, value } of pod.env) {
      expect(SETTINGS.map(({ env }) => env)).toContain(name);
      if (!name.endsWith('_FILE')) continue;
      expect(value).toBe(`${pod.volumeMounts[0]?.mountPath}/${basename(value)}`);
      expect(made).toContain(basename(value));
    }
  });

  it('sends people to manifests that are there, and names what these make', () => {
    for (const name of ['socket', 'http']) {
      const path = page.says(new RegExp(`\\[${name}\\.yaml\\]\\(([^)]+)\\)`));
      expect(existsSync(join(ROOT, 'docs/guide', path))).toBe(true);
      const { features } = manifest(name);
      expect(page.says(/`\/invite @(\w+)`/)).toBe(features.bot_user.display_name);
    }
    const { settings } = manifest('http');
    const { host, pathname } = new URL(settings.interactivity.request_url);
    expect(page.says(/in the place of `([^`]+)`/)).toBe(host);
    expect([page.says(/let Slack reach `([^`]+)`/), pathname]).toEqual([SLACK_PATH, SLACK_PATH]);
    expect(page.says(/with the scope `([^`]+)`/)).toBe(APP_SCOPE);
  });

  it('names log lines, a metric and a condition that there are', () => {
    const connector = readFileSync(join(ROOT, 'src/connector/slack.ts'), 'utf8');
    for (const line of ['Slack gives no connection', 'a callback was refused']) {
      expect(page.prose).toContain(`\`${line}\``);
      expect(connector).toContain(`'${line}'`);
    }
    const metric = page.says(/`(assent_\w+)` in `\/metrics`/);
    expect(Object.values(METRICS).map(({ name }) => name)).toContain(metric);
  });
});
