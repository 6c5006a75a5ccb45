# Front door. Each target runs in the GNOME platform, which tools/platform finds or makes.
# `make run` and `make test` are the two that a newcomer needs; `make help` lists the rest.

MAKEFLAGS += --no-print-directory
PREFIX ?= /usr/local
ONLY ?=
PLATFORM := tools/platform run
JOBS ?= $(shell nproc)

SETUP := tools/setup-build

.DEFAULT_GOAL := help
.PHONY: help run build test soak fuzz lint bench screenshots install uninstall deb flatpak pot po clean clean-platform

help: ## this list
	@echo "Régie: make TARGET"
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: build ## build and open the window (BROWSER=1: in a browser; no display: a table in the terminal)
	@$(PLATFORM) tools/run $(if $(BROWSER),--browser)

build: ## build build/src/regie and build/src/regie-engine
	@$(PLATFORM) $(SETUP) build --buildtype=debugoptimized -Dtests=false
	@$(PLATFORM) ninja -j $(JOBS) -C build

test: ## all tests, under AddressSanitizer and UBSan (ARGS="--suite unit": a part)
	@$(PLATFORM) tools/run-tests $(ARGS)

soak: ## the long endurance tests (SEED=…, KILLS=…)
	@$(PLATFORM) tools/run-tests --build-only
	@$(PLATFORM) tools/headless tests/soak/run build-test $(ARGS)

fuzz: ## search with libFuzzer (SECONDS_EACH=60, ONLY=target); what is found stays in build/fuzz
	@tools/platform --with fuzz run tools/build-fuzz
	@ONLY="$(ONLY)" tools/platform --with fuzz run tests/fuzz/run build-fuzz $(ARGS)

lint: ## style, warnings, static analysis, data files, translations
	@$(PLATFORM) tools/lint

bench: ## measure beside the peers (ONLY=start,list …); results in build/bench
	@tools/platform --with bench run $(SETUP) build-release --buildtype=release
	@tools/platform --with bench run ninja -j $(JOBS) -C build-release
	@ONLY="$(ONLY)" tools/platform --with bench run tools/headless tests/bench/run build-release $(ARGS)

screenshots: ## draw every page into build/screenshots
	@$(PLATFORM) $(SETUP) build-release --buildtype=release
	@$(PLATFORM) ninja -j $(JOBS) -C build-release
	@ONLY="$(ONLY)" $(PLATFORM) tools/headless tests/screenshots/run build-release $(ARGS)

install: ## install to PREFIX (default /usr/local), below DESTDIR where given
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" tools/install

uninstall: ## remove what install put there
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" tools/install --remove

deb: ## the Debian package, in dist/
	@$(PLATFORM) tools/build-deb

flatpak: ## check the Flatpak manifest, and build it where flatpak-builder is at hand
	@tools/build-flatpak

pot: ## write po/regie.pot anew
	@$(PLATFORM) tools/update-po --pot

po: ## bring the translations up to the sources
	@$(PLATFORM) tools/update-po

clean: ## remove the build folders
	rm -rf build build-test build-release build-fuzz build-lint build-deb build-install build-flatpak dist

clean-platform: ## remove the private root and its downloads
	@tools/platform clean
