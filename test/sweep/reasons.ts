// Why some cells have no review: each has a sentence here, or it is a surprise.
import type { Cell } from './play.ts';

interface Reason {
  readonly verdict: string;
  readonly on: (cell: Cell) => boolean;
  readonly why: string;
}

const anything = () => true;
const isWay = (...ways: readonly string[]) => {
  return ({ way }: Cell) => ways.some((one) => way === one || way.startsWith(`${one}@`));
};
const isOf = (...groups: readonly string[]) => {
  return ({ resource }: Cell) =>
    groups.some((group) => resource.split(/[~/]/)[0]?.endsWith(`.${group}`) === true);
};
const isQuestion = isOf('authorization.k8s.io', 'authentication.k8s.io');
const isCustom = ({ resource }: Cell) => /\.(?:example\.com|dev)(?:[~/]|$)/.test(resource);

const REASONS: readonly Reason[] = [
  { verdict: 'refused 405', on: anything, why: 'the API server has no such verb there' },
  { verdict: 'refused 404', on: isWay('put'), why: 'a kind that is not made by PUT' },
  {
    verdict: 'refused 404',
    on: (cell) => cell.resource === 'bindings' || isQuestion(cell),
    why: 'nothing is stored of this kind, so there is no path of an object',
  },
  ...[200, 201].map((code) => ({
    verdict: `ungated ${code}`,
    on: isQuestion,
    why: 'questions about identity and access are never held: everything asks them',
  })),
  {
    verdict: 'closed',
    on: isOf('assent.dev'),
    why: 'our own kinds are closed to agents, whatever a policy names',
  },
  {
    verdict: 'refused 403',
    on: ({ resource, verb, words }) =>
      resource === 'approvalrequests.assent.dev' && verb === 'create' && words.includes('ASSENT-D020'),
    why: 'agents may ask for access, and the gate fills in the rest: not what it wrote into another one',
  },
  { verdict: 'refused 415', on: isWay('strategic'), why: 'strategic patches are for built-in kinds' },
  {
    verdict: 'refused 415',
    on: (cell) => cell.way.startsWith('protobuf') && isCustom(cell),
    why: 'protobuf is for built-in kinds',
  },
  {
    verdict: 'refused 0',
    on: (cell) => cell.way.startsWith('protobuf') && isCustom(cell),
    why: 'protobuf is for built-in kinds: the API server panics (schemaCoercingDecoder.Decode) and ends the stream',
  },
  {
    verdict: 'refused 400',
    on: (cell) => cell.way === 'protobuf' && isCustom(cell),
    why: 'protobuf is for built-in kinds',
  },
  {
    verdict: 'refused 500',
    on: (cell) => cell.way.startsWith('apply') && isCustom(cell) && cell.resource.endsWith('/scale'),
    why: 'the API server cannot apply to the scale of a custom resource',
  },
  {
    verdict: 'refused 422',
    on: (cell) => cell.way === 'protobuf' && cell.verb === 'create' && /^services\b/.test(cell.resource),
    why: 'encoded by a dry-run, it carries the address 10.0.0.0',
  },
  {
    verdict: 'refused 422',
    on: (cell) => cell.way === 'protobuf' && cell.verb === 'create' && /^jobs\b/.test(cell.resource),
    why: 'encoded by a dry-run, it carries the selector of another attempt',
  },
  { verdict: 'refused 422', on: isWay('unversioned', 'put'), why: 'a kind that is not replaced blindly' },
  {
    verdict: 'refused 422',
    on: isWay('json generated', 'yaml generated'),
    why: 'names of this kind cannot be made up',
  },
  ...[200, 201].map((code) => ({
    verdict: `unsent ${code}`,
    on: isOf('admissionregistration.k8s.io'),
    why: 'admission configuration is never sent to webhooks',
  })),
];

/** Why no review of the cell came, or why none is asked about; undefined when nobody knows. */
export function reasonOf(cell: Cell): string | undefined {
  return REASONS.find(({ verdict, on }) => verdict === cell.verdict && on(cell))?.why;
}
