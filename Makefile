# What the targets need: Go, npm, and for the tests and the benchmark the Debian packages that
# .ci/run installs (nfdump, argus-client).
ENGINE := $(CURDIR)/engine-lib
LIB    := $(ENGINE)/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so
DEMO   := $(CURDIR)/demo-data
PORT   ?= 8642
FLOWS  ?= 1000000
HOSTS  ?= 1000000
OBSERVATIONS ?= 5000000

export IVRE_ENGINE_LIB ?= $(LIB)
export CGO_ENABLED := 0

SOURCES := $(shell find . -name '*.go' -not -path './engine-lib/*') $(shell find httpapi migrations engine -type f -not -name '*.go') go.mod go.sum

.PHONY: build engine test test-docker lint demo bench-flow bench-scan bench-passive bench-view fuzz clean

build: ivre

ivre: $(SOURCES)
	go build -trimpath -o ivre ./cli/ivre

# The engine: ClickHouse's library, fetched by the npm client and checked against the lock file's hash.
engine: $(LIB)

$(LIB): engine/npm/package.json engine/npm/package-lock.json
	mkdir -p $(ENGINE)
	cp engine/npm/package.json engine/npm/package-lock.json $(ENGINE)/
	cd $(ENGINE) && npm ci --ignore-scripts --no-audit --no-fund
	touch $(LIB)

# Loads the sample scans, captures and observations, makes the view into a database of its own and serves them until Ctrl-C.
demo: engine ivre
	rm -rf $(DEMO)
	./ivre --data-dir $(DEMO) flow2db samples/lab.nfcapd
	@if command -v ra >/dev/null; then ./ivre --data-dir $(DEMO) flow2db samples/lab.argus; \
	else echo "(the sample of Argus is left out: its program ra is not installed; Debian: argus-client)"; fi
	./ivre --data-dir $(DEMO) scan2db -c lab -s demo samples/lab-nmap.xml samples/lab-masscan.xml
	./ivre --data-dir $(DEMO) passiverecon2db -s demo samples/lab-passiverecon.log
	./ivre --data-dir $(DEMO) p0f2db -s demo samples/lab-p0f.log
	./ivre --data-dir $(DEMO) db2view
	./ivre --data-dir $(DEMO) scancli --count
	./ivre --data-dir $(DEMO) iphost --sub example.com
	./ivre --data-dir $(DEMO) ipinfo --top recontype
	./ivre --data-dir $(DEMO) top service
	./ivre --data-dir $(DEMO) flowcli --count
	./ivre --data-dir $(DEMO) flowcli --top proto dport --limit 5
	./ivre --data-dir $(DEMO) httpd --port $(PORT)

test: engine
	go vet ./...
	go test -timeout 15m ./...

# The same tests against the official ClickHouse image; where there is no Docker they say so and pass.
test-docker:
	go test -tags docker -timeout 30m ./...

lint:
	test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

# Prints load rates and latencies beside what the engine alone does. FLOWS=10000000 for a larger one.
bench-flow: engine ivre
	go run ./bench/flow --ivre ./ivre --out bench/out --flows $(FLOWS)

# The same for scans: HOSTS of Masscan and a tenth of that of Nmap.
bench-scan: engine ivre
	go run ./bench/scan --ivre ./ivre --out bench/out --hosts $(HOSTS)

# The same for passive records: OBSERVATIONS of a sensor.
bench-passive: engine ivre
	go run ./bench/passive --ivre ./ivre --out bench/out --observations $(OBSERVATIONS)

# The same for the view: HOSTS, scanned three times, and as many addresses with five observations each.
bench-view: engine ivre
	go run ./bench/view --ivre ./ivre --out bench/out --hosts $(HOSTS)

# Each fuzz target for a minute (FUZZTIME=5m for longer).
FUZZTIME ?= 1m
fuzz:
	@for pkg in $$(grep -rl '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -rhoE '^func Fuzz[A-Za-z0-9_]*' $$pkg/*_test.go | awk '{print $$2}'); do \
	    echo "== $$pkg $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5s $$pkg || exit 1; \
	  done; done

clean:
	rm -rf ivre demo-data bench/out
