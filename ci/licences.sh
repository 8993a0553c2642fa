#!/usr/bin/env bash
# Licences, advisories and duplicates of the dependencies, by deny.toml, where cargo-deny is installed.
set -euo pipefail

if command -v cargo-deny >/dev/null; then
    cargo deny --locked check bans licenses sources
else
    echo "cargo-deny is not installed: licences were not checked (cargo install cargo-deny)"
fi
