#!/bin/sh
# Print the path of the Chromium that the browser tests use; install one by apt where that is possible.
set -eu

find_chromium() {
    for name in "${SIGAP_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        if [ -n "$name" ] && command -v "$name" 2>/dev/null; then
            return 0
        fi
    done
    return 1
}

find_chromium && exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    as_root="no"
fi

if [ "$as_root" != no ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium with apt-get ..." >&2
    $as_root apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends chromium >&2
    find_chromium && exit 0
fi

echo "The browser tests need Chromium, and it could not be installed from here." >&2
echo "Install it (Debian: sudo apt-get install chromium) or set SIGAP_CHROMIUM to its path, then run make test again." >&2
exit 1
