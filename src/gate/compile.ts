// Compiles the expressions of policies: which variables they may use, and the bridge between the CEL engine and the pure
// domain, which does not know it.
import { compileCel } from '../cel/program.ts';
import type { CelInput } from '../cel/value.ts';
import type { Compile } from '../domain/policy/load.ts';
import { CEL_VARIABLES } from './variables.ts';

/** Compiles an expression over {@link CEL_VARIABLES}. */
export const compile: Compile = (source) => {
  const compiled = compileCel(source, { variables: CEL_VARIABLES });
  if (!compiled.ok) return compiled;
  const { program } = compiled;
  // What comes in was made by `celVariables`; the domain hands it through without knowing its type.
  const evaluate = (variables: unknown) => program.evaluate(variables as CelInput);
  return { ok: true, program: { type: program.type, evaluate } };
};
