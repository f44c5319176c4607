# SPDX-License-Identifier: Apache-2.0
# A thin front: each target installs the Debian packages it needs if they are missing (as root or
# with sudo), configures a build directory and calls the tool that does the work.

PREFIX ?= /usr/local
FUZZ_SECONDS ?= 20
# What is installed: tests need not be built for that.
PROGRAMS = $(foreach name,x400d x400ctl x400dump x400load,src/prog/$(name)/$(name))
FUZZ_TARGETS ?=
SIM_FROM ?= 1

# Optimised or instrumented, code makes gcc warn of what cannot happen; the plain build holds the
# warnings.
MESON_RELEASE = --buildtype=release -Dwerror=false
MESON_COVERAGE = --buildtype=debug -Db_coverage=true -Dwerror=false
MESON_ASAN = -Db_sanitize=address,undefined -Db_lundef=false -Dwerror=false
# The tests also count which lines they run.
MESON_TESTED = $(MESON_ASAN) -Db_coverage=true

.PHONY: help build demo test asan lint fuzz coverage bench sim sim-long install deps clean

help:
	@echo "make demo     build, then two MTAs exchange a message and its delivery report"
	@echo "make test     build and run every test"
	@echo "make build    build into build/"
	@echo "make asan     unit, scenario, interop and fuzz-replay tests under ASan and UBSan"
	@echo "make lint     formatting, clang-tidy, layers, house rules, man pages, shell scripts"
	@echo "make fuzz     every fuzz target, or FUZZ_TARGETS, for FUZZ_SECONDS=$(FUZZ_SECONDS)"
	@echo "make coverage which lines of src/ the unit, scenario, interop and fuzz-replay tests run"
	@echo "make bench    messages per second and CPU of each beside Postfix; a chart"
	@echo "make sim      2,000 simulated networks of MTAs, from seed SIM_FROM=$(SIM_FROM) on"
	@echo "make sim-long the same until one fails or it is stopped"
	@echo "make install  programs, man pages, systemd unit, OCF agent; PREFIX=$(PREFIX) DESTDIR="
	@echo "make deps     only install the packages for all of these"
	@echo "make clean    remove the build directories"

build:
	tools/deps build
	tools/setup build
	ninja -C build

demo: build
	examples/demo/run build

test:
	tools/deps build test
	tools/setup build
	tools/setup build-asan $(MESON_TESTED)
	ninja -C build
	ninja -C build-asan
	tools/run-tests build build-asan

asan:
	tools/deps build test
	tools/setup build-asan $(MESON_TESTED)
	ninja -C build-asan
	tools/run-tests - build-asan

lint:
	tools/deps build lint
	CC=clang tools/setup build-clang
	ninja -C build-clang
	tools/lint build-clang

fuzz:
	tools/deps build fuzz
	CC=clang tools/setup build-fuzz $(MESON_ASAN) -Dfuzz=true
	ninja -C build-fuzz
	tools/fuzz build-fuzz $(FUZZ_SECONDS) $(FUZZ_TARGETS)

coverage:
	tools/deps build test
	tools/setup build-coverage $(MESON_COVERAGE)
	ninja -C build-coverage
	tools/coverage --run build-coverage

bench:
	tools/deps build bench || tools/deps build
	tools/setup build-release $(MESON_RELEASE)
	ninja -C build-release
	tests/bench/run relay build-release --json build-release/bench.json --svg build-release/bench.svg

sim: build
	build/tests/sim/x400sim --runs 2000 --jobs 2 --from $(SIM_FROM)

sim-long: build
	build/tests/sim/x400sim --runs 0 --jobs 2 --from $(SIM_FROM)

install:
	tools/deps build
	tools/setup build-release $(MESON_RELEASE) --prefix=$(PREFIX) --sysconfdir=/etc
	ninja -C build-release $(PROGRAMS)
	meson install -C build-release --no-rebuild

deps:
	tools/deps build test lint fuzz

clean:
	rm -rf build build-asan build-clang build-coverage build-fuzz build-release
