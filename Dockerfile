# syntax=docker/dockerfile:1
# One image for every role. To build with the evaluation backends inside: docker build --build-arg EMBEDDED=true .
# A release build appends the digest: --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# helm and kubectl from their makers; a download that is not byte for byte the released one ends the build.
FROM ${NODE_IMAGE} AS programs
ARG TARGETARCH
ARG HELM_VERSION=4.1.4
ARG HELM_SHA256_AMD64=70b2c30a19da4db264dfd68c8a3664e05093a361cefd89572ffb36f8abfa3d09
ARG HELM_SHA256_ARM64=13d03672be289045d2ff00e4e345d61de1c6f21c1257a45955a30e8ae036d8f1
ARG KUBECTL_VERSION=1.34.5
ARG KUBECTL_SHA256_AMD64=6a17dd8387783b3144a65535e38d02c351027e9718ea34a6c360476cb26d28bb
ARG KUBECTL_SHA256_ARM64=2d433b53b99ea532f877df6fa5044286e3950d4933967ac3d99262760bc649fd
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates curl \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /programs
RUN architecture="${TARGETARCH:-$(dpkg --print-architecture)}"; \
  case "$architecture" in \
    amd64) helm_sha256="$HELM_SHA256_AMD64"; kubectl_sha256="$KUBECTL_SHA256_AMD64" ;; \
    arm64) helm_sha256="$HELM_SHA256_ARM64"; kubectl_sha256="$KUBECTL_SHA256_ARM64" ;; \
    *) echo "no checksums for $architecture" >&2; exit 1 ;; \
  esac; \
  curl --fail --silent --show-error --location --proto '=https' --retry 3 --output helm.tar.gz \
    "https://get.helm.sh/helm-v${HELM_VERSION}-linux-${architecture}.tar.gz"; \
  echo "$helm_sha256  helm.tar.gz" | sha256sum --check --strict; \
  tar --extract --gzip --file helm.tar.gz --strip-components=1 --no-same-owner "linux-${architecture}/helm"; \
  rm helm.tar.gz; \
  curl --fail --silent --show-error --location --proto '=https' --retry 3 --output kubectl \
    "https://dl.k8s.io/release/v${KUBECTL_VERSION}/bin/linux/${architecture}/kubectl"; \
  echo "$kubectl_sha256  kubectl" | sha256sum --check --strict; \
  chmod 0755 helm kubectl

FROM ${NODE_IMAGE} AS build
ARG EMBEDDED=false
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build \
  && if [ "$EMBEDDED" != "true" ]; then rm -rf dist/embedded; fi

FROM ${NODE_IMAGE} AS dependencies
ARG EMBEDDED=false
# Development packages that dist/embedded imports; at the versions of the lock file.
ARG EMBEDDED_PACKAGES="@supabase/lite cron kysely postgres protobufjs"
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN if [ "$EMBEDDED" = "true" ]; then \
    for name in $EMBEDDED_PACKAGES; do \
      npm pkg set "dependencies.$name=$(npm pkg get "devDependencies.$name" | tr -d '"')" \
        && npm pkg delete "devDependencies.$name" \
        || exit 1; \
    done; \
    npm ci --omit=dev --ignore-scripts; \
  else \
    npm ci --omit=dev --omit=optional --ignore-scripts; \
  fi \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM ${NODE_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tenantry" \
  org.opencontainers.image.description="Control plane for single-tenant SaaS: one isolated instance of your application per customer" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
# helm, unlike Node, trusts the certificates of the system, and the slim image has none. npm has nothing to do at run time.
COPY --from=programs /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=programs /programs/helm /programs/kubectl /usr/local/bin/
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* /usr/local/bin/yarn* \
  && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/tenantry
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY supabase ./supabase
COPY helm/blueprints ./helm/blueprints
# Everything that is written goes to two places, so that the root filesystem may be read-only.
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=3000 \
  TENANTRY_DATA_DIR=/var/lib/tenantry \
  HOME=/tmp \
  HELM_CACHE_HOME=/tmp/helm/cache \
  HELM_CONFIG_HOME=/tmp/helm/config \
  HELM_DATA_HOME=/tmp/helm/data \
  KUBECACHEDIR=/tmp/kube-cache
USER 10001:10001
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`, { signal: AbortSignal.timeout(4000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# node is PID 1 and installs its own signal handlers; execa reaps the programs it starts.
CMD ["node", "dist/main.js"]
