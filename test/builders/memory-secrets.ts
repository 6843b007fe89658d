// Secrets as the API server keeps them: create-only, updates guarded by version.
import type { SecretData, SecretStore, StoredSecret } from '../../src/platform/secret-store.ts';

/** A store in memory that notes what is written. */
export class MemorySecrets implements SecretStore {
  readonly stored = new Map<string, StoredSecret>();
  readonly writes: string[] = [];

  async read(name: string) {
    await Promise.resolve();
    return this.stored.get(name);
  }

  async create(name: string, data: SecretData) {
    await Promise.resolve();
    if (this.stored.has(name)) return 'exists';
    this.put(name, data);
    return 'created';
  }

  async update(name: string, data: SecretData, version: string) {
    await Promise.resolve();
    if (this.stored.get(name)?.version !== version) return 'conflict';
    this.put(name, data);
    return 'updated';
  }

  put(name: string, data: SecretData) {
    this.writes.push(name);
    this.stored.set(name, { data, version: String(this.writes.length) });
  }
}
