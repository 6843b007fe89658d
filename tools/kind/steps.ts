// What `make kind` runs, as words of commands: a cluster of kind in Docker, with the image of this checkout in it.

/** Name of the cluster; its kubeconfig context is `kind-assent`. */
const CLUSTER = 'assent';
/** The image, as docs/guide/install.md names it. */
export const IMAGE = 'localhost/assent:local';

/** One command. */
export interface Step {
  readonly program: 'docker' | 'kind';
  readonly words: readonly string[];
}

/** How the machine is asked whether a Docker daemon answers. */
export const ASK: Step = { program: 'docker', words: ['info', '--format', '{{.ServerVersion}}'] };

/** What makes a cluster. @param nodeImage of Docker's registry; kind's own choice when empty */
export const upSteps = (nodeImage: string): readonly Step[] => [
  { program: 'docker', words: ['build', '--tag', IMAGE, '.'] },
  {
    program: 'kind',
    words: [
      'create',
      'cluster',
      '--name',
      CLUSTER,
      '--wait',
      '120s',
      ...(nodeImage ? ['--image', nodeImage] : []),
    ],
  },
  { program: 'kind', words: ['load', 'docker-image', IMAGE, '--name', CLUSTER] },
];

/** What removes it. */
export const DOWN: readonly Step[] = [{ program: 'kind', words: ['delete', 'cluster', '--name', CLUSTER] }];

/** What is said where no Docker answers. */
export const withoutDocker = (why: string): string =>
  [
    `no kind here: ${why}`,
    'kind runs the nodes of a cluster as containers of Docker. Where there is none:',
    '  make cluster       a whole Kubernetes with a node, on Linux and as root, without a container engine;',
    '  make demo STAY=1   the control plane alone, with Assent as processes beside it.',
  ].join('\n');
