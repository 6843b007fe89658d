// `npm run plain`: writes manifests/install/install.yaml. It needs helm, which is built on first use, so it is no part of
// `npm run generate`; a test says when the file is not what the chart renders.
import { writeFile } from 'node:fs/promises';
import { PLAIN, renderPlain } from './render.ts';

await writeFile(PLAIN, await renderPlain());
console.log('plain: manifests/install/install.yaml');
