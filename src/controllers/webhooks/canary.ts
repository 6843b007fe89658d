// The canary: one dry-run write of our own that the gate's webhook entry catches only while the API server goes by exactly
// this version of it, since its condition holds the digest of the rest of the entry. A refusal is the proof that the API
// server asks us (INV-1); nobody else's write matches, and no rule names what others write (INV-6). ADR 0023 says why so.
import { createHash } from 'node:crypto';
import { CANARY_MANAGER } from '../../api/installation.ts';
import { CANARY_RULE, canaryTest, withCanaryTest } from '../../api/own-webhooks.ts';
import type { CompiledGate, WebhookFacts } from './configurations.ts';

/** Hexadecimal digits of a digest: a field manager has room for 128 characters. */
const DIGITS = 32;

/** What a canary of one version of the configuration is known by: its field manager. */
export function canaryManager(facts: WebhookFacts, compiled: CompiledGate): string {
  const { endpoint, segment, caBundle, own } = facts;
  const { rules, matchConditions } = compiled;
  const text = JSON.stringify({ endpoint, segment, caBundle, own, rules, matchConditions });
  return `${CANARY_MANAGER}-${createHash('sha256').update(text).digest('hex').slice(0, DIGITS)}`;
}

/**
 * The compiled rules and conditions, and beside them the canary. It stands in the same condition as the agents: what the API
 * server does with it, it does with them.
 */
export function withCanary(facts: WebhookFacts, compiled: CompiledGate): CompiledGate {
  const canary = canaryTest(canaryManager(facts, compiled), facts.own.controller);
  return {
    rules: [...compiled.rules, CANARY_RULE],
    matchConditions: compiled.matchConditions.map(({ name, expression }) => ({
      name,
      expression: withCanaryTest(expression, canary),
    })),
  };
}
