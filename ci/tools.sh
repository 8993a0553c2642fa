#!/usr/bin/env bash
# Checks that what the build needs is there, says by name what is missing, and installs it where that is possible.
set -euo pipefail

missing=()
command -v gcc >/dev/null || missing+=(gcc)
command -v g++ >/dev/null || missing+=(g++)
command -v make >/dev/null || missing+=(make)

if ! command -v "${CARGO:-cargo}" >/dev/null; then
    echo "Rust is missing: install Rust 1.95 or newer with https://rustup.rs and run this again." >&2
    exit 1
fi

if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing with apt-get: ${missing[*]}"
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" libc6-dev
    exit 0
fi
echo "Missing: ${missing[*]}. On Debian or Ubuntu: sudo apt-get install ${missing[*]} libc6-dev" >&2
exit 1
