// Where the gate of the benchmark listens; apart from the server so that the caller can import it without starting one.

/** Secret path segment of the benchmark's gate. */
export const SEGMENT = '6f1d2c3b4a5968778695a4b3c2d1e0f1';

/** Path and query as in a webhook call. */
export const GATE_PATH = `/${SEGMENT}/gate?timeout=10s`;
