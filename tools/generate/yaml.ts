// Generated YAML: one document for each object, each with the comment that explains it.
import { Document } from 'yaml';

/** An object and what to say above it. */
export interface CommentedObject {
  readonly comment?: string;
  readonly object: object;
}

/** The line that every generated file starts with. */
export const GENERATED = 'Generated from src/api by `npm run generate`. Do not edit.';

/** Writes objects as a multi-document YAML file. */
export function toYaml(objects: readonly CommentedObject[]): string {
  const documents = objects.map(({ comment, object }) => {
    const document = new Document(object, { aliasDuplicateObjects: false });
    if (comment !== undefined && document.contents)
      document.contents.commentBefore = comment.replaceAll(/^(?=.)/gm, ' ');
    return document.toString({ lineWidth: 110, directives: false }).trimEnd();
  });
  return `# ${GENERATED}\n---\n${documents.join('\n---\n')}\n`;
}
