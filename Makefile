# Two commands for a fresh machine: `make run` (the experiment) and `make test`.

SWIFT ?= swift
CLANG ?= clang
PREFIX ?= /usr/local
BUILD = .build/release
PROGRAM = $(BUILD)/nightjar
# Debian packages that the build, the data sets and the checks need.
PACKAGES = liblua5.4-dev libopenblas-dev libsqlite3-dev zlib1g-dev libedit-dev libzmq3-dev libseccomp-dev \
	libspng-dev libturbojpeg0-dev libcurl4-openssl-dev dataset-fashion-mnist
# What makes the site of the documentation.
SITE_PACKAGES = python3-markdown-it python3-pygments
# Lua packages that plugins can declare: tests of them are skipped where they are not installed.
LUA_PACKAGES = lua-penlight lua-inspect lua-lpeg
# What starts processes that share a training: tests of it are skipped where it is not installed.
MPI_PACKAGES = openmpi-bin libopenmpi3
CHECK_PACKAGES = $(PACKAGES) lua-check $(LUA_PACKAGES) $(SITE_PACKAGES) $(MPI_PACKAGES)
RUN_FLAGS ?=

.PHONY: run test instruction-sets graphs sanitize sanitize-shim docs pages gallery paper site check-site bench bench-check bench-main bench-runs \
	check-report check-serve check-export test-slurm stop-times exhaustive lint lint-c \
	fuzz fuzz-files format install static deb tarball test-packages clean build packages check-packages peers

run: build
	$(PROGRAM) run lua/experiments/memorization.lua $(RUN_FLAGS)

build: packages
	$(SWIFT) build -c release --product nightjar
	$(SWIFT) build -c release --product nightjar-serve

test: check-packages lint
	$(SWIFT) build -c release --build-tests
	$(SWIFT) build -c release --product nightjar
	$(SWIFT) build -c release --product nightjar-serve
	$(SWIFT) build -c release --product NightjarC
	$(SWIFT) test -c release --skip-build
	$(MAKE) instruction-sets
	$(PROGRAM) test plugins lua

# Fused against eager and naive on 10,000 random graphs of each kind, with gradients; `make test` has hundreds.
GRAPHS ?= 10000
graphs: packages
	$(SWIFT) build -c release --build-tests
	NIGHTJAR_CASES=$(GRAPHS) $(SWIFT) test -c release --skip-build --filter PlannedAgainstNaiveTests

# What runs kernels, once more on the other instruction sets that this processor has; those it lacks are left out. Of the
# networks those with smooth activations: where a rectifier falls differs with the order of sums.
ISA_TESTS = CKernelsTests|NightjarEngineTests|ThreadTests|CornerTests
instruction-sets:
	for set in baseline avx2; do \
		echo "instruction set $$set"; \
		NIGHTJAR_ISA=$$set $(SWIFT) test -c release --skip-build --filter "$(ISA_TESTS)" || exit 1; \
		NIGHTJAR_ISA=$$set $(PROGRAM) test plugins/models || exit 1; \
	done

# The boundary to Lua, tensors and the engine under the address sanitizer, with leaks, and with every fault injected; the
# pool under the thread sanitizer. Optimised, since the C kernels are slow without; XCTest, which runs no test of ours,
# leaks by itself.
SANITIZED = NightjarScriptingTests|NightjarTensorTests|NightjarGraphTests|NightjarEngineTests
sanitize: check-packages sanitize-shim
	$(SWIFT) build -c release --scratch-path .build-asan --sanitize=address --build-tests
	NIGHTJAR_FAULTS=all ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 \
		LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks.supp \
		$(SWIFT) test -c release --scratch-path .build-asan --sanitize=address --skip-build --disable-xctest \
		--filter "$(SANITIZED)"
	$(SWIFT) build -c release --scratch-path .build-tsan --sanitize=thread --build-tests
	TSAN_OPTIONS=halt_on_error=1:allocator_may_return_null=1:suppressions=$(CURDIR)/Tests/races.supp \
		$(SWIFT) test -c release --scratch-path .build-tsan --sanitize=thread --skip-build --disable-xctest \
		--filter "ThreadPoolTests|TileSharesTests|PlanTests|StorageTests|SideJobTests|JointKernelTests|BatchFeedTests"

