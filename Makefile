# Everything here needs Go, npm and the Debian packages that .ci/run installs.
ENGINE  := $(CURDIR)/engine-lib
LIB     := $(ENGINE)/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so
export IVRE_ENGINE_LIB ?= $(LIB)
export CGO_ENABLED := 0

.PHONY: build engine

build: ivre

ivre: $(shell find . -name '*.go' -not -path './engine-lib/*') go.mod go.sum
	go build -trimpath -o ivre ./cli/ivre

# The engine: ClickHouse's library, fetched by the npm client and checked against the lock file's hash.
engine: $(LIB)

$(LIB): engine/npm/package.json engine/npm/package-lock.json
	mkdir -p $(ENGINE)
	cp engine/npm/package.json engine/npm/package-lock.json $(ENGINE)/
	cd $(ENGINE) && npm ci --ignore-scripts --no-audit --no-fund
	touch $(LIB)
