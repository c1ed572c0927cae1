# Faultlog. `make demo` shows it, `make test` proves it.
# Every target installs the Debian packages that it lacks, and says so.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BUILD_DEBS := liblz4-dev libxxhash-dev zlib1g-dev libbrotli-dev libzstd-dev libsqlite3-dev pkg-config
TEST_DEBS := $(BUILD_DEBS) lz4 python3-venv
BENCH_DEBS := $(TEST_DEBS) gcc sqlite3

RELEASE := .build/release
# The Swift libraries are linked in: the programs start sooner, take less memory, and run where no
# Swift is.
BUILD_RELEASE := swift build -c release --static-swift-stdlib
DEBUG := .build/debug
# So many tests at once: all together, each with a server of some twenty threads, they take half as
# long again, and what has to happen within seconds sometimes does not.
SWIFT_TEST := SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=12 swift test --skip-build
SOURCES := Sources Tests Benchmarks Package.swift

.PHONY: help demo build run test sdks hostile torture bench soak lint clean

help:
	@echo "make demo   build, stream real errors through the server, show what it does"
	@echo "make run    build, serve on 127.0.0.1:7400 with data in data/store"
	@echo "make build  build logserver and logctl in .build/release"
	@echo "make test   all tests, and the real server under kill -9"
	@echo "make sdks   many SDKs, of Python, Ruby, Go and browsers, as applications use them"
	@echo "make hostile  clients that mean harm, beside one that does its work"
	@echo "make torture  the same in large numbers, an hour and a half; the engine is broken on purpose too"
	@echo "make bench  speed, beside floors and peers in the same run"
	@echo "make soak   half an hour at 2,500 events a second: memory, the views, every event counted"
	@echo "make lint   formatting and documentation rules"

demo: build
	@Tests/Acceptance/packages.sh $(TEST_DEBS)
	FAULTLOG_BIN=$(CURDIR)/$(RELEASE) python3 Tests/Acceptance/demo.py

build:
	@Tests/Acceptance/packages.sh $(BUILD_DEBS)
	$(BUILD_RELEASE) --product logserver
	$(BUILD_RELEASE) --product logctl

run: build
	$(RELEASE)/logserver --data data/store

test:
	@Tests/Acceptance/packages.sh $(TEST_DEBS)
	swift build --build-tests
	# In three runs: trials that compute for seconds must not keep waiting those that wait for each other.
	$(SWIFT_TEST) --skip 'ProjectionsTests|LogServerTests'
	$(SWIFT_TEST) --filter ProjectionsTests
	$(SWIFT_TEST) --filter LogServerTests
	FAULTLOG_BIN=$(CURDIR)/$(DEBUG) Tests/Acceptance/run.sh

sdks: build
	@Tests/Acceptance/packages.sh $(TEST_DEBS)
	FAULTLOG_BIN=$(CURDIR)/$(RELEASE) python3 Tests/Acceptance/sdks/run.py
	FAULTLOG_BIN=$(CURDIR)/$(RELEASE) python3 Tests/Acceptance/sourcemaps/browser.py

hostile: build
	FAULTLOG_BIN=$(CURDIR)/$(RELEASE) python3 Tests/Acceptance/hostile.py

torture: build
	@Tests/Acceptance/packages.sh $(TEST_DEBS) gcc
	$(BUILD_RELEASE) --product faultlog-torture
	FAULTLOG_BIN=$(CURDIR)/$(RELEASE) Tests/Torture/run.sh

bench:
	@Tests/Acceptance/packages.sh $(BENCH_DEBS)
	Benchmarks/run.sh

soak: build
	@Tests/Acceptance/packages.sh $(BENCH_DEBS)
	$(BUILD_RELEASE) --product faultlog-bench
	FAULTLOG_BIN=$(CURDIR)/$(RELEASE) python3 Benchmarks/soak.py

lint:
	swift format lint --strict --recursive --parallel $(SOURCES)

clean:
	rm -rf .build
