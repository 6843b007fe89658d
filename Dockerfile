# The image of Assent: Node, the C libraries it is linked with, and the program; no shell, no package manager. It runs as user
# 65532 and writes nothing. `--build-arg NODE_IMAGE=...` takes Node from elsewhere.
ARG NODE_IMAGE=docker.io/library/node:26-bookworm-slim

FROM ${NODE_IMAGE} AS build
# For registries behind a certificate of one's own.
ARG NODE_EXTRA_CA_CERTS
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-fund --no-audit
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN node_modules/.bin/tsc -p tsconfig.build.json
# Node of the image runs it: the packages that bring one for development are left out.
RUN npm ci --ignore-scripts --no-fund --no-audit --omit=dev --omit=optional

# What Node needs to run, and nothing else.
RUN mkdir -p /out/usr/bin /out/app /out/etc \
 && cp "$(command -v node)" /out/usr/bin/node \
 && ldd /out/usr/bin/node | grep -o '/[^ ]*' | sort -u | xargs -I{} cp --parents -L {} /out \
 && cp -r dist/src /out/app/src && cp -r node_modules package.json /out/app/ \
 && echo 'assent:x:65532:65532::/:' > /out/etc/passwd \
 && echo 'assent:x:65532:' > /out/etc/group

FROM scratch
COPY --from=build /out /
USER 65532:65532
WORKDIR /app
ENV NODE_ENV=production
EXPOSE 8443 8080 8081
ENTRYPOINT ["/usr/bin/node", "/app/src/main.js"]
