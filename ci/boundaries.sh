#!/usr/bin/env bash
# Proves the edges between the crates that ARCHITECTURE.md forbids. A line is a crate and what it must never reach.
set -euo pipefail

failed=0

# forbid <crate> <depth> <package>...: the crate must not depend on the packages, directly (depth 1) or at all (depth all).
forbid() {
    local crate=$1 depth=$2
    shift 2
    local options=(--package "$crate" --edges normal --prefix none --format '{p}' --locked)
    if [ "$depth" != all ]; then
        options+=(--depth "$depth")
    fi
    local tree
    # A package's own tree, not the workspace's, whatever feature unification the caller's environment asks for.
    tree=$(env -u CARGO_RESOLVER_FEATURE_UNIFICATION cargo tree "${options[@]}" | cut -d ' ' -f 1 | sort -u)
    local package
    for package in "$@"; do
        if grep -qx -- "$package" <<<"$tree"; then
            echo "$crate must not depend on $package" >&2
            failed=1
        fi
    done
}

forbid gristmill-index all datafusion parquet tokio sqlparser gristmill-storage gristmill-sql gristmill-engine gristmill-server
forbid gristmill-storage all datafusion sqlparser tokio gristmill-sql gristmill-engine gristmill-server
forbid gristmill-sql 1 parquet tokio usearch
forbid gristmill-sql all gristmill-storage gristmill-engine gristmill-server
forbid gristmill-engine all gristmill-server axum
forbid gristmill-server 1 gristmill-storage gristmill-index datafusion sqlparser

if [ "$failed" = 0 ]; then
    echo "crate boundaries hold"
fi
exit "$failed"
