// The words after `make demo ARGS=` or `node tools/demo/main.ts`: few, and none is guessed. And what is printed for whoever
// goes on playing.

/** What the demo does. */
export type DemoOptions =
  | { readonly kind: 'play'; readonly stays: boolean }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

/** The help text. */
export const DEMO_USAGE = `Plays Assent's story on a real API server of its own and prints each command with its real output.

  make demo            play it, end everything; exits 0 only if every step did what it says
  make demo STAY=1     leave everything running and print how to use it, until Ctrl-C

Without make:  npm run demo -- [--stay]   (or with STAY=1 in the environment)`;

/** Reads the words and the variable STAY: 1 leaves everything running. */
export function demoOptions(words: readonly string[], stay: string | undefined): DemoOptions {
  if (words.includes('--help') || words.includes('-h')) return { kind: 'help' };
  const unknown = words.find((word) => word !== '--stay');
  if (unknown !== undefined) return { kind: 'wrong', message: `the demo takes no ${unknown}` };
  if (stay !== undefined && !['', '0', '1'].includes(stay))
    return { kind: 'wrong', message: `STAY is 1 or 0, not ${stay}` };
  return { kind: 'play', stays: words.includes('--stay') || stay === '1' };
}

/** What a demo that stays has to offer. Paths and a port. */
export interface Playground {
  readonly cast: {
    readonly agent: string;
    readonly fixer: string;
    readonly approver: string;
    readonly admin: string;
  };
  readonly programs: string;
  readonly metricsPort: number;
  readonly runDir: string;
}

/** Lines for a person with a terminal: what stands behind a label can be pasted there as it is. */
export const howToPlay = ({ cast, programs, metricsPort, runDir }: Playground): readonly string[] => [
  'everything is running; end it with Ctrl-C',
  `  agent:    export KUBECONFIG=${cast.agent}`,
  `  fixer:    export KUBECONFIG=${cast.fixer}`,
  `  approver: export KUBECONFIG=${cast.approver}`,
  `  admin:    export KUBECONFIG=${cast.admin}`,
  `  kubectl:  export PATH=${programs}:$PATH`,
  `  metrics:  http://127.0.0.1:${metricsPort}/metrics`,
  `  logs:     ${runDir}`,
  'next: docs/guide/just-in-time-access.md, from step 4 on, as fixer and approver',
];
