# The front door: every target gets what it needs by itself (scripts/setup), builds with CMake's presets
# (CMakePresets.json), and can be called again at any time.

PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60

# clang-format's and clang-tidy's opinions differ between versions: ours is the one of Debian 12.
CLANG_FORMAT := $(firstword $(shell command -v clang-format-14 clang-format) clang-format)
C_FILES = $(shell git ls-files --cached --others --exclude-standard -- '*.c' '*.h')

# The functional tests are told where things are by these.
export DUCKALOG_PROGRAM = $(CURDIR)/build-dev/duckalog
export DUCKALOG_TEST_EXTENSIONS = $(CURDIR)/.deps/extensions
export DUCKALOG_TEST_DUCKDB_CLI = $(CURDIR)/.deps/venv/bin/duckdb
# Files of tests side by side, one more than there are cores, as much of it is waiting; each process starts the servers
# that it needs.
SIDE_BY_SIDE = -n $(shell expr $$(nproc) + 1) --maxprocesses 5 --dist loadscope

.DEFAULT_GOAL := help
.NOTPARALLEL: # the steps below use all cores themselves
.PHONY: help run build test test-unit test-functional test-local test-asan test-tsan test-kills lint format bench fuzz clean distclean install uninstall package test-package

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Build, then restore and query the example catalog of examples/quickstart
	@examples/quickstart/run build/duckalog

build: setup-build build/build.ninja ## Build the program and the library into build/
	@cmake --build --preset release

test: test-unit test-functional ## Run all tests

test-unit: setup-test build-dev/build.ninja ## Run the unit tests (cmocka)
	@cmake --build --preset dev
	@ctest --preset dev

test-functional: setup-test build-dev/build.ninja build-local/build.ninja ## Run the program as users do (pytest)
	@cmake --build --preset dev
	@cmake --build --preset local --target duckalog_program # tests/functional/test_without_remote.py
	@if ls tests/functional/test_*.py >/dev/null 2>&1; \
	then .deps/venv/bin/python -m pytest tests/functional -q $(SIDE_BY_SIDE); \
	else echo "no functional tests yet"; fi

test-local: setup-test build-local/build.ninja ## Run all tests once more with what is built without remote support
	@cmake --build --preset local
	@ctest --preset local
	@DUCKALOG_PROGRAM=$(CURDIR)/build-local/duckalog .deps/venv/bin/python -m pytest tests/functional -q $(SIDE_BY_SIDE)

test-asan: setup-test build-asan/build.ninja ## Run the unit tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@cmake --build --preset asan
	@ctest --preset asan

test-tsan: setup-test build-tsan/build.ninja ## Run the same under ThreadSanitizer
	@cmake --build --preset tsan
	@ctest --preset tsan

test-kills: setup-test build-dev/build.ninja ## Kill the program at each change of a file, and much more of what takes long
	@cmake --build --preset dev
	@DUCKALOG_TEST_LONG=1 build-dev/tests/fault/fault_connect
	@DUCKALOG_TEST_LONG=1 .deps/venv/bin/python -m pytest -q -rA tests/functional/test_kills.py \
	tests/functional/test_processes.py tests/functional/test_machine_limits.py tests/functional/test_stores.py tests/functional/test_export.py \
	tests/functional/test_canary.py

lint: setup-lint build-clang/build.ninja ## Check format, static analysis, a second compiler and the scripts
	@cmake --build --preset clang
	@scripts/lint build-clang

format: setup-lint ## Lay out the C files as .clang-format says
	@$(CLANG_FORMAT) -i $(C_FILES)

bench: setup-bench build-bench/build.ninja ## Run the benchmarks
	@cmake --build --preset bench
	@bench/run build-bench

fuzz: setup-fuzz build-fuzz/build.ninja ## Run each fuzzer for FUZZ_SECONDS (60)
	@cmake --build --preset fuzz
	@scripts/fuzz build-fuzz $(FUZZ_SECONDS)

install: ## Install what `make build` made below PREFIX (/usr/local), staged in DESTDIR
	@test -x build/duckalog || $(MAKE) build
	@cmake --install build --prefix "$(PREFIX)"

uninstall: ## Remove what `make install` put below PREFIX, and nothing else
	@cmake -DPREFIX="$(PREFIX)" -P cmake/Uninstall.cmake

package: setup-package ## Make Debian packages in build-package/
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || date +%s)} && \
	export SOURCE_DATE_EPOCH && cmake --preset package && cmake --build --preset package

test-package: setup-bare package ## Install the packages on a bare Debian in a folder and use them there (root)
	@scripts/test-package build-package

clean: ## Remove what was built
	@rm -rf build build-*

distclean: clean ## Remove what was downloaded too
	@rm -rf .deps

.PHONY: setup-build setup-package setup-bare setup-test setup-lint setup-bench setup-fuzz
setup-build setup-package setup-bare setup-test setup-lint setup-bench setup-fuzz: setup-%:
	@scripts/setup $*

# Ninja itself notices later changes of CMakeLists.txt; only the presets need a configuration from here.
build/build.ninja: CMakePresets.json | setup-build
	@cmake --preset release
	@touch $@

build-%/build.ninja: CMakePresets.json
	@cmake --preset $*
	@touch $@
