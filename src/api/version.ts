// Which Assent this is, for people who ask; a test holds it equal to package.json.

/** The version, such as 0.2.0. */
export const VERSION = '0.2.0';
