// What is noted in a request once a step was taken: the copy that goes into its status.
import type { Copy, PlaceRequest } from './copy.ts';
import type { Step } from './steps.ts';

/** What came of a step that was sent, or that looked. */
export type Sent =
  /** A new message, or the one that was found. */
  | {
      readonly kind: 'message';
      readonly form: Copy['form'];
      readonly handle: string;
      readonly content: string;
    }
  /** A line or reminder stands in the thread. */
  | { readonly kind: 'said' }
  /** The message shows this now. */
  | { readonly kind: 'edited'; readonly content: string }
  /** Somebody deleted the message. */
  | { readonly kind: 'gone' };

/**
 * The copy after a step; undefined when the place has none.
 * @param request as it was when the step was taken
 */
export function copyAfter(request: PlaceRequest, step: Step, sent: Sent): Copy | undefined {
  const { copy } = request;
  if (sent.kind === 'gone') return copyWithoutMessage(request);
  if (step.kind === 'join')
    return { form: 'list', handle: step.handle, content: '', lines: 0, isReminded: false };
  if (sent.kind === 'message')
    return { form: sent.form, handle: sent.handle, content: sent.content, lines: 0, isReminded: false };
  if (copy === undefined) return undefined;
  if (sent.kind === 'edited') return { ...copy, content: sent.content };
  const what = step.kind === 'look' ? step.what : step.kind;
  return what === 'remind' ? { ...copy, isReminded: true } : { ...copy, lines: copy.lines + 1 };
}

/**
 * A card that still waits for an answer is posted again; of what is over, nothing more is said. A list is given up: those of
 * its members that wait find another one.
 */
function copyWithoutMessage({ copy, isPending, content, lines }: PlaceRequest): Copy | undefined {
  if (copy === undefined || isPending || copy.form === 'list') return undefined;
  return { ...copy, content, lines, isReminded: true };
}
