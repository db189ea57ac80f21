# make demo | test | test-kernels | test-faults | test-real-servers | test-tools | build | lint | browser | bench-peers | man | install | uninstall
# One build configuration for everything: release, with testing enabled, so that the tests run what is shipped.

SWIFT    ?= swift
FLAGS    := -c release -Xswiftc -enable-testing
PREFIX   ?= /usr/local
SYSCONF  ?= /etc
UNITS    ?= $(PREFIX)/lib/systemd/system
DESTDIR  ?=
PYTHON   ?= python3
DEBIAN   := libarchive-dev libjpeg-dev liblzma-dev libpng-dev libsqlite3-dev pkg-config zlib1g-dev
BINARY   := .build/release/dandyroll

.PHONY: build demo test test-kernels test-faults test-real-servers test-tools lint browser bench-peers man install uninstall packages clean

build: packages
	$(SWIFT) build $(FLAGS) --product dandyroll

demo: build
	$(BINARY) demo

# Tests that compute keep the threads that those which talk to servers need to be in time, so they run first.
# Those have hundreds of files and processes open if all begin at once, more than Foundation's Process can bear: it reads
# /proc/self/fd past the end of its buffer.
ON_KERNELS := KernelsTests|NeuralNetTests|WatermarksTests|WorkTests|TrainingTests|ReleasesTests|FidelityTests|TrialsTests|EvidencePackagesTests|AuditsTests|AttacksTests|ReproductionsTests
COMPUTING := ^($(ON_KERNELS)|EvidenceTests|DatasetsTests)\.
test: packages
	$(SWIFT) build $(FLAGS) --build-tests --explicit-target-dependency-import-check error
	$(SWIFT) test $(FLAGS) --skip-build --filter '$(COMPUTING)'
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=40 \
	  $(SWIFT) test $(FLAGS) --skip-build --skip '$(COMPUTING)'
	@$(call under-other-kernels,$(TRAINING))

# Everything above ran with the kernels that DANDYROLL_KERNELS names, or the fastest. KernelsTests and most of NeuralNetTests
# go through every set themselves. What trains a network does so with the kernels of its process, so it runs again with every
# other set that this processor has. The programs that EndToEndTests starts are left to `make test-kernels`, for their time.
TRAINING := ^(NeuralNetTests\.(KernelSet|TrainingPlan)Tests|WatermarksTests\.(Attack|GeneratorTraining|PerceptualDistance)Tests|TrainingTests\.TrainWorkTests|TrialsTests\.(ModelEvaluation|QualifyWork|ReferencePanel)Tests)/
define under-other-kernels
for set in avx512 avx2 baseline; do \
  if ! used=$$(DANDYROLL_KERNELS=$$set $(BINARY) --version 2>/dev/null); then \
    echo "skipped: this processor does not run $$set"; \
  elif [ "$$used" != "$$($(BINARY) --version)" ]; then \
    echo "testing with $$set"; \
    DANDYROLL_KERNELS=$$set $(SWIFT) test $(FLAGS) --skip-build --filter '$(1)' || exit 1; \
  fi; \
done
endef

# All that computes or trains, with every set but the one that `make test` has run it with. The baseline takes long.
test-kernels: packages
	$(SWIFT) build $(FLAGS) --build-tests
	@$(call under-other-kernels,^($(ON_KERNELS)|EndToEndTests)\.)

# Everything that can go wrong with the file system while an archive is taken, one thing at a time: `make test` plays 60 of
# these faults, this the number that FAULTS says, or all that there are.
FAULTS ?= 1000
test-faults: packages
	$(SWIFT) build $(FLAGS) --build-tests --explicit-target-dependency-import-check error
	DANDYROLL_FAULTS=$(FAULTS) $(SWIFT) test $(FLAGS) --skip-build --filter '^ServiceTests\.DropFaultTests'

# MLServer, KServe and tritonclient from PyPI, about 1 GB in virtual environments, which the next run finds again. What
# cannot be installed is skipped, and that is said.
VENVS ?= $(or $(TMPDIR),/tmp)/dandyroll-venvs-$(shell id -u)
test-real-servers: build
	$(PYTHON) Tests/RealServers/check.py $(BINARY) --venvs $(VENVS)

