# syntax=docker/dockerfile:1
# pair-server in an image of its own. Build: docker build -t pair-server .
# The binary holds all that it needs but the C library (SQLite, TLS and the web pages are inside); docs/decisions/089 says why that is not static.

FROM node:22-bookworm-slim AS pages
WORKDIR /src/pair-server/web
COPY pair-server/web/package.json pair-server/web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY pair-server/web ./
RUN npm run build

FROM rust:1.92-bookworm AS build
WORKDIR /src
COPY . .
COPY --from=pages /src/pair-server/web/dist pair-server/web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked -p pair-server \
    && install -D target/release/pair-server /out/usr/local/bin/pair-server \
    && install -d -o 65532 -g 65532 -m 0750 /out/var/lib/pair

# No shell, no package manager; its user is 65532.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build --chown=root:root /out/usr/local/bin/pair-server /usr/local/bin/pair-server
COPY --from=build --chown=65532:65532 /out/var/lib/pair /var/lib/pair
USER 65532:65532
ENV PAIR_LISTEN=0.0.0.0:8000 \
    PAIR_DATABASE_URL=sqlite:////var/lib/pair/pair.db \
    PAIR_LOG_FORMAT=json \
    XDG_DATA_HOME=/var/lib
WORKDIR /var/lib/pair
VOLUME /var/lib/pair
EXPOSE 8000/tcp 8000/udp 9464/tcp
# Ten seconds for the rooms' last edits, and five more.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["/usr/local/bin/pair-server", "ready"]
ENTRYPOINT ["/usr/local/bin/pair-server"]
