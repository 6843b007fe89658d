// A webhook that allows everything and remembers what it was sent.
import { startWebhook, type JsonServer } from '../builders/json-server.ts';

/** What one review was about. */
export interface Reviewed {
  /** Path of the configuration that sent it. */
  readonly path: string;
  readonly user: string;
  /** `OPERATION group/version/resource/subresource name`. */
  readonly what: string;
}

interface RawReview {
  readonly request: {
    readonly uid: string;
    readonly operation: string;
    readonly name?: string;
    readonly subResource?: string;
    readonly resource: Record<'group' | 'version' | 'resource', string>;
    readonly userInfo: { readonly username: string };
  };
}

/** A running recorder. */
export interface ReviewRecorder extends JsonServer {
  /** Everything so far, oldest first; the caller may empty it. */
  readonly reviewed: Reviewed[];
}

/** Starts a recorder on a port of its own. */
export async function startReviewRecorder(): Promise<ReviewRecorder> {
  const reviewed: Reviewed[] = [];
  const server = await startWebhook(({ path, body }) => {
    const { request: review } = JSON.parse(body.toString()) as RawReview;
    const { group, version, resource } = review.resource;
    reviewed.push({
      path: path.split('?')[0] ?? '',
      user: review.userInfo.username,
      what: `${review.operation} ${group}/${version}/${resource}/${review.subResource ?? ''} ${review.name ?? ''}`,
    });
    return { uid: review.uid, allowed: true };
  });
  return { ...server, reviewed };
}
