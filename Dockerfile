# The program alone: it uses the ClickHouse server of docker-compose.yml.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /ivre ./cli/ivre

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends nfdump argus-client ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build /ivre /usr/local/bin/ivre
USER nobody
ENTRYPOINT ["ivre"]
