// The gates and the controller of a block of races: each is started again whenever it is killed, takes orders to die at a write of a race while
// it runs, and can have its clock set.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasEnded, untilReady, type Operator, type OperatorProcess } from '../../tools/operator/start.ts';

const CLOCK = fileURLToPath(new URL('races-clock.ts', import.meta.url));

interface Berth {
  readonly orders: Set<string>;
  readonly ordersFile: string;
  readonly clockFile: string;
  one: OperatorProcess | undefined;
}

/** Gates that are kept running. */
export class Fleet {
  /** How often a gate was killed. */
  kills = 0;
  /** Gates that served and ended by themselves: never expected. */
  readonly crashes: string[] = [];
  private readonly operator: Operator;
  private readonly berths: readonly Berth[];
  private loops: Promise<void>[] = [];
  private stopping = false;

  /** @param folder for the files by which gates get their orders */
  constructor(operator: Operator, gates: number, folder: string) {
    this.operator = operator;
    this.berths = Array.from({ length: gates }, (_, index) => ({
      orders: new Set(),
      ordersFile: join(folder, `gate-${index}-orders`),
      clockFile: join(folder, `gate-${index}-clock`),
      one: undefined,
    }));
  }

  get size(): number {
    return this.berths.length;
  }

  /** Starts a controller, and another one whenever it ends: one that loses its Lease, as when the API server is away, does. */
  async startController(): Promise<void> {
    await new Promise<void>((ready) => {
      this.loops.push(this.keepController(ready));
    });
  }

  /** Starts all gates. Resolves when each was ready once. */
  async start(): Promise<void> {
    const ready = this.berths.map(
      (berth) =>
        new Promise<void>((resolve) => {
          this.loops.push(this.keep(berth, resolve));
        }),
    );
    await Promise.all(ready);
  }

  /** A gate gets an order, as ASSENT_FAILPOINT knows it. It is forgotten when the gate has died. */
  arm(gate: number, order: string): void {
    const berth = this.berths[gate % this.size];
    if (berth) write(berth, berth.orders.add(order));
  }

  /** Takes an order back from all gates. */
  disarm(order: string): void {
    for (const berth of this.berths) if (berth.orders.delete(order)) write(berth, berth.orders);
  }

  /** Sets the clock of a gate off by so many ms; 0 sets it right. A gate that starts has the right time. */
  setClock(gate: number, offsetMs: number): void {
    const berth = this.berths[gate % this.size];
    if (!berth?.one || hasEnded(berth.one)) return;
    writeFileSync(berth.clockFile, String(offsetMs));
    berth.one.child.kill('SIGUSR2');
  }

  async stop(): Promise<void> {
    this.stopping = true;
    for (const one of this.operator.processes) one.child.kill('SIGKILL');
    await Promise.all(this.loops);
  }

  private async keepController(ready: () => void): Promise<void> {
    while (!this.stopping) {
      const one = await this.operator.launch('controller');
      await untilReady(one).catch(() => undefined);
      ready();
      if (this.stopping) one.child.kill('SIGKILL');
      await one.exited;
      await this.operator.kill(one);
    }
  }

  private async keep(berth: Berth, ready: () => void): Promise<void> {
    while (!this.stopping) {
      write(berth, berth.orders);
      const one = await this.operator.launch('gate', environment(berth));
      // One that dies before it is ready is dealt with as one that dies later.
      const isReady = await untilReady(one).then(
        () => true,
        () => false,
      );
      berth.one = one;
      ready();
      if (this.stopping) one.child.kill('SIGKILL');
      const code = await one.exited;
      berth.orders.clear();
      if (!this.stopping) {
        if (one.child.signalCode === 'SIGKILL') this.kills += 1;
        // One that starts while the API server does may be refused its Secrets, and is started again, as a kubelet does.
        else if (isReady) this.crashes.push(`a gate ended by itself with ${code}`);
      }
      await this.operator.kill(one);
    }
  }
}

const environment = (berth: Berth): Readonly<Record<string, string>> => ({
  ASSENT_FAILPOINT: `gate:order:${berth.ordersFile}`,
  NODE_OPTIONS: `--import=${CLOCK}`,
  FAULTS_CLOCK_FILE: berth.clockFile,
});

const write = ({ ordersFile }: Berth, orders: ReadonlySet<string>): void =>
  writeFileSync(ordersFile, [...orders].join('\n'));
