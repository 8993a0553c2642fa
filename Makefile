# The two commands a new user needs are `make demo` and `make test`.

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
PROGRAM := $(TARGET)/release/gristmill
DEMO := $(TARGET)/demo

.PHONY: demo build test tools format lint boundaries licences unit docs clean-demo

## demo: builds the program and runs examples/demo.sql over a fresh folder
demo: tools build clean-demo
	$(PROGRAM) local --path $(DEMO) --progress --echo --format PrettyCompact --queries-file examples/demo.sql
	@echo
	@echo "The database is in $(DEMO). Ask it more: $(PROGRAM) local --path $(DEMO)"

build: tools
	$(CARGO) build --release --locked --package gristmill-server

clean-demo:
	@rm -rf $(DEMO)

## test: everything that CI checks, the fast checks first
test: tools format lint boundaries licences unit docs

format:
	$(CARGO) fmt --all --check

lint:
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

boundaries:
	ci/boundaries.sh

licences:
	ci/licences.sh

unit:
	$(CARGO) test --workspace --locked

docs:
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" $(CARGO) doc --workspace --no-deps --document-private-items --locked

tools:
	@ci/tools.sh
