#!/bin/sh
# make bundle: everything that a machine without internet needs, in one file, and the sources alone in another.
#
#   dist/sigap-<version>.tar.gz          sources, Python packages, the map's JavaScript (DEBS=1: Debian packages)
#   dist/sigap-<version>-source.tar.gz   sources only; packages come from the internet
#   dist/SHA256SUMS
#
# VERSION names them. PYTHONS="3.11 3.12" packs for these Pythons of this kind of machine (default: the one of
# .venv). DEBS=1 adds python3, python3-venv, make, curl, openssl and nginx as this machine's apt has them.
set -eu

version=$1
python=.venv/bin/python
name="sigap-$version"
out=dist
stage="$out/stage/$name"
store="$out/packages"
debs="python3 python3-venv make curl openssl ca-certificates nginx"

git rev-parse --git-dir > /dev/null 2>&1 || {
    echo "make bundle needs the git checkout of Sigap: this folder is none. Run it where the sources were cloned." >&2
    exit 1
}

rm -rf "$out/stage"
mkdir -p "$stage"
git ls-files -z --cached --others --exclude-standard \
    | xargs -0 sh -c 'for file; do if [ -e "$file" ]; then printf "%s\0" "$file"; fi; done' _ \
    | tar --null --files-from=- --create --file=- | tar --extract --file=- --directory="$stage"
commit=$(git rev-parse HEAD)
[ -z "$(git status --porcelain)" ] || commit="$commit with changes that are not committed"
echo "$commit" > "$stage/COMMIT"
pack() { tar --create --use-compress-program="gzip -1" --owner=0 --group=0 --directory="$out/stage" --file="$1" "$name"; }
pack "$out/$name-source.tar.gz"

# The packages are kept between two runs as long as the same ones are wanted.
wanted="$(cat requirements.txt) for ${PYTHONS:-this}"
if [ ! -d "$store" ] || [ "$(cat "$store/.wanted" 2> /dev/null)" != "$wanted" ]; then
    rm -rf "$store"
    mkdir -p "$store"
    echo "Collecting the Python packages (0.4 GB) ..."
    if [ -n "${PYTHONS:-}" ]; then
        machine=$(uname -m)
        for one in $PYTHONS; do
            $python -m pip download --quiet --only-binary :all: --python-version "$one" \
                --platform "manylinux_2_28_$machine" --platform "manylinux_2_17_$machine" \
                --platform "manylinux2014_$machine" --platform any --dest "$store" -r requirements.txt
        done
    else
        $python -m pip download --quiet --only-binary :all: --dest "$store" -r requirements.txt
    fi
    echo "$wanted" > "$store/.wanted"
fi
mkdir "$stage/wheelhouse"
cp -l "$store"/*.whl "$stage/wheelhouse/"
tar --create --file="$stage/wheelhouse/node_modules.tar" --owner=0 --group=0 node_modules

if [ "${DEBS:-0}" = 1 ]; then
    echo "Collecting the Debian packages ..."
    mkdir "$stage/debs"
    # shellcheck disable=SC2086
    apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
        --no-enhances $debs | sed -n 's/^\([a-z0-9][^ :]*\)$/\1/p' | sort -u \
        | xargs apt-cache policy | awk '/^[a-z0-9]/ { name = $1; sub(":$", "", name) }
            /^  Candidate: [0-9]/ { print name }' > "$stage/debs/list"
    (cd "$stage/debs" && xargs apt-get download --quiet < list > /dev/null && rm list)
    # A list that apt reads (a repository in a folder).
    (cd "$stage/debs" && for file in *.deb; do
        dpkg-deb --field "$file"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$file" "$(stat -c %s "$file")" \
            "$(sha256sum "$file" | cut -d' ' -f1)"
    done > Packages)
fi

(cd "$stage" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > SHA256SUMS)
pack "$out/$name.tar.gz"
rm -rf "$out/stage"
(cd "$out" && sha256sum sigap-*.tar.gz > SHA256SUMS)
ls -l "$out"/"$name"*.tar.gz
