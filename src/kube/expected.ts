// Errors that are answers: "not found" or "somebody else was first" is often just what a caller wants to know.

/**
 * The value of a call, or undefined where it failed as expected.
 * @throws whatever the call throws that is not expected
 */
export async function orUndefined<T>(
  call: Promise<T>,
  isExpected: (error: unknown) => boolean,
): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isExpected(error)) return undefined;
    throw error;
  }
}
