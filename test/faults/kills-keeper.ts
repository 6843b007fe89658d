// Keeps one gate and one controller running, as a kubelet does, and writes down how they died. The first process of the part
// that an order names dies by it; those after it live.
import { hasEnded, type Operator, type OperatorProcess } from '../../tools/operator/start.ts';

/** Parts of the operator. */
export type Part = 'gate' | 'controller';

/** One kill -9. Times are `performance.now()`. */
export interface Death {
  readonly part: Part;
  readonly at: number;
  /** When the first step that needs this part was done again. */
  recoveredAt?: number;
}

/** Values of ASSENT_FAILPOINT by part; they hold until the first process has died. */
export type Orders = Readonly<Partial<Record<Part, string>>>;

/** Keeps both parts running until `stop`. */
export class Keeper {
  readonly deaths: Death[] = [];
  /** Processes that ended by themselves: never expected. */
  readonly crashes: string[] = [];
  private readonly operator: Operator;
  private readonly orders: Orders;
  private readonly environments = new Map<Part, Readonly<Record<string, string>>>();
  private readonly ending = new Set<OperatorProcess>();
  private readonly launched: OperatorProcess[] = [];
  private stopping = false;
  private loops: Promise<void>[] = [];

  constructor(operator: Operator, orders: Orders) {
    this.operator = operator;
    this.orders = orders;
  }

  start(): void {
    this.loops = (['gate', 'controller'] as const).map((part) => this.keep(part));
  }

  /** Ends a part as a roll-out does, by SIGTERM; the next one gets this environment. */
  async restart(part: Part, env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.environments.set(part, env);
    const one = this.operator.processes.find((process) => process.part === part && !hasEnded(process));
    if (!one) return;
    this.ending.add(one);
    one.child.kill('SIGTERM');
    await one.exited;
  }

  /** The record: what all controllers wrote, those that died included. */
  record(): string {
    const controllers = this.launched.filter(({ part }) => part === 'controller');
    return controllers.map(({ stdout }) => stdout()).join('');
  }

  async stop(): Promise<void> {
    this.stopping = true;
    for (const one of this.operator.processes) one.child.kill('SIGKILL');
    await Promise.all(this.loops);
    for (const one of this.operator.processes.slice()) await this.operator.kill(one);
  }

  private async keep(part: Part): Promise<void> {
    while (!this.stopping) {
      const order = this.deaths.length === 0 ? this.orders[part] : undefined;
      const armed = order === undefined ? {} : { ASSENT_FAILPOINT: order };
      const env = { ...this.environments.get(part), ...armed };
      const one = await this.operator.launch(part, env);
      this.launched.push(one);
      // `stop` may have come before this process was there.
      if (this.stopping) one.child.kill('SIGKILL');
      const code = await one.exited;
      this.note(one, part, code);
      await this.operator.kill(one);
    }
  }

  private note(one: OperatorProcess, part: Part, code: number): void {
    if (this.stopping) return;
    if (one.child.signalCode === 'SIGKILL') this.deaths.push({ part, at: performance.now() });
    else if (!this.ending.delete(one))
      this.crashes.push(`the ${part} ended by itself with ${code}: ${one.lastWords()}`);
  }
}
