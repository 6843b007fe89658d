// `make demo`: plays the story on a real API server and prints each command with its real output. Exits 0 only if every
// step did what it says. STAY=1 leaves everything running.
import { dropRunsWhenWell } from '../controlplane/start.ts';
import { DEMO_USAGE, demoOptions, howToPlay } from './options.ts';
import { SHOP } from './access-scene.ts';
import { DEPLOYMENT } from './scene.ts';
import { STORY } from './whole-story.ts';
import { setStage, type Stage } from './stage.ts';

const INDENT = '   ';

async function play(stage: Stage): Promise<number> {
  const memory = new Map<string, string>();
  let wrong = 0;
  for (const [i, step] of STORY.entries()) {
    const played = await step.play(stage, memory);
    console.log(`${i + 1}  ${step.title}`);
    for (const { who, command, text } of played.shown) {
      console.log(`${INDENT}${who.padEnd(8)} ${who === 'slack' ? '>' : '$'} ${command}`);
      for (const line of text.split('\n')) console.log(`${INDENT}${line}`.trimEnd());
    }
    if (played.wrong !== undefined) {
      wrong += 1;
      console.log(`${INDENT}NOT AS TOLD: ${played.wrong}`);
    }
    console.log('');
  }
  return wrong;
}

async function stay(stage: Stage): Promise<void> {
  // The story ends with its objects deleted; whoever goes on playing needs them.
  for (const object of [DEPLOYMENT, SHOP]) await stage.kubectl('admin', ['apply', '-f', '-'], object);
  const [operator] = stage.operator.processes;
  const lines = howToPlay({ ...stage, runDir: stage.plane.runDir, metricsPort: operator?.metricsPort ?? 0 });
  console.log(lines.join('\n'));
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

async function run(stays: boolean): Promise<number> {
  dropRunsWhenWell();
  const stage = await setStage();
  try {
    const wrong = await play(stage);
    const told = wrong === 0 ? 'all as told' : `${wrong} not as told; logs are in ${stage.plane.runDir}`;
    if (stays) await stay(stage);
    console.log(`demo: ${STORY.length} steps, ${told}`);
    return wrong === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}

const options = demoOptions(process.argv.slice(2), process.env['STAY']);
if (options.kind === 'play') process.exitCode = await run(options.stays);
else if (options.kind === 'help') console.log(DEMO_USAGE);
else {
  console.error(`${options.message}\nsee: npm run demo -- --help`);
  process.exitCode = 2;
}
