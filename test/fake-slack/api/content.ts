// The content of a message as a call brings it: text, blocks and metadata, by all rules.
import { LENGTH } from '../facts.ts';
import { checkBlocks } from '../rules/blocks.ts';
import { cutTo, isShape, lengthOf, listOf, parsed, shapeOf, textOf, type Shape } from '../shapes.ts';
import { identified } from '../state/modal.ts';
import { type World } from '../state/world.ts';
import { refused, SlackError } from './invocation.ts';

/** A value that comes as JSON in a form, and as itself in a JSON body. */
export function structured(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const result = parsed(value);
  return result.ok ? result.value : undefined;
}

/** The blocks of a call; undefined when it brings none. @throws SlackError */
export function blocksOf(world: World, value: unknown): readonly Shape[] | undefined {
  if (value === undefined || value === '') return undefined;
  const blocks = structured(value);
  if (!Array.isArray(blocks) || !blocks.every(isShape)) throw new SlackError('invalid_blocks_format');
  const findings = checkBlocks(blocks);
  if (findings.messages.length > 0) throw refused('invalid_blocks', findings.messages);
  if (findings.total > LENGTH.blocksInAll) throw new SlackError('msg_blocks_too_long');
  return identified(blocks, () => world.draws.word(5));
}

/** Contents that the real Slack takes and the fake does not show. Whoever begins to use one teaches it first. */
const UNKNOWN = ['attachments', 'markdown_text', 'file_ids', 'reply_broadcast', 'parse', 'link_names'];

/** Refuses what could not be shown as a human would see it. @throws SlackError */
export function onlyKnown(args: Shape): void {
  const found = UNKNOWN.find((name) => args[name] !== undefined);
  if (found !== undefined) throw new SlackError(`fake_slack_does_not_know_${found}`);
}

/** The text of a call, cut where Slack cuts. */
export function postedText(value: unknown): { readonly text: string; readonly cut: boolean } {
  const text = textOf(value);
  const cut = lengthOf(text) > LENGTH.posted;
  return { text: cut ? cutTo(text, LENGTH.posted) : text, cut };
}

const isFlat = (value: unknown): boolean => !isShape(value) && !listOf(value).some(isShape);

/** The metadata of a call: an event type and a payload of at most one nested level. @throws SlackError */
export function metadataOf(value: unknown): Shape | undefined {
  if (value === undefined || value === '') return undefined;
  const metadata = structured(value);
  if (!isShape(metadata)) throw new SlackError('invalid_metadata_format');
  if (Object.keys(metadata).length === 0) return undefined;
  const { event_type: type, event_payload: payload } = metadata;
  if (typeof type !== 'string' || type === '' || !isShape(payload))
    throw new SlackError('invalid_metadata_format');
  const flat = Object.values(payload).every(
    (item) => isFlat(item) || Object.values(shapeOf(item)).every(isFlat),
  );
  if (!flat) throw new SlackError('invalid_metadata_schema');
  if (lengthOf(JSON.stringify(metadata)) > LENGTH.metadata) throw new SlackError('metadata_too_large');
  return metadata;
}
