// Plays the demo and puts its real output into the README, between the two markers:  node tools/demo/record.ts
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const DEMO = fileURLToPath(new URL('main.ts', import.meta.url));
const [BEGIN, END] = ['<!-- demo:begin -->', '<!-- demo:end -->'];

const { stdout } = await promisify(execFile)(process.execPath, [DEMO]);
// Progress lines of a first build are no part of the story.
const story = stdout.slice(Math.max(0, stdout.search(/^1 {2}/m))).trimEnd();
const readme = await readFile(README, 'utf8');
const before = readme.slice(0, readme.indexOf(BEGIN) + BEGIN.length);
const after = readme.slice(readme.indexOf(END));
await writeFile(README, `${before}\n\n\`\`\`text\n${story}\n\`\`\`\n\n${after}`);
