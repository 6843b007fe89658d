// Loaded into a process of the operator by `--import`: its wall clock is off by FAULTS_CLOCK_MS from the start, or by what
// the file FAULTS_CLOCK_FILE says whenever the process gets SIGUSR2. The monotonic clock goes on, as in a machine whose
// time was set. Nothing in src knows of it.
import { readFileSync } from 'node:fs';

const file = process.env['FAULTS_CLOCK_FILE'];
const real = Date.now.bind(Date);
let offset = Number(process.env['FAULTS_CLOCK_MS'] ?? 0);

Date.now = () => real() + offset;
globalThis.Date = new Proxy(Date, {
  construct: (target, values: unknown[], self) =>
    Reflect.construct(
      target,
      values.length === 0 ? [Date.now()] : values,
      self === Date ? target : self,
    ) as Date,
});
if (file !== undefined) {
  process.on('SIGUSR2', () => {
    offset = Number(readFileSync(file, 'utf8'));
  });
}
