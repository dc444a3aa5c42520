# Go compiles for any platform on any platform. So the build stage runs on the
# platform of this machine, and only the binary is built for the target platform.
#
# The build image is pinned by the digest of its index, which covers all platforms.
# Its Go version must be that of go.mod. `make lint` compares them, and Dependabot
# updates the image. GO_IMAGE selects another image, for example from a mirror:
#   docker build --build-arg GO_IMAGE=mirror.example.com/golang:1.26@sha256:… .
ARG GO_IMAGE=pinned
FROM --platform=$BUILDPLATFORM golang:1.26.8@sha256:6c2a5538f964f1c82f97ad14988bf05de100d922d159d0e398b54c7b0ca0c6c9 AS pinned

FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build

WORKDIR /src

# Modules first: they change less often than the code.
COPY go.mod go.sum ./
RUN go mod download

COPY . .

# The build context has no .git directory, so pass what --version should print as
# build arguments, for example:
#   docker build --build-arg REVISION="$(git rev-parse HEAD)" .
# make reads them from its environment. VERSION defaults to the content of the file
# VERSION, and BUILD_DATE to the current time.
ARG TARGETOS
ARG TARGETARCH
ARG TARGETVARIANT
ARG VERSION
ARG REVISION
ARG BRANCH
ARG BUILD_USER=docker
ARG BUILD_DATE
RUN GOOS="${TARGETOS}" GOARCH="${TARGETARCH}" GOARM="${TARGETVARIANT#v}" make build OUTPUT=/out/prisma_exporter && mkdir /out/tmp

# The binary is static. All it needs are the CA certificates, with which it verifies
# the certificate of Prisma Access.
FROM scratch

ARG VERSION
ARG REVISION
# The time of the commit, in RFC 3339 format, so that a commit always gives the same
# image.
ARG CREATED
LABEL org.opencontainers.image.title="prisma_exporter" \
      org.opencontainers.image.description="Prometheus exporter for Palo Alto Networks Prisma Access" \
      org.opencontainers.image.authors="The prisma_exporter Authors" \
      org.opencontainers.image.vendor="The prisma_exporter Authors" \
      org.opencontainers.image.url="https://github.com/prisma-exporter/prisma_exporter" \
      org.opencontainers.image.documentation="https://github.com/prisma-exporter/prisma_exporter/tree/main/docs" \
      org.opencontainers.image.source="https://github.com/prisma-exporter/prisma_exporter" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/LICENSE /src/NOTICE /src/THIRD_PARTY_LICENSES /
COPY --from=build /out/prisma_exporter /bin/prisma_exporter
# The demo writes its key files to /tmp. Nothing else writes files.
COPY --from=build --chown=65532:65532 /out/tmp /tmp

# A numeric user, because Kubernetes needs one to check runAsNonRoot. It must be
# able to read the secrets that you mount into the container.
USER 65532:65532

EXPOSE 10058

# There is no HEALTHCHECK, because it would need a shell or an HTTP client in the
# image. Check /-/healthy and /-/ready from outside, for example with the httpGet
# probes of Kubernetes.
ENTRYPOINT ["/bin/prisma_exporter"]
