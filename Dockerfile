# Go compiles for any platform on any platform, so the builder runs on the
# machine's own and only the result is of the target's.
#
# The image that compiles is pinned by the digest of its index, which has all
# platforms. Its version is that of go.mod; `make lint` compares them, and
# Dependabot updates it. GO_IMAGE takes another one, such as a mirror's:
#   docker build --build-arg GO_IMAGE=mirror.example.com/golang:1.26@sha256:… .
ARG GO_IMAGE=pinned
FROM --platform=$BUILDPLATFORM golang:1.26.8@sha256:6c2a5538f964f1c82f97ad14988bf05de100d922d159d0e398b54c7b0ca0c6c9 AS pinned

FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build

WORKDIR /src

# Where modules come from. Docker itself hands over HTTPS_PROXY and NO_PROXY as
# build arguments, and keeps them out of the image.
ARG GOPROXY
ARG GOSUMDB
ARG GONOSUMDB

# Modules first: they change less often than the code.
COPY go.mod go.sum ./
RUN go mod download

COPY . .

# There is no .git in the build context, so what --version tells comes from
# outside, for instance:
#   docker build --build-arg REVISION="$(git rev-parse HEAD)" .
# make finds these in its environment; VERSION is otherwise read from the file
# of that name, and BUILD_DATE from the clock.
ARG TARGETOS
ARG TARGETARCH
ARG TARGETVARIANT
ARG VERSION
ARG REVISION
ARG BRANCH
ARG BUILD_USER=docker
ARG BUILD_DATE
RUN GOOS="${TARGETOS}" GOARCH="${TARGETARCH}" GOARM="${TARGETVARIANT#v}" make build OUTPUT=/out/prisma_exporter && mkdir /out/tmp

# The binary is static and asks nothing of a system but the certificate
# authorities that it checks Prisma Access against.
FROM scratch

ARG VERSION
ARG REVISION
# As RFC 3339 has it: the commit's time, so that one commit gives one image.
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
# The demo keeps its keys there; nothing else writes a file.
COPY --from=build --chown=65532:65532 /out/tmp /tmp

# A number, so that Kubernetes' runAsNonRoot can tell without an /etc/passwd.
# Secrets mounted into the container have to be readable by it.
USER 65532:65532

EXPOSE 10058

# No HEALTHCHECK: it would need a shell or a client inside, and there is
# neither. Ask /-/healthy and /-/ready from outside (Kubernetes' httpGet).
ENTRYPOINT ["/bin/prisma_exporter"]
