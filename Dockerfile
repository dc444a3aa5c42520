# Go compiles for any platform on any platform, so the builder runs on the
# machine's own and only the result is of the target's.
# The version is that of go.mod; `make lint` compares them.
ARG GO_VERSION=1.26
FROM --platform=$BUILDPLATFORM golang:${GO_VERSION} AS build

WORKDIR /src

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
ARG VERSION
ARG REVISION
ARG BRANCH
ARG BUILD_USER=docker
ARG BUILD_DATE
RUN GOOS="${TARGETOS}" GOARCH="${TARGETARCH}" make build OUTPUT=/out/prisma_exporter && mkdir /out/tmp

# The binary is static and asks nothing of a system but the certificate
# authorities that it checks Prisma Access against.
FROM scratch

LABEL org.opencontainers.image.title="prisma_exporter" \
      org.opencontainers.image.description="Prometheus exporter for Palo Alto Networks Prisma Access" \
      org.opencontainers.image.source="https://github.com/prisma-exporter/prisma_exporter" \
      org.opencontainers.image.licenses="Apache-2.0"

COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/LICENSE /src/NOTICE /
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
