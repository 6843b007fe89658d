// Control: the least a webhook in Node can do. Reads the body, drops it, answers a constant.
import { serve } from './child.ts';
import { send, startPlain } from './plain.ts';

const CONSTANT = Buffer.from(
  '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"5f0c3c1e-7b7a-4a53-9d0f-2f6b8c1d4e9a","allowed":true}}',
);

serve((certificate) =>
  startPlain(certificate, (request, response) => {
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    request.on('end', () => {
      if (received === 0) throw new Error('a review without a body');
      send(response, CONSTANT);
    });
  }),
);
