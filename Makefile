# The one-word commands; CMake and Ninja do the work. PRESET=debug|clang|asan|tsan builds into build-PRESET/.
PRESET ?= release
BUILD := $(if $(filter release,$(PRESET)),build,build-$(PRESET))
CMAKE ?= cmake

all: $(BUILD)/build.ninja
	$(CMAKE) --build $(BUILD)

$(BUILD)/build.ninja:
	$(CMAKE) --preset $(PRESET) $(CMAKE_FLAGS)

check: all
	cd $(BUILD) && ctest --output-on-failure

# The bars; bench/run without --quick measures everything.
bench: all
	bench/run --quick --bin $(BUILD)/bin --json $(BUILD)/bench.json

install: all
	DESTDIR=$(DESTDIR) $(CMAKE) --install $(BUILD) --prefix $(or $(PREFIX),/usr/local)

clean:
	rm -rf build build-debug build-clang build-asan build-tsan

.PHONY: all check bench install clean
