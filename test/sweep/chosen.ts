// Which stubs `--only` names. A name that fits none stops the sweep: what was asked for would be proved of nothing.
import { stubName, type Stub } from './stub.ts';
import { STUBS } from './stubs/index.ts';

/** Stubs in their order, or which name fits none. */
export type Chosen =
  { readonly ok: true; readonly stubs: readonly Stub[] } | { readonly ok: false; readonly why: string };

/** All stubs that have one of the names: `secrets`, `deployments.apps`, `services~NodePort`, `apps`; all without names. */
export function chosenStubs(names: readonly string[] | undefined): Chosen {
  if (names === undefined) return { ok: true, stubs: STUBS };
  const unknown = names.find((name) => !STUBS.some((stub) => namesOf(stub).includes(name)));
  if (unknown === undefined)
    return { ok: true, stubs: STUBS.filter((stub) => namesOf(stub).some((name) => names.includes(name))) };
  const kinds = [...new Set(STUBS.map((stub) => stubName({ ...stub, variant: '' }).replace(/~$/, '')))];
  return { ok: false, why: `no kind is called ${unknown}, there are: ${kinds.join(', ')}` };
}

const namesOf = (stub: Stub): readonly string[] => [stub.resource, stubName(stub), stub.group];
