// The lists of a place: messages that several requests share. Which requests belong to one is noted in each of them; what
// it shows, in the one that opened it.
import type { PlaceRequest } from './copy.ts';

/** A list, as its members tell. */
export interface OpenList {
  readonly handle: string;
  /** The request that opened it; undefined when that one is gone, or the message: then the list tells nobody anything. */
  readonly opener: PlaceRequest | undefined;
  /** Oldest first. */
  readonly members: readonly PlaceRequest[];
}

/** Finds the lists that these requests are in, in the order of their oldest members. */
export function listsOf(requests: readonly PlaceRequest[]): readonly OpenList[] {
  const listed = requests.filter(({ copy }) => copy?.form === 'list');
  return [...Map.groupBy(listed, ({ copy }) => copy?.handle ?? '')].map(([handle, members]) => ({
    handle,
    opener: members.find(({ copy }) => copy?.content !== ''),
    members,
  }));
}
