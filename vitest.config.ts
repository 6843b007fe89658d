import { defineConfig } from 'vitest/config';

// Two projects: `unit` needs nothing but Node; `controlplane` runs against a real kube-apiserver and etcd.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'tools/**/*.test.ts',
            'test/{architecture,conformance,docs,golden,model,fuzz,fake-slack}/**/*.test.ts',
          ],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'controlplane',
          include: ['test/{controlplane,bypass,faults,gitops,sweep}/**/*.test.ts'],
          globalSetup: ['test/controlplane/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