# What people open datasets with, before original and release: torchvision, webdataset, Hugging Face's datasets and
# tensorflow-datasets, about 4 GB with torch and TensorFlow; bagit.py, mlcroissant and in-toto before what is beside the
# archive. Likewise kept and skipped. TOOLS names some of them: TOOLS="webdataset statements".
test-tools: build
	$(PYTHON) Tests/Tools/check.py $(BINARY) --venvs $(VENVS) $(foreach tool,$(TOOLS),--only $(tool))

# The status page in headless Chromium; OUT=DIR keeps the pictures there.
browser: build
	$(PYTHON) Tests/Browser/status_page.py $(BINARY) $(if $(OUT),--out $(OUT))

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

# Hours on a small machine. PYTHON has torch, onnx, onnxscript, onnxruntime and openvino; BENCH holds further options, such
# as BENCH="--rounds 5 --rows rows.jsonl" (see Benchmarks/bench_peers.py).
bench-peers: build
	$(PYTHON) Benchmarks/bench_peers.py $(BINARY) $(BENCH)

# Man pages of all commands, by ArgumentParser's own program for it. What it builds and makes lies in .build/manual; `make
# install` puts the pages that are there beside the program.
PARSER := $(CURDIR)/.build/checkouts/swift-argument-parser
MANUAL := $(CURDIR)/.build/manual
man: build
	$(SWIFT) build -c release --package-path $(PARSER) --scratch-path $(MANUAL)/build --product generate-manual
	rm -rf $(MANUAL)/man1 && install -d $(MANUAL)/man1
	$(MANUAL)/build/release/generate-manual $(BINARY) --multi-page --output-directory $(MANUAL)/man1

# Debian packages that are missing, installed once.
packages:
	@missing=; for package in $(DEBIAN); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  echo "installing$$missing"; \
	  $$sudo apt-get update -q && $$sudo apt-get install -q -y --no-install-recommends $$missing; \
	fi

# Run `make build` as yourself first, then `sudo make install`. The Swift runtime goes beside the program, where it is
# found when the toolchain is in a home directory that the service cannot see, or is gone one day.
COMPLETIONS := bash-completion/completions/dandyroll zsh/site-functions/_dandyroll fish/vendor_completions.d/dandyroll.fish
install:
	@test -x $(BINARY) || { echo "run 'make build' first"; exit 1; }
	install -D -m 0755 $(BINARY) $(DESTDIR)$(PREFIX)/lib/dandyroll/dandyroll
	ldd $(BINARY) | awk '/\/swift\/linux\//{print $$3}' | \
	  xargs -r install -m 0644 -t $(DESTDIR)$(PREFIX)/lib/dandyroll
	install -d $(DESTDIR)$(PREFIX)/bin
	ln -sf ../lib/dandyroll/dandyroll $(DESTDIR)$(PREFIX)/bin/dandyroll
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,$(dir $(COMPLETIONS)))
	for script in $(COMPLETIONS); do \
	  case $$script in bash*) shell=bash;; zsh*) shell=zsh;; *) shell=fish;; esac; \
	  $(BINARY) --generate-completion-script $$shell > $(DESTDIR)$(PREFIX)/share/$$script || exit 1; \
	done
	test ! -d $(MANUAL)/man1 || install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(MANUAL)/man1/*.1
	test -e $(DESTDIR)$(SYSCONF)/dandyroll/dandyroll.toml || \
	  install -D -m 0644 etc/dandyroll.toml $(DESTDIR)$(SYSCONF)/dandyroll/dandyroll.toml
	install -d $(DESTDIR)$(UNITS)
	sed 's|/usr/local/bin|$(PREFIX)/bin|' systemd/dandyroll.service > $(DESTDIR)$(UNITS)/dandyroll.service
	install -D -m 0644 systemd/dandyroll.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/dandyroll.conf
	install -D -m 0644 systemd/dandyroll.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/dandyroll.conf
	@if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then \
	  systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload; \
	fi

uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/lib/dandyroll
	rm -f $(DESTDIR)$(PREFIX)/bin/dandyroll $(DESTDIR)$(UNITS)/dandyroll.service \
	  $(DESTDIR)$(PREFIX)/lib/sysusers.d/dandyroll.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/dandyroll.conf \
	  $(addprefix $(DESTDIR)$(PREFIX)/share/,$(COMPLETIONS)) $(DESTDIR)$(PREFIX)/share/man/man1/dandyroll*.1

clean:
	rm -rf .build
