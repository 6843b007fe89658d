// Makes a policy ready to judge. An expression that does not compile is kept as one that always fails, and a failing
// condition counts as true: a broken policy asks too often, never too seldom, and blocks no other policy (INV-7).
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { policyDigest } from './digest.ts';
import type { Evaluator, Policy } from './policy.ts';

/**
 * Compiles a CEL expression over `object`, `oldObject` and `request`. Injected: this folder does not import the engine.
 * `type` is the type of the result where it is known before evaluation, otherwise `dyn`.
 */
export type Compile = (
  source: string,
) =>
  | { readonly ok: true; readonly program: Pick<Evaluator, 'evaluate'> & { readonly type?: string } }
  | { readonly ok: false; readonly message: string; readonly line: number; readonly column: number };

/** Compiles the expressions of a stored policy. Never throws. */
export function loadPolicy(policy: ApprovalPolicy, compile: Compile): Policy {
  const { metadata, spec } = policy;
  const conditions = (spec.match.conditions ?? []).map(({ name, expression }) =>
    evaluator(name, expression, compile),
  );
  return {
    name: metadata.name,
    uid: metadata.uid,
    digest: policyDigest(spec),
    spec,
    conditions,
    ...(spec.summary === undefined ? {} : { summary: evaluator('summary', spec.summary, compile) }),
  };
}

function evaluator(name: string, source: string, compile: Compile): Evaluator {
  const compiled = compile(source);
  if (!compiled.ok) return { name, evaluate: () => ({ ok: false, message: compiled.message }) };
  return { name, evaluate: (variables) => compiled.program.evaluate(variables) };
}
