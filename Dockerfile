# One image with everything: the app (web client embedded), the gateway, and what tools run in.
# Built in three stages; only the last one is kept.

FROM node:22-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/pnpm-lock.yaml web/pnpm-workspace.yaml ./
RUN npm install --global "$(sed -n 's/.*"packageManager": *"\(pnpm@[0-9.]*\).*/\1/p' package.json)" \
 && pnpm install --frozen-lockfile
COPY web/ ./
# The address of the gateway as a browser on the same machine sees it. PUBLIC_WS_URL overrides it at run time.
ARG VITE_WS_URL=ws://localhost:3051/ws/agent
RUN VITE_WS_URL="$VITE_WS_URL" pnpm run build

FROM golang:1.26-bookworm AS go
WORKDIR /src
COPY go.mod go.sum ./
# The heaviest dependencies are compiled in a layer of their own, which a change of our source leaves alone.
RUN go mod download \
 && CGO_ENABLED=0 go build -trimpath modernc.org/sqlite github.com/anthropics/anthropic-sdk-go github.com/labstack/echo/v4
COPY cmd ./cmd
COPY pkg ./pkg
COPY web/embed.go ./web/embed.go
COPY --from=web /src/web/dist ./web/dist
ARG VERSION=
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X claude-agent-chat/pkg/lifecycle.version=$VERSION" -o /out/ ./cmd/app ./cmd/wsgateway

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends bubblewrap ca-certificates git jq patch ripgrep unzip \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 1001 nodejs \
 && useradd --uid 1001 --gid 1001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin nodejs \
 && install -d -o 1001 -g 1001 -m 0750 /data /data/users
COPY --from=go /out/app /out/wsgateway /usr/local/bin/
USER nodejs
WORKDIR /data
ENV CLAUDE_SESSIONS_ROOT=/data/users
VOLUME /data/users
EXPOSE 5000 3001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s --retries=3 \
  CMD app healthcheck "http://127.0.0.1:${PORT:-5000}/api/health" && app healthcheck "http://127.0.0.1:${WS_PORT:-3001}/api/health"
CMD ["app", "--with-gateway"]