# The boundary to Lua as C: no warning, also of conversions, and nothing that clang's static analyser finds.
SHIM_C = $(CLANG) -std=gnu17 -ISources/CLuaShim/include -ISources/CProcess/include -ISources/CWall/include -ISources/CNative/include -ISources/CFetch/include -ISources/CMPI/include -ISources/CZeroMQ/include -ISources/CStart/include $(shell pkg-config --cflags lua5.4 2>/dev/null)
lint-c: packages
	for file in Sources/CLuaShim/*.c Sources/CProcess/*.c Sources/CWall/*.c Sources/CNative/*.c Sources/CFetch/*.c Sources/CMPI/*.c Sources/CZeroMQ/*.c Sources/CStart/*.c; do \
		$(SHIM_C) -Wall -Wextra -Wconversion -Werror -fsyntax-only $$file || exit 1; \
		$(SHIM_C) --analyze -Xclang -analyzer-output=text -Xclang -analyzer-werror -o /dev/null $$file || exit 1; \
	done

# Changed files of arrays, weights, configurations and tables: about 24,000 in all; the tests have a few hundred of each.
FILE_CASES ?= 3500
fuzz-files: check-packages
	$(SWIFT) build -c release --build-tests
	NIGHTJAR_FILE_CASES=$(FILE_CASES) $(SWIFT) test -c release --skip-build --filter "HostileFileTests|ArrayFuzzTests"

# Everything that takes files, texts and calls of strangers with inputs that libFuzzer finds, under the address sanitizer; the
# tests have 20,000 of each. FUZZ_TARGETS="png json" takes these.
.PHONY: fuzz-readers
FUZZ_INPUTS ?= 2000000
FUZZ_TARGETS ?=
fuzz-readers: packages
	SWIFT=$(SWIFT) scripts/fuzz-readers.sh $(FUZZ_INPUTS) $(FUZZ_TARGETS)

# Random calls of everything that scripts can reach: in little memory, then under the address sanitizer.
FUZZ_CALLS ?= 200000
FUZZ_SANITIZED_CALLS ?= 2000000
FUZZ_SEED ?= 1
fuzz: build fuzz-files
	scripts/fuzz.sh $(PROGRAM) $(FUZZ_CALLS) $(FUZZ_SEED) 2000000
	$(SWIFT) build -c release --scratch-path .build-asan --sanitize=address --product nightjar
	scripts/fuzz.sh .build-asan/release/nightjar $(FUZZ_SANITIZED_CALLS) $(FUZZ_SEED) 0

# The boundary's C alone, with a host of counters, its own assertions and a Lua whose assertions and interface checks are
# on, under the sanitizers of addresses and of undefined behaviour: no fault, then each fault once.
CHECKED_LUA = $(CURDIR)/.build/lua-checked
CHECKED_FLAGS = PKG_CONFIG_PATH=$(CHECKED_LUA) pkg-config lua5.4
sanitize-shim: packages
	scripts/lua-checked.sh $(CHECKED_LUA) || true
	$(CLANG) -std=gnu17 -O1 -g -fuse-ld=lld -fsanitize=address,undefined -fno-sanitize-recover=all -DNJL_CHECKED \
		-ISources/CLuaShim/include -ISources/CProcess/include $$($(CHECKED_FLAGS) --cflags) Tests/Shim/checked.c \
		Sources/CLuaShim/*.c Sources/CProcess/*.c \
		$$($(CHECKED_FLAGS) --libs) -lm -ldl -o .build/checked
	.build/checked

lint: lint-c
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests
	luacheck --quiet lua plugins examples Tests

format:
	$(SWIFT) format format --in-place --parallel --recursive Package.swift Sources Tests

# The reference page and the editor definitions, from the binding table and the declarations in lua/nightjar.
docs: build
	$(PROGRAM) docs

# docs/paper.md and its pictures, from the runs of lua/experiments/paper.lua that there are.
paper: build
	$(PROGRAM) run lua/experiments/paper/page.lua --quiet > .build/paper.md
	mv .build/paper.md docs/paper.md

# The outputs that pages of docs/ show, written anew where they differ; the tests compare them.
pages: build
	scripts/pages.py --program $(PROGRAM) --write

# docs/gallery.md and its figures, from the scripts of examples/ and the quick forms of lua/experiments/.
gallery: build
	scripts/gallery.py --program $(PROGRAM)

# All of the documentation as a static site with a search.
SITE = .build-site
site:
	@scripts/packages.sh $(SITE_PACKAGES)
	"$$(scripts/site/python.sh)" scripts/site/build.py $(SITE)

# Its links, its search and its look in Chromium, as far as that is installed.
check-site: site
	Tests/Site/check.py $(SITE)

bench: build
	$(PROGRAM) bench all

# The main job in turn with the same in PyTorch, as a ratio. BENCH_MAIN="--isa avx2" holds both to AVX2.
bench-main: build
	scripts/bench-main.py $(PROGRAM) $(BENCH_MAIN)

# Fails where a training step has become slower, measured against the machine's own speed in the same run.
bench-check: build
	$(PROGRAM) bench check

# Milliseconds from one Ctrl-C to the end, for each kind of work; fails where one takes a second.
stop-times: build
	scripts/stop-times.py $(PROGRAM)

# Runs and grids ended at every call that changes a file, by every signal, started twice: the same bytes must come of it.
.PHONY: kills
KILL_FLAGS ?= --rounds 200
kills: build
	scripts/kills.py $(PROGRAM) $(KILL_FLAGS)

# All tests with memory that is NaN before it is written and after it was given back.
.PHONY: poisoned
poisoned: check-packages
	$(SWIFT) build -c release --build-tests
	NIGHTJAR_POISON_MEMORY=1 $(SWIFT) test -c release --skip-build
	NIGHTJAR_POISON_MEMORY=1 $(PROGRAM) test plugins lua

# Each single bit of a checkpoint of 20 kB flipped, each cut of the files of a run; `make test` flips one bit of each byte.
.PHONY: bits
bits: check-packages
	$(SWIFT) build -c release --build-tests
	NIGHTJAR_EVERY_BIT=1 $(SWIFT) test -c release --skip-build --filter FileSumsTests

# A hundred thousand steps with --watch, checkpoints, averages and a ledger: resident memory within 1 % of that after the
# first thousand, no descriptor more.
.PHONY: soak
SOAK_STEPS ?= 100000
soak: build
	scripts/soak.py $(PROGRAM) --steps $(SOAK_STEPS)

# Faults planted one by one in a copy of the tree, and the test that catches each: about a minute each, but for those in Lua.
# MUTANT_FLAGS="--only plugins/" takes these.
.PHONY: mutants
MUTANT_FLAGS ?=
mutants: check-packages
	scripts/mutants.py --swift $(SWIFT) $(MUTANT_FLAGS)

# Lines of each target that the tests run; fails where a target other than the command has fewer than 90 % of them.
.PHONY: coverage
coverage: check-packages
	scripts/coverage.py --swift $(SWIFT)

# Ten thousand runs: what a list, a table and the index of them take. Fails past 200 ms, and 30 s.
bench-runs: build
	scripts/bench-runs.py $(PROGRAM)

# An experiment as a job array of a real Slurm, which is started here for it and stopped: a drained node, a preempted job, a
# time limit, a controller that restarts. Skips where Slurm is not installed (apt-get install slurm-wlm munge).
test-slurm: build
	Tests/Slurm/check.py $(PROGRAM)

# Exports read by TensorBoard and MLflow, which come from PyPI into an environment of their own; skips without a network.
check-export: build
	Tests/Export/check.py $(PROGRAM)

# The live page in Chromium, while runs go and with 5,000 of them, as far as that is installed.
check-serve: build
	Tests/Serve/check.py $(PROGRAM)

# Report and figures in Chromium, PDF in poppler and qpdf, tables in LaTeX, as far as these are installed.
check-report: build
	Tests/Report/check.py $(PROGRAM)

# Every float32 input of every function of one argument, and 2^30 pairs for pow, on every instruction set that the machine
# has: about forty minutes of one core, spread over all cores.
# EXHAUSTIVE="--step 127 exp" takes fewer inputs, and some functions.
exhaustive:
	mkdir -p .build
	$(CLANG) -O3 -ISources/CKernels/include -o .build/exhaustive \
		Tests/CKernelsTests/Exhaustive/exhaustive.c Sources/CKernels/*.c -lm -lpthread
	.build/exhaustive $(EXHAUSTIVE)

# PyTorch and JAX, for measuring side by side.
peers:
	python3 -m venv .peers
	.peers/bin/pip install --quiet "torch==2.13.0+cpu" numpy jax jaxlib || .peers/bin/pip install --quiet torch numpy jax jaxlib

install: build
	scripts/install.sh "$(PROGRAM)" "$(DESTDIR)$(PREFIX)"

# Programs that need no Swift where they run, in a folder of their own: other flags would build everything else anew. Once as
# the system finds its libraries, once so that they are looked for beside them.
STATIC = .build-static
STATIC_BUILD = $(SWIFT) build -c release --scratch-path $(STATIC) --static-swift-stdlib --disable-local-rpath
BESIDE = -Xlinker -rpath='$$ORIGIN/../lib/nightjar:$$ORIGIN/../../lib/nightjar' -Xlinker --disable-new-dtags
static: packages
	mkdir -p $(STATIC)/system $(STATIC)/beside
	for name in nightjar nightjar-serve; do \
		$(STATIC_BUILD) --product $$name || exit 1; cp $(STATIC)/release/$$name $(STATIC)/system/ || exit 1; \
	done
	for name in nightjar nightjar-serve; do \
		$(STATIC_BUILD) --product $$name $(BESIDE) || exit 1; cp $(STATIC)/release/$$name $(STATIC)/beside/ || exit 1; \
	done

# Packages, in dist: for Debian and what descends from it, and for any Linux with a glibc as recent as this one.
deb: static
	scripts/package/deb.sh $(STATIC)/system/nightjar dist

tarball: static
	scripts/package/tarball.sh $(STATIC)/beside/nightjar dist

# lintian, then both packages in a bare Debian 12 (debootstrap, as root): installed, the main experiment run, removed.
test-packages: deb tarball
	if command -v lintian > /dev/null; then lintian --fail-on error dist/nightjar_*.deb; \
	else echo "skipped: lintian is not installed"; fi
	for package in dist/nightjar_*.deb dist/nightjar-*.tar.gz; do Tests/Package/check.sh $$package || exit 1; done

packages:
	@scripts/packages.sh $(PACKAGES)

check-packages:
	@scripts/packages.sh $(CHECK_PACKAGES)

clean:
	rm -rf .build
